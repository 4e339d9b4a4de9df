import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport } from '../src/createTransport.js';
import { manualClock } from './kit.js';

/** A transport to a service that answers with the given statuses, then 204. */
function connect({ answers = [], consent = true, size = 0, kept = { text: '' } } = {}) {
  const clock = manualClock();
  const sent = [];
  const found = [];
  const transport = createTransport({
    ...clock,
    random: () => 0,
    stash(text = '') {
      const before = kept.text;
      kept.text = text;
      return before;
    },
    found: (answer) => found.push(answer),
    build: (events, seq) =>
      consent ? JSON.stringify({ seq, names: events.map((e) => e.name) }).padEnd(size * events.length) : '',
    post: async (body, leaving) => {
      sent.push({ body: body.trim(), leaving, at: clock.now() });
      return answers.shift() || { status: 204 };
    },
  });
  return { clock, sent, found, transport };
}

test('events wait two seconds for company, and travel together', async () => {
  const { clock, sent, transport } = connect();
  transport.push({ name: 'a' });
  await clock.advance(1900);
  transport.push({ name: 'b' });
  assert.equal(sent.length, 0);
  await clock.advance(100);
  assert.deepEqual(sent.map(({ body }) => body), ['{"seq":0,"names":["a","b"]}']);
});

test('an urgent event takes the waiting ones along at once', async () => {
  const { clock, sent, transport } = connect();
  transport.push({ name: 'ping' });
  transport.push({ name: 'view_item' }, true);
  await clock.advance(50);
  assert.deepEqual(JSON.parse(sent[0].body).names, ['ping', 'view_item']);
});

test('a failed beacon is sent again under its number, ahead of what came later', async () => {
  const { clock, sent, transport } = connect({ answers: [{ status: 503 }, { status: 0 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(100);
  transport.push({ name: 'b' }, true);
  await clock.advance(10000);
  const bodies = sent.map(({ body }) => body);
  assert.deepEqual(bodies, [bodies[0], bodies[0], bodies[0], '{"seq":1,"names":["b"]}']);
});

test('Retry-After is honoured', async () => {
  const { clock, sent, transport } = connect({ answers: [{ status: 429, wait: 30 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(30000);
  assert.equal(sent.length, 1);
  await clock.advance(100);
  assert.equal(sent.length, 2);
});

test('a refused beacon is dropped, and the next one goes', async () => {
  const { clock, sent, transport } = connect({ answers: [{ status: 400 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(100);
  transport.push({ name: 'b' }, true);
  await clock.advance(100);
  assert.deepEqual(sent.map(({ body }) => JSON.parse(body).seq), [0, 1]);
});

test('a service that is dead for an hour gets under 30 requests, events stay bounded', async () => {
  const answers = Array.from({ length: 100 }, () => ({ status: 0 }));
  const { clock, sent, transport } = connect({ answers });
  for (let second = 0; second < 3600; second += 4) {
    transport.push({ name: `e${second}` });
    await clock.advance(4000);
  }
  assert.ok(sent.length < 30, `${sent.length} requests`);
  answers.length = 0;
  await clock.advance(600000);
  const names = sent.flatMap(({ body }) => JSON.parse(body).names);
  assert.ok(new Set(names).size <= 500 + 64);
  assert.equal(names.at(-1), 'e3596');
});

test('five minutes offline lose nothing and change no order', async () => {
  const answers = Array.from({ length: 50 }, () => ({ status: 0 }));
  const { clock, sent, transport } = connect({ answers });
  const names = Array.from({ length: 300 }, (_, i) => `e${i}`);
  for (const name of names) {
    transport.push({ name });
    await clock.advance(1000);
  }
  answers.length = 0;
  sent.length = 0;
  transport.flush(true);
  await clock.advance(600000);
  const arrived = sent.flatMap(({ body }) => JSON.parse(body).names);
  assert.deepEqual([...new Set(arrived)], names);
});

test('the end of a page sends what waits, beside what is under way', async () => {
  const { clock, sent, transport } = connect({ answers: [new Promise(() => {})] });
  transport.push({ name: 'a' }, true);
  await clock.advance(50);
  transport.push({ name: 'b' });
  transport.flush(true);
  assert.deepEqual(sent.map(({ leaving }) => !!leaving), [false, true]);
});

test('large events are spread over several beacons', async () => {
  const { clock, sent, transport } = connect({ size: 3000 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) transport.push({ name }, true);
  await clock.advance(1000);
  assert.deepEqual(sent.map(({ body }) => JSON.parse(body).names), [['a', 'b'], ['c', 'd'], ['e']]);
});

test('without consent events wait, and nothing is sent', async () => {
  const { clock, sent, transport } = connect({ consent: false });
  transport.push({ name: 'a' }, true);
  await clock.advance(60000);
  assert.deepEqual(sent, []);
});

test('after a withdrawal neither what waits nor an answer under way counts', async () => {
  let answer;
  const { clock, sent, found, transport } = connect({ answers: [new Promise((done) => (answer = done))] });
  transport.push({ name: 'a' }, true);
  await clock.advance(50);
  transport.push({ name: 'b' }, true);
  transport.clear();
  answer({ status: 200, answer: { decision: {} } });
  await clock.advance(60000);
  assert.deepEqual([sent.length, found], [1, []]);
});

test('an answer is handed on', async () => {
  const { clock, found, transport } = connect({ answers: [{ status: 200, answer: { revoked: [] } }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(50);
  assert.deepEqual(found, [{ revoked: [] }]);
});

/** A transport whose beacons carry ages, as the real ones do. */
function aged({ answers = [], kept = '' }) {
  const clock = manualClock();
  const sent = [];
  const parts = {
    ...clock, random: () => 0, found() {}, stash: () => kept,
    build: (events, seq) => JSON.stringify({ seq, events: events.map(({ at, name }) => ({ name, age_ms: clock.now() - at })) }),
    post: async (body) => (sent.push(JSON.parse(body)), answers.shift() || { status: 204 }),
  };
  return { clock, sent, transport: createTransport(parts) };
}

test('a repeated beacon says how old its events are by now', async () => {
  const { clock, sent, transport } = aged({ answers: [{ status: 429, wait: 30 }] });
  transport.push({ name: 'a', text: '"age_ms":7' });
  await clock.advance(60000);
  assert.deepEqual(sent.map(({ seq, events }) => [seq, events[0].age_ms]), [[0, 2000], [0, 32000]]);
});

test('a clock that was set back makes no event younger than it was', async () => {
  const outbox = [{ body: '{"seq":0,"events":[{"age_ms":5}]}', at: 90000 }];
  const { clock, sent, transport } = aged({ kept: JSON.stringify({ outbox }) });
  transport.open();
  await clock.advance(100);
  assert.deepEqual(sent.map(({ events }) => events[0].age_ms), [5]);
});

test('what a page leaves unsent, the next page of the tab sends first', async () => {
  const kept = { text: '' };
  const one = connect({ kept, answers: [{ status: 0 }] });
  one.transport.push({ name: 'a' }, true);
  await one.clock.advance(1200);
  one.transport.push({ name: 'b' });
  one.transport.flush(true);
  const two = connect({ kept });
  two.transport.open();
  assert.equal(kept.text, '');
  two.transport.push({ name: 'c' });
  await two.clock.advance(5000);
  assert.deepEqual(two.sent.map(({ body }) => JSON.parse(body).names), [['a'], ['b'], ['c']]);
});

test('a request that the end of its page cuts off is no failure of the service', async () => {
  const kept = { text: '' };
  const { clock, sent, transport } = connect({ kept, answers: [{ status: 0 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(60);
  transport.push({ name: 'b' });
  transport.flush(true);
  const { failures, until, outbox } = JSON.parse(kept.text);
  assert.deepEqual(sent.map(({ body }) => JSON.parse(body).names), [['a'], ['b']]);
  assert.deepEqual([failures, until, outbox.length], [0, 0, 1]);
});

test('what is under way to a healthy service is not kept', async () => {
  const kept = { text: '' };
  const { clock, transport } = connect({ kept, answers: [new Promise(() => {})] });
  transport.push({ name: 'a' });
  await clock.advance(10);
  transport.flush(true);
  assert.equal(kept.text, '');
});

test('at the end of a page one more request is made, not one for each beacon', async () => {
  const kept = { text: '' };
  const { clock, sent, transport } = connect({ kept, size: 3000, answers: [new Promise(() => {})] });
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) transport.push({ name }, true);
  await clock.advance(60);
  transport.flush(true);
  assert.deepEqual([sent.length, JSON.parse(kept.text).outbox.length], [2, 1]);
});

test('a dead service is left alone over page loads, too', async () => {
  const kept = { text: '' };
  let requests = 0;
  let now = 0;
  for (let view = 0; view < 60; view++) {
    const { clock, sent, transport } = connect({ kept, answers: Array.from({ length: 99 }, () => ({ status: 0 })) });
    await clock.advance(now);
    transport.open();
    transport.push({ name: `v${view}` }, true);
    await clock.advance(60000);
    transport.flush(true);
    requests += sent.length;
    now += 60000;
  }
  assert.ok(requests <= 30, `${requests} requests`);
});

test('the network being back ends the waiting', async () => {
  const { clock, sent, transport } = connect({ answers: [{ status: 0 }, { status: 0 }, { status: 0 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(6900);
  const before = sent.length;
  transport.retry(true);
  await clock.advance(10);
  assert.deepEqual([before, sent.length], [3, 4]);
});

test('what was under way when the page was frozen is sent again, and holds up nothing', async () => {
  const { clock, sent, transport } = connect({ answers: [new Promise(() => {})] });
  transport.push({ name: 'a' }, true);
  await clock.advance(100);
  transport.push({ name: 'b' }, true);
  await clock.advance(60000);
  const before = sent.length;
  transport.retry();
  await clock.advance(100);
  assert.deepEqual([before, ...sent.map(({ body }) => JSON.parse(body).seq)], [1, 0, 0, 1]);
});

test('clearing empties the stash and stops the clock', async () => {
  const kept = { text: '' };
  const { clock, sent, transport } = connect({ kept, answers: [{ status: 503 }] });
  transport.push({ name: 'a' }, true);
  await clock.advance(100);
  transport.flush(true);
  assert.ok(kept.text);
  transport.clear();
  await clock.advance(600000);
  assert.deepEqual([kept.text, sent.length], ['', 1]);
});

test('a page that takes over nothing sends nothing early', async () => {
  const { clock, sent, transport } = connect();
  transport.open();
  transport.push({ name: 'page_view' });
  await clock.advance(1900);
  assert.deepEqual(sent, []);
});
