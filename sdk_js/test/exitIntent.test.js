import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitIntent } from '../src/signals/exitIntent.js';
import { play } from './kit.js';

const desktop = { active: 6000 };
const phone = { active: 6000, touch: true, high: 800 };
const flick = (t = 0) => [[t, 'move', { y: 300 }], [t + 50, 'move', { y: 120 }], [t + 100, 'leave', { y: -2 }]];

test('a fast way over the top edge is an exit', () => {
  assert.deepEqual(play(exitIntent, flick(), desktop), [
    { name: 'exit_intent', device: 'desktop', how: 'top' },
  ]);
});

test('a slow drift over the top edge is none', () => {
  const drift = [8, 5, 3].map((y, i) => [i * 50, 'move', { y }]);
  assert.deepEqual(play(exitIntent, [...drift, [150, 'leave', { y: -1 }]], desktop), []);
});

test('a flick from rest counts, however long the rest was', () => {
  const inputs = [[0, 'move', { y: 300 }], [9000, 'leave', { y: -5 }]];
  assert.equal(play(exitIntent, inputs, desktop).length, 1);
});

test('leaving over a side is none', () => {
  assert.deepEqual(play(exitIntent, [[0, 'move', { y: 400 }], [50, 'leave', { y: 300 }]], desktop), []);
});

test('nobody exits before 5 s of activity', () => {
  assert.deepEqual(play(exitIntent, flick(), { active: 4900 }), []);
});

test('one exit in 30 s', () => {
  const found = play(exitIntent, [...flick(), ...flick(20000), ...flick(31000)], desktop);
  assert.equal(found.length, 2);
});

test('a fling upwards on a phone is an exit, a jump to the top is none', () => {
  const fling = [3000, 2800, 2500, 2100].map((y, i) => [i * 100, 'scroll', { y, still: 100 }]);
  const jump = [[0, 'scroll', { y: 3000 }], [5000, 'scroll', { y: 0, still: 5000 }]];
  assert.deepEqual(play(exitIntent, fling, phone), [
    { name: 'exit_intent', device: 'phone', how: 'scroll' },
  ]);
  assert.deepEqual(play(exitIntent, jump, phone), []);
});

test('a slow way up on a phone is reading again', () => {
  const slow = [3000, 2950, 2880, 2800, 2700, 2600, 2500].map((y, i) => [i * 100, 'scroll', { y, still: 100 }]);
  assert.deepEqual(play(exitIntent, slow, phone), []);
});

test('a phone that returns after 5 s elsewhere, or lies still for 30 s', () => {
  assert.deepEqual(play(exitIntent, [[0, 'hide'], [6000, 'on']], phone), [
    { name: 'exit_intent', device: 'phone', how: 'return' },
  ]);
  assert.deepEqual(play(exitIntent, [[0, 'on'], [30500, 'tick', { still: 30500 }]], phone), [
    { name: 'exit_intent', device: 'phone', how: 'idle' },
  ]);
  assert.deepEqual(play(exitIntent, [[0, 'hide'], [6000, 'on']], desktop), []);
});
