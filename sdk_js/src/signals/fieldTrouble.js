/** @import { Fact, Input, Step } from '../types.d.ts' */

/**
 * Trouble with forms: the coupon field entered or refusing a code, another field
 * entered for the third time (or more), fields that failed validation (those of one
 * attempt are told together).
 *
 * @typedef {{seen: unknown[], wrong: number}} Fields
 * @param {Step<Fields> | undefined} s `seen`: the last 64 fields entered
 * @param {Input} input `of`: the field; compared, never sent
 * @returns {Step<Fields>}
 */
export function fieldTrouble(s = { seen: [], wrong: 0 }, { k, role, of }) {
  const isCoupon = role === 'coupon';
  let { seen, wrong } = s;
  /** @type {Fact | undefined} */
  let out;
  if (k === 'focus') {
    seen = [...seen.slice(-63), of];
    const count = seen.filter((field) => field === of).length;
    if (isCoupon) out = { name: 'coupon_focus', count };
    // Going back to a search box or a quantity is no struggle.
    else if (!role && count > 2) out = { name: 'field_refocus', count };
  } else if (k === 'invalid') {
    if (isCoupon) out = { name: 'coupon_failed', count: 1 };
    else wrong++;
  } else if (wrong) {
    out = { name: 'field_error', count: wrong };
    wrong = 0;
  } else return s;
  return { seen, wrong, out };
}
