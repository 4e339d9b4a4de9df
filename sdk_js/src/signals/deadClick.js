/** @import { Input, Step } from '../types.d.ts' */

/**
 * A click on something that looks clickable, after which nothing happens: no
 * change of the page for 2.5 s, no scroll at once, no focus, no leaving.
 *
 * @typedef {{t: number, role?: string, count: number}} Dead
 * @param {Step<Dead> | undefined} s `count` is 0 when nothing is pending
 * @param {Input} input
 * @returns {Step<Dead>}
 */
export function deadClick(s = { t: 0, count: 0 }, { k, t, role, live }) {
  if (live) return { t, role, count: s.count + 1 };
  const { count } = s;
  if (!count) return s;
  if (k === 'tick' && t - s.t >= 2500) {
    return { t, count: 0, out: { name: 'dead_click', count, target: s.role } };
  }
  // A scroll long after the click was not its effect.
  const isEffect = /mutate|focus|off|hide|page/.test(k) || (k === 'scroll' && t - s.t < 300);
  return isEffect ? { t, count: 0 } : s;
}
