/** @import { Core } from './types.d.ts' */

/**
 * What the parts share: one SDK to a page. At rest nothing is read, stored, sent or
 * heard; `start` begins, with consent.
 *
 * @type {Core}
 */
export const core = {
  options: {},
  base: '',
  context: {},
  told: {},
  tokens: {},
  templates: {},
  gone: {},
  undo: [],
  watching: [],
  reducers: [],
  seen: new WeakSet(),
  tell() {},
  // Laid by `connect`.
  transport: /** @type {any} */ (undefined),
};
