/** @import { Input, Step } from '../types.d.ts' */

/**
 * No input while the page is visible: told once each at 10, 30 and 60 s.
 *
 * @typedef {{told: number}} Idle
 * @param {Step<Idle> | undefined} s
 * @param {Input} input `still`: ms since the last input
 * @returns {Step<Idle>}
 */
export function idle(s = { told: 0 }, { still = 0 }) {
  const ms = [10000, 30000, 60000][s.told];
  if (still < 10000) return { told: 0 };
  return still >= ms ? { told: s.told + 1, out: { name: 'idle', ms } } : s;
}
