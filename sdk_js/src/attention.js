/** @import { Input, Step } from './types.d.ts' */

/**
 * Active and visible time of one page view, by timestamps on transitions.
 *
 * Visible: shown and focused. Active: visible, with input in the last 5 s.
 * A gap of more than 5 s between two steps means that the machine slept (ticks
 * come every second): it fell asleep half a second after the first, on average.
 *
 * @typedef {{on: boolean, mark: number, last: number, active: number,
 *   visible: number, lasted: number, deep: number}} Attention
 * @param {Step<Attention> | undefined} s
 * @param {Input} input `pingMs`: active ms after which a ping is due
 * @returns {Step<Attention>} `out` is a `ping` with the time since the last one
 */
export function attention(s, { k, t, deep = 0, pingMs = 5000 }) {
  if (!s || k === 'page') {
    return { on: s?.on ?? k === 'on', mark: t, last: t, active: 0, visible: 0, lasted: 0, deep: 0 };
  }
  const passed = t - s.mark;
  const gap = !s.on ? 0 : passed > 5000 ? 500 : passed;
  const more = Math.max(0, Math.min(gap, s.last + 5000 - s.mark));
  const active = s.active + more;
  const visible = s.visible + gap;
  const next = {
    on: 'on off hide'.includes(k) ? k === 'on' : s.on,
    mark: t,
    last: 'on move click key scroll focus'.includes(k) ? t : s.last,
    active,
    visible,
    lasted: s.lasted + more,
    deep: Math.max(s.deep, deep),
  };
  if ('hide end'.includes(k) ? visible < 100 : k !== 'tick' || active < pingMs) return next;
  const out = { name: 'ping', active_ms: active, visible_ms: visible, scroll: next.deep };
  return { ...next, active: 0, visible: 0, out };
}
