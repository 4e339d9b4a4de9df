/** @import { Fact, Trail } from '../types.d.ts' */

/**
 * Where the visit has been: a return within 5 s to the page before is a
 * `quick_back`.
 *
 * @param {Trail | undefined} trail as kept from the page before
 * @param {number} t epoch ms
 * @param {string} path
 * @returns {Trail & {out?: Fact}}
 */
export function quickBack(trail, t, path) {
  if (trail?.path === path) return trail;
  const ms = t - (trail?.at || 0);
  const next = { ...trail, path, at: t, before: trail?.path };
  return trail?.before === path && ms <= 5000 ? { ...next, out: { name: 'quick_back', ms } } : next;
}
