/** @import { Input, Step } from '../types.d.ts' */

/**
 * The tab went out of sight, and came back after so many ms.
 *
 * @typedef {{at: number}} Hidden
 * @param {Step<Hidden> | undefined} s `at` is 0 while the tab is in sight
 * @param {Input} input
 * @returns {Step<Hidden>}
 */
export function tabHidden(s = { at: 0 }, { k, t }) {
  if (k === 'hide') return { at: t, out: { name: 'tab_hidden' } };
  if (!s.at) return s;
  return { at: 0, out: { name: 'tab_visible', ms: Math.min(t - s.at, 36e5) } };
}
