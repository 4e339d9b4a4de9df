/** @import { Core } from './types.d.ts' */

/**
 * What the parts share: one SDK to a page. At rest nothing is read, stored, sent or
 * heard; `start` begins, with consent.
 *
 * @type {Core}
 */
export const core = /** @type {any} */ ({
  options: {},
  base: '',
  context: {},
  told: {},
  tokens: {},
  templates: {},
  gone: {},
  undo: [],
  watching: [],
  seen: new WeakSet(),
  // `transport` is laid by `connect`; `tell` by `start`.
});
