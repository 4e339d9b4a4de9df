/** @import { Fact, Trail } from '../types.d.ts' */

/**
 * The way to the order taken backwards: from payment to checkout or cart.
 * Leaving the checkout for another page is no step back; it may be a detour.
 *
 * @param {Trail} trail `step`: 1 cart, 2 checkout, 3 payment, 0 ordered
 * @param {string} kind page kind now
 * @returns {Trail & {out?: Fact}}
 */
export function checkoutBack(trail, kind) {
  const step = ['thanks', 'cart', 'checkout', 'payment'].indexOf(kind);
  if (step < 0) return trail;
  return { ...trail, step, ...(step && step < (trail.step || 0) && { out: { name: 'checkout_back', step } }) };
}
