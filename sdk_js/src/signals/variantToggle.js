/** @import { Input, Step } from '../types.d.ts' */

/**
 * Doubt about a variant or size: three changes in 30 s, or one back to a value
 * that was chosen before.
 *
 * @typedef {{chosen: Input[]}} Toggle
 * @param {Step<Toggle> | undefined} s
 * @param {Input} input `of`: the value chosen; compared, never sent
 * @returns {Step<Toggle>}
 */
export function variantToggle(s = { chosen: [] }, input) {
  const { k, t, of } = input;
  if (k === 'page') return { chosen: [] };
  if (s.chosen.at(-1)?.of === of) return s;
  const back = s.chosen.some((choice) => choice.of === of);
  const chosen = [...s.chosen, input].filter((choice) => t - choice.t < 30000);
  const count = chosen.length;
  if (!back && count < 3) return { chosen };
  return { chosen: [input], out: { name: 'variant_toggle', count, back } };
}
