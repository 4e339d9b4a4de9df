import { core } from './core.js';

/**
 * Say what is seen and done, if the page asked for it (`debug`).
 *
 * @param {...unknown} what
 */
export function log(...what) {
  if (core.options.debug) console.info('engage', ...what);
}
