import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTransport } from '../src/createTransport.js';
import { manualClock } from './kit.js';

/** A transport to a service that answers with the given statuses, then 204. */
function connect({ answers = [], consent = true, size = 0 } = {}) {
  const clock = manualClock();
  const sent = [];
  const found = [];
  const transport = createTransport({
    ...clock,
    random: () => 0,
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

test('a failed beacon is sent again byte for byte, ahead of what came later', async () => {
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

test('the end of a page sends everything, beside what is under way', async () => {
  const { clock, sent, transport } = connect({ answers: [new Promise(() => {})] });
  transport.push({ name: 'a' }, true);
  await clock.advance(50);
  transport.push({ name: 'b' });
  transport.flush(true);
  assert.deepEqual(sent.map(({ leaving }) => leaving), [false, true]);
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
