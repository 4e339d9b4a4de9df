/** @import { Core, Fact, Input, Reducer, Step } from './types.d.ts' */

/**
 * A function that tells the reducers what happened, and passes on what they find. The
 * first must be `attention`: it knows how long the visitor has been active and still.
 *
 * @param {Reducer[]} reducers each with the kinds of input that change it, or all
 * @param {(input: Input) => void} more puts in what every input carries
 * @param {(fact: Fact) => void} found
 * @param {() => number} now
 * @returns {Core['tell']}
 */
export function createSignals(reducers, more, found, now = Date.now) {
  /** @type {Step<any>[]} */
  const states = [];
  return (/** @type {any} */ input) => {
    input.t = now();
    // Time without input as it was before this one.
    input.still = input.t - states[0]?.last || 0;
    more(input);
    for (let i = 0; i < reducers.length; i++) {
      if (reducers[i][1]?.includes(input.k) === false) continue;
      const last = states[i];
      const next = (states[i] = reducers[i][0](last, input));
      input.active = states[0].lasted;
      if (next !== last && next.out) found(next.out);
    }
  };
}
