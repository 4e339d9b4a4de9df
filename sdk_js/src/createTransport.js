/** @import { Fact, Transport } from './types.d.ts' */

/**
 * Sends events in beacons: two seconds after the first, urgent ones at once.
 *
 * A beacon whose fate is unknown is sent again byte for byte, so that the service
 * recognises it by its number. One is under way at a time, but for the end of the
 * page. Failures back off up to 5 min (a dead service gets under 30 requests an
 * hour) and honour `Retry-After`; what was refused (4xx) is dropped. 500 events wait
 * at most; a beacon has up to 64 and 7,000 characters (16 kB in any script).
 *
 * @param {{
 *   build: (events: (Fact & {at: number})[], seq: number) => string,
 *   post: (body: string, leaving?: boolean) =>
 *     Promise<{status: number, wait?: number, answer?: any}>,
 *   found: (answer: any) => void,
 *   now: () => number,
 *   random: () => number,
 *   later: (fn: () => void, ms: number) => any,
 *   cancel: (timer: any) => void,
 * }} parts `build` returns '' while there is no consent: events wait
 * @returns {Transport}
 */
export function createTransport({ build, post, found, now, random, later, cancel }) {
  /** @type {(Fact & {at: number})[]} */
  let queue = [];
  /** @type {{body: string, busy?: boolean}[]} */
  let outbox = [];
  let seq = 0;
  let failures = 0;
  /** No request before; the next look at the queue. */
  let until = 0;
  let due = Infinity;
  /** @type {any} */
  let timer;

  const wake = (/** @type {number} */ ms) => {
    const at = Math.max(now() + ms, until);
    if (at >= due) return;
    cancel(timer);
    due = at;
    timer = later(run, at - now());
  };
  const pack = () => {
    for (let size = 64, body; queue[0] && outbox.length < 20; ) {
      body = build(queue.slice(0, size), seq);
      if (!body) return;
      if (size > 1 && body.length > 7000) size >>= 1;
      else {
        queue.splice(0, size);
        seq = outbox.push({ body }) && seq + 1;
      }
    }
  };
  const run = (/** @type {boolean | void} */ leaving) => {
    due = Infinity;
    if (leaving || !outbox[0]) pack();
    outbox.map((beacon, i) => (leaving || !i) && send(beacon, !!leaving));
  };
  const send = async (/** @type {typeof outbox[0]} */ beacon, /** @type {boolean} */ leaving) => {
    if (beacon.busy) return;
    beacon.busy = true;
    const { status, wait = 0, answer } = await post(beacon.body, leaving);
    beacon.busy = false;
    // Cleared meanwhile: consent was withdrawn, nobody waits for the answer.
    if (!outbox.includes(beacon)) return;
    if (!status || /408|429|5../.test(`${status}`)) {
      // Half as much again at random, so that visitors do not return all at once.
      until = now() + (wait * 1000 || Math.min(3e5, 1000 * 2 ** failures++)) * (1 + random() / 2);
    } else {
      until = failures = 0;
      outbox = outbox.filter((other) => other !== beacon);
    }
    if (outbox[0] || queue[0]) wake(0);
    if (answer) found(answer);
  };
  return {
    push(event, urgent) {
      queue = [...queue.slice(-499), { ...event, at: now() }];
      // 50 ms: events of one cause travel together.
      wake(urgent ? 50 : 2000);
    },
    flush(leaving) {
      pack();
      if (leaving) run(leaving);
      else wake(0);
    },
    clear() {
      queue = [];
      outbox = [];
    },
  };
}
