// Builders that hide what does not matter in a test.

/**
 * Feeds inputs to a reducer, one by one, and returns what it found.
 *
 * @param {(state: any, input: any) => any} reduce
 * @param {[number, string, object?][]} inputs time in ms, kind, the rest
 * @param {object} [base] what every input carries
 */
export function play(reduce, inputs, base = {}) {
  let state;
  const found = [];
  for (const [t, k, rest] of inputs) {
    const frozen = state && Object.freeze(state);
    const next = reduce(frozen, { t, k, ...base, ...rest });
    if (next !== state && next.out) found.push(next.out);
    state = next;
  }
  return found;
}

/** A ticking of the second hand from `from` to `to` seconds, as inputs. */
export function ticks(from, to, rest = {}) {
  return Array.from({ length: to - from + 1 }, (_, i) => [(from + i) * 1000, 'tick', rest]);
}

/** A clock that only moves when told, with the timers that hang on it. */
export function manualClock() {
  let now = 0;
  let timers = [];
  return {
    now: () => now,
    later(fn, ms) {
      const timer = { fn, at: now + ms };
      timers.push(timer);
      return timer;
    },
    cancel(timer) {
      timers = timers.filter((other) => other !== timer);
    },
    /** Moves on by `ms`, runs what is due in order, and lets promises settle. */
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.fn();
      }
      now = end;
      await settle();
    },
  };
}

/** Lets every promise that can settle do so. */
export async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
