/** @import { Input, Step } from '../types.d.ts' */

/**
 * The cursor thrashes: five reversals in 2 s. A reversal is a step of more than
 * 8 px that turns by more than 120 degrees.
 *
 * @typedef {{x: number, y: number, dx: number, dy: number, turns: number[]}} Cursor
 * @param {Step<Cursor> | undefined} s
 * @param {Input} input
 * @returns {Step<Cursor>}
 */
export function cursorReversal(s = { x: 0, y: 0, dx: 0, dy: 0, turns: [] }, { t, x = 0, y = 0 }) {
  const dx = x - s.x;
  const dy = y - s.y;
  const step = Math.hypot(dx, dy);
  if (step <= 8) return s;
  const isTurn = dx * s.dx + dy * s.dy < -0.5 * step * Math.hypot(s.dx, s.dy);
  const turns = s.turns.filter((at) => t - at < 2000);
  if (isTurn) turns.push(t);
  const next = { x, y, dx, dy, turns };
  return turns.length < 5 ? next : { ...next, turns: [], out: { name: 'cursor_reversal', count: 5 } };
}
