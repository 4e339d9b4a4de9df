/** @import { Input, Step } from '../types.d.ts' */

/**
 * Scrolling to and fro: three turns of at least half a viewport in 10 s.
 *
 * @typedef {{from: number, way: number, turns: number[]}} Turns
 * @param {Step<Turns> | undefined} s `from`: outermost point of this run; `way`: 1 down
 * @param {Input} input
 * @returns {Step<Turns>}
 */
export function scrollTurn(s = { from: 0, way: 1, turns: [] }, { t, y = 0, high = 0 }) {
  const step = (y - s.from) * s.way;
  if (step >= 0) return { ...s, from: y, out: undefined };
  if (-step < high / 2) return s;
  const turns = [...s.turns.filter((at) => t - at < 10000), t];
  const next = { from: y, way: -s.way, turns };
  return turns.length < 3 ? next : { ...next, turns: [], out: { name: 'scroll_turn', count: 3 } };
}
