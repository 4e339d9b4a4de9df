import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { post } from '../src/post.js';

/** The browser's ways to send, recorded; `fetch` answers or fails as told. */
function network({ fetch, fetchLater }) {
  const tried = [];
  globalThis.window = globalThis;
  globalThis.fetch = async (url, request) => (tried.push(['fetch', request.keepalive]), fetch());
  globalThis.fetchLater = fetchLater && ((url, { body }) => (tried.push(['fetchLater', body]), fetchLater()));
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { sendBeacon: (url, body) => tried.push(['beacon', body]) > 0 },
  });
  return tried;
}
const fails = () => Promise.reject(new TypeError('quota'));

beforeEach(() => network({ fetch: fails }));

test('fetch with keepalive comes first, and alone if it works', async () => {
  const tried = network({ fetch: () => new Response(null, { status: 204 }), fetchLater() {} });
  assert.deepEqual(await post('/', 'b', true), { status: 204, wait: 0, answer: undefined });
  assert.deepEqual(tried, [['fetch', true]]);
});

test('at the end of a page fetchLater takes what fetch refuses; its fate stays unknown', async () => {
  const tried = network({ fetch: fails, fetchLater() {} });
  assert.deepEqual(await post('/', 'b', true), { status: 0 });
  assert.deepEqual(tried, [['fetch', true], ['fetchLater', 'b']]);
});

test('a browser without fetchLater tries a beacon', async () => {
  const tried = network({ fetch: fails });
  await post('/', 'b', true);
  assert.deepEqual(tried, [['fetch', true], ['beacon', 'b']]);
});

test('a full fetchLater throws nothing', async () => {
  network({ fetch: fails, fetchLater() { throw new RangeError('QuotaExceeded'); } });
  assert.deepEqual(await post('/', 'b', true), { status: 0 });
});

test('in the middle of a page a failure is only a failure', async () => {
  const tried = network({ fetch: fails, fetchLater() {} });
  await post('/', 'b');
  assert.deepEqual(tried, [['fetch', true]]);
});

test('Retry-After is read in seconds, an answer as JSON', async () => {
  network({ fetch: () => new Response('busy', { status: 429, headers: { 'retry-after': '7' } }) });
  assert.deepEqual(await post('/', 'b'), { status: 429, wait: 7, answer: undefined });
  network({ fetch: () => Response.json({ revoked: [] }) });
  assert.deepEqual((await post('/', 'b')).answer, { revoked: [] });
});
