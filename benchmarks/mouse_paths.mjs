// Plays recorded cursor paths to the SDK's own reducers, one JSON line a trial in and out.
//   node benchmarks/mouse_paths.mjs < trials.ndjson
// In: {"t_ms": [...], "x_px": [...], "y_px": [...]}. A browser tells of a move only where
// the pointer moved, and samples come every 100 ms at most, as the SDK takes them.
// Out: active ms (attention), ms without input beyond 100 (what every reducer is told as
// `still`), reversals (cursorReversal), ms until the first move.
import { createInterface } from 'node:readline';
import { attention } from '../sdk_js/src/attention.js';
import { createSignals } from '../sdk_js/src/createSignals.js';
import { cursorReversal } from '../sdk_js/src/signals/cursorReversal.js';

const SAMPLE_MS = 100;

function play({ t_ms, x_px, y_px }) {
  const seen = { active: 0, still: 0, reversals: 0, start: 0 };
  let now = t_ms[0];
  let sampled = -Infinity;
  const probe = (state, { k, still, active }) => {
    if (k !== 'move' && k !== 'click') return state;
    seen.still += Math.max(0, still - 100);
    seen.active = active;
    return state;
  };
  const turning = (state, input) => {
    const next = cursorReversal(state, input);
    if (next.turns.at(-1) === input.t || next.out) seen.reversals += 1;
    return next;
  };
  const tell = createSignals({
    reducers: [[attention], [turning, 'move'], [probe]],
    now: () => now,
    more() {},
    found() {},
  });
  tell({ k: 'on' });
  tell({ k: 'page' });
  t_ms.forEach((t, i) => {
    if (!i || (x_px[i] === x_px[i - 1] && y_px[i] === y_px[i - 1])) return;
    seen.start ||= t - t_ms[0];
    if (t - sampled < SAMPLE_MS) return;
    sampled = now = t;
    tell({ k: 'move', x: x_px[i], y: y_px[i] });
  });
  now = t_ms.at(-1);
  tell({ k: 'click' });
  // What the last input made of it is only known by the next one.
  tell({ k: 'click' });
  return seen;
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(play(JSON.parse(line))));
}
