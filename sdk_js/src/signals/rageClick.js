/** @import { Input, Step } from '../types.d.ts' */

/**
 * Three clicks within a second, close together or on the same element. Clicks
 * that are made in quick succession for good reason (steppers, carousels, inputs,
 * selecting a paragraph) come marked `calm`, and scrolling in between is no rage.
 *
 * @typedef {{clicks: Input[]}} Clicks
 * @param {Step<Clicks> | undefined} s
 * @param {Input} input
 * @returns {Step<Clicks>}
 */
export function rageClick(s = { clicks: [] }, input) {
  const { k, t, x = 0, y = 0, near = 30, of } = input;
  if (k === 'scroll' || input.calm) return { clicks: [] };
  const clicks = s.clicks.filter(
    (c) => t - c.t < 1000 && (c.of === of || Math.hypot(x - (c.x || 0), y - (c.y || 0)) <= near),
  );
  clicks.push(input);
  if (clicks.length < 3) return { clicks };
  return { clicks: [], out: { name: 'rage_click', count: 3, target: input.role } };
}
