import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attention } from '../src/attention.js';
import { createSignals } from '../src/createSignals.js';
import { play, ticks } from './kit.js';

const sum = (pings, field) => pings.reduce((total, ping) => total + ping[field], 0);

test('reading with the odd move is active throughout', () => {
  const moves = [3, 6, 9, 12].map((s) => [s * 1000 + 500, 'move']);
  const inputs = [[0, 'on'], ...[...ticks(1, 14), ...moves].sort((a, b) => a[0] - b[0]), [14000, 'hide']];
  const pings = play(attention, inputs);
  assert.equal(sum(pings, 'active_ms'), 14000);
  assert.equal(sum(pings, 'visible_ms'), 14000);
});

test('without input activity ends after 5 s, visibility goes on', () => {
  const pings = play(attention, [[0, 'on'], ...ticks(1, 20), [20000, 'end']]);
  assert.equal(sum(pings, 'active_ms'), 5000);
  assert.equal(sum(pings, 'visible_ms'), 20000);
});

test('a hidden tab counts nothing', () => {
  const inputs = [[0, 'on'], [1000, 'hide'], ...ticks(2, 60), [61000, 'on'], [62000, 'end']];
  assert.equal(sum(play(attention, inputs), 'visible_ms'), 2000);
});

test('an hour of sleep is not attention', () => {
  const inputs = [[0, 'on'], [1000, 'tick'], [3601000, 'tick'], [3601000, 'end']];
  assert.equal(sum(play(attention, inputs), 'visible_ms'), 1500);
});

test('a ping every 5 s of activity, every 10 s while a card is open', () => {
  const busy = Array.from({ length: 20 }, (_, i) => [[i * 1000, 'move'], [(i + 1) * 1000, 'tick']]).flat();
  assert.equal(play(attention, [[0, 'on'], ...busy]).length, 4);
  assert.equal(play(attention, [[0, 'on'], ...busy], { pingMs: 10000 }).length, 2);
});

test('the ping carries the deepest share seen in this view', () => {
  const inputs = [[0, 'on'], [10, 'scroll', { deep: 0.7 }], [20, 'scroll', { deep: 0.4 }], [500, 'end']];
  assert.equal(play(attention, inputs)[0].scroll, 0.7);
});

test('a new page view starts from nothing', () => {
  const inputs = [[0, 'on'], [900, 'scroll', { deep: 1 }], [1000, 'end'], [1000, 'page'], [2000, 'end']];
  assert.deepEqual(play(attention, inputs)[1], { name: 'ping', active_ms: 1000, visible_ms: 1000, scroll: 0 });
});

test('every reducer hears what the first knows: activity and stillness', () => {
  let now = 0;
  const seen = [];
  const reducers = [[attention], [(state, input) => seen.push(input) && state, 'tick']];
  const tell = createSignals(reducers, (input) => (input.touch = true), () => {}, () => now);
  tell({ k: 'on' });
  now = 4000;
  tell({ k: 'tick' });
  assert.deepEqual([seen[0].active, seen[0].still, seen[0].touch], [4000, 4000, true]);
});

test('a finding is passed on once', () => {
  const found = [];
  const once = (state, { k }) => (k === 'a' ? { out: { name: 'a' } } : state);
  const tell = createSignals([[attention], [once]], () => {}, (fact) => found.push(fact.name), () => 0);
  for (const k of ['a', 'b', 'b']) tell({ k });
  assert.deepEqual(found, ['a']);
});
