import { core } from './core.js';
import { loadChunk } from './loadChunk.js';

/**
 * Say in the console what is seen and done, and why, if the page asked for it (`debug`).
 *
 * @param {...unknown} what first the subject, then what belongs to it
 */
export function log(...what) {
  if (core.options.debug) loadChunk('debug').then(({ explain }) => explain(core, ...what), () => {});
}
