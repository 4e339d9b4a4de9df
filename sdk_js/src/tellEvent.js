import { cleanEvent } from './cleanEvent.js';
import { core } from './core.js';
import { track } from './track.js';

/**
 * Take in an event that the page tells. In a single-page shop it may be the first word of a
 * new address: its view begins before.
 *
 * @param {string} name
 * @param {Record<string, any>} [fields]
 */
export function tellEvent(name, fields) {
  core.arrive?.();
  track(cleanEvent(name, fields));
}
