/** @import { Input, Step } from '../types.d.ts' */

/**
 * About to leave, after 5 s of active time, at most once in 30 s.
 *
 * Desktop: the pointer leaves over the top edge at 0.3 px/ms or faster, not within a
 * second of a click or key (a link was followed, a menu opened). Of its last
 * two samples the one at least 25 ms old counts; a pointer at rest set off no earlier
 * than 125 ms ago, as samples come every 100.
 * Phone: a fling upwards (1500 px/s over half a viewport), a return after 5 s
 * elsewhere, or 30 s without input.
 *
 * @typedef {{quiet: number, moves: Input[], from: number, since: number, y: number,
 *   away: number, pressed: number}} Exit
 * @param {Step<Exit> | undefined} s `quiet`: silent until; `from`, `since`: where and
 *   when this run upwards began; `away`: hidden since; `pressed`: last click or key
 * @param {Input} input `still`: ms since the last input; `touch`: a phone
 * @returns {Step<Exit>}
 */
export function exitIntent(
  s = { quiet: 0, moves: [], from: 0, since: 0, y: 0, away: Infinity, pressed: -Infinity },
  input,
) {
  const { k, t, y = 0, high = 0, touch, calm, active = 0, still = 0 } = input;
  const next = { ...s, out: undefined };
  let how;
  if (k === 'move') next.moves = [input, s.moves[0]];
  if (/click|key/.test(k)) next.pressed = t;
  if (k === 'leave' && y < 20 && !calm && t - s.pressed > 1000) {
    const from = s.moves.find((move) => t - move?.t > 24);
    if (from && (from.y || 0) - y >= 0.3 * Math.min(t - from.t, 125)) how = 'top';
  }
  if (k === 'scroll') {
    // A jump (a link to the top) is one step, and starts no run.
    if (y >= s.y || still > 250) Object.assign(next, { from: y, since: t });
    next.y = y;
    const way = next.from - y;
    if (touch && way >= high / 2 && way >= 1.5 * (t - next.since)) how = 'scroll';
  }
  if (k === 'on' && touch && t - s.away >= 5000) how = 'return';
  if (k === 'on') next.away = Infinity;
  if (k === 'hide') next.away = t;
  if (k === 'tick' && touch && still >= 30000 && still < 31500) how = 'idle';
  if (!how || active < 5000 || t < s.quiet) return next;
  return { ...next, quiet: t + 30000, out: { name: 'exit_intent', device: touch ? 'phone' : 'desktop', how } };
}
