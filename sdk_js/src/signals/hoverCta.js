/** @import { Input, Step } from '../types.d.ts' */

/**
 * The pointer rests on a call to action (1.5 s or longer), or comes back to it
 * for the third time in 30 s, and leaves without a click.
 *
 * @typedef {{role?: string, since: number, entries: {role?: string, t: number}[]}} Hover
 * @param {Step<Hover> | undefined} s `since`: entered; infinity after a click
 * @param {Input} input
 * @returns {Step<Hover>}
 */
export function hoverCta(s = { since: 0, entries: [] }, { k, t, role }) {
  if (k === 'click') return { ...s, since: Infinity, out: undefined };
  const over = k === 'move' ? role : '';
  if (over === s.role) return s;
  const ms = t - s.since;
  const target = s.role;
  const next = { role: over, since: t, entries: s.entries };
  // Shorter than 0.3 s is a pointer on its way to somewhere else.
  if (!target || ms < 300) return next;
  next.entries = [...s.entries.filter((entry) => t - entry.t < 30000), { role: target, t }];
  const entries = next.entries.filter((entry) => entry.role === target).length;
  return ms < 1500 && entries < 3 ? next : { ...next, out: { name: 'hover_cta', ms, target, entries } };
}
