import { core } from './core.js';
import { loadChunk } from './loadChunk.js';

/** @type {Promise<any>} one for all, or what is said comes in another order than it was done */
let chunk;

/**
 * Say in the console what is seen and done, and why, if the page asked for it (`debug`).
 *
 * @param {...unknown} what first the subject, then what belongs to it
 */
export function log(...what) {
  if (core.options.debug) (chunk ||= loadChunk('debug')).then((debug) => debug.explain(core, ...what), () => {});
}
