/** @import { Input, Step } from '../types.d.ts' */

/**
 * The page threw an error within a second of a click.
 *
 * @typedef {{t: number, role?: string}} Clicked
 * @param {Step<Clicked> | undefined} s
 * @param {Input} input
 * @returns {Step<Clicked>}
 */
export function errorClick(s = { t: -Infinity }, { k, t, role }) {
  if (k === 'click') return { t, role };
  if (t - s.t > 1000) return s;
  return { t: -Infinity, out: { name: 'error_click', count: 1, target: s.role } };
}
