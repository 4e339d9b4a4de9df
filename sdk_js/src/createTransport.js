/** @import { Fact, Transport } from './types.d.ts' */

/**
 * Sends events in beacons: two seconds after the first, urgent ones at once.
 *
 * A beacon whose fate is unknown is sent again under the same number, so that the
 * service recognises it; only the ages of its events are brought up to date. One is
 * under way at a time, and one more at the end of a page. Failures back off up to 5 min
 * (a dead service gets under 30 requests an hour) and honour `Retry-After`; what was
 * refused (4xx) is dropped. 500 events wait at most; a beacon has up to 64 and 7,000
 * characters (16 kB in any script). What a page leaves behind unsent, and how long to
 * leave the service alone, the next page of this tab takes over from the stash.
 *
 * @param {{
 *   build: (events: (Fact & {at: number})[], seq: number) => string,
 *   post: (body: string, leaving?: boolean | void) =>
 *     Promise<{status: number, wait?: number, answer?: any}>,
 *   found: (answer: any) => void,
 *   now: () => number,
 *   random: () => number,
 *   later: (fn: () => void, ms: number) => any,
 *   cancel: (timer: any) => void,
 *   stash: (text?: string) => string | null | void,
 * }} parts `build` returns '' while there is no consent: events wait; `stash` keeps a
 *   text across page loads, or takes it out again
 * @returns {Transport}
 */
export function createTransport({ build, post, found, now, random, later, cancel, stash }) {
  /** @type {(Fact & {at: number})[]} */
  let queue = [];
  /** @type {{body: string, at: number}[]} */
  let outbox = [];
  /** Under way (1), or cut off a moment ago (0). */
  const busy = new Map();
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
        outbox.push({ body, at: now() });
        seq++;
      }
    }
  };
  const run = (/** @type {boolean | void} */ leaving) => {
    due = Infinity;
    if (leaving || !outbox[0]) pack();
    const next = outbox.find((beacon, i) => !busy.has(beacon) && (leaving || !i));
    if (next && now() >= until) send(next, leaving);
    if (!leaving) return;
    // A service that answered last time gets what is under way.
    const left = outbox.filter((beacon) => failures || !busy.get(beacon));
    stash(left[0] ? JSON.stringify({ failures, until, outbox: left }) : '');
  };
  const send = async (/** @type {typeof outbox[0]} */ beacon, /** @type {boolean | void} */ leaving) => {
    busy.set(beacon, 1);
    // The clock may have been set back.
    const late = Math.max(now() - beacon.at, 0);
    const older = (/** @type {string} */ _, /** @type {string} */ age) =>
      `"age_ms":${Math.min(+age + late, 864e5)}`;
    const body = beacon.body.replace(/"age_ms":(\d+)/g, older);
    const { status, wait = 0, answer } = await post(body, leaving);
    // A page that ends cuts off its requests, and only then says that it ends: that is no
    // failure of the service, and must not keep what is left from being sent.
    if (!status) {
      busy.set(beacon, 0);
      await new Promise((done) => later(/** @type {() => void} */ (done), 1000));
    }
    busy.delete(beacon);
    // Cleared meanwhile: consent was withdrawn, nobody waits for the answer.
    if (!outbox.includes(beacon)) return;
    if (/^0|408|429|5../.test(/** @type {any} */ (status))) {
      // Half as much again at random, so that visitors do not return all at once.
      until = now() + (wait * 1000 || Math.min(3e5, 1000 * 2 ** failures++)) * (1 + random() / 2);
    } else {
      until = failures = 0;
      outbox = outbox.filter((other) => other !== beacon);
    }
    if (outbox[0] || queue[0]) wake(0);
    if (status === 200 && answer) found(answer);
  };
  return {
    open() {
      ({ failures = 0, until = 0, outbox = [] } = JSON.parse(stash() || '{}'));
      if (outbox[0]) wake(0);
    },
    push(event, urgent) {
      queue = [...queue.slice(-499), { ...event, at: now() }];
      // 20 ms: events of one cause travel together.
      wake(urgent ? 20 : 2000);
    },
    retry(isOnline) {
      if (isOnline) until = 0;
      // Of what was under way when the page was frozen Firefox may never say more.
      busy.clear();
      wake(0);
    },
    flush(leaving) {
      pack();
      if (leaving) run(leaving);
      else wake(0);
    },
    clear() {
      cancel(timer);
      due = Infinity;
      until = failures = 0;
      queue = [];
      outbox = [];
      stash('');
    },
  };
}
