/** @import { Core, Fact, Input, Step } from './types.d.ts' */

/**
 * A function that tells all reducers what happened, and passes on what they find. The
 * first must be `attention`: it knows how long the visitor has been active and still.
 *
 * @param {{reducers: ((state: any, input: Input) => Step<any>)[], now: () => number,
 *   base: () => Partial<Input>, found: (fact: Fact) => void}} parts `reducers` may grow;
 *   `base`: what every input carries
 * @returns {Core['tell']}
 */
export function createSignals({ reducers, now, base, found }) {
  /** @type {Step<any>[]} */
  const states = [];
  return (told) => {
    const t = now();
    // Time without input as it was before this one.
    const input = { t, ...base(), ...told, still: t - states[0]?.last || 0, active: 0 };
    reducers.map((reduce, i) => {
      const last = states[i];
      const next = (states[i] = reduce(last, input));
      input.active = states[0].lasted;
      if (next !== last && next.out) found(next.out);
    });
  };
}
