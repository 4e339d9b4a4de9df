import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { createStore } from '../src/createStore.js';
import { randomId } from '../src/randomId.js';

// Every browser has it; Node has it since 20, Debian 12 has 18.
globalThis.crypto ??= webcrypto;

/** A store on a Map, with counted ids and a clock that is set by hand. */
function open({ map = new Map(), isBlocked = false } = {}) {
  let count = 0;
  const time = { now: 0 };
  const storage = () => {
    if (isBlocked) throw Error('SecurityError');
    return {
      getItem: (key) => map.get(key) ?? null,
      setItem: (key, value) => map.set(key, value),
      removeItem: (key) => map.delete(key),
    };
  };
  const store = createStore('k', storage, () => time.now, (p) => p + ++count);
  return { store, map, time };
}

test('opening reads and writes nothing', () => {
  const { map } = open();
  assert.equal(map.size, 0);
});

test('a session lives through 30 min of silence, not longer; the visitor stays', () => {
  const { store, time } = open();
  const first = store.touch();
  time.now = 1799999;
  const second = store.touch();
  time.now += 1800000;
  const third = store.touch();
  assert.deepEqual([first.fresh, second.fresh, third.fresh], [true, false, true]);
  assert.deepEqual([second.session === first.session, third.session === first.session], [true, false]);
  assert.equal(third.visitor, first.visitor);
});

test('that a session goes on is written once a second at most; a change, or a clock set back, at once', () => {
  const { store, map, time } = open();
  store.touch();
  const seen = [];
  for (const [now, changes] of [[999], [1000], [1001, { left: true }], [1500], [2001], [9]]) {
    time.now = now;
    store.touch(changes);
    seen.push(JSON.parse(map.get('k')).at);
  }
  assert.deepEqual(seen, [0, 1000, 1001, 1001, 2001, 9]);
});

test('two tabs share visitor and session', () => {
  const map = new Map();
  const one = open({ map }).store.touch();
  const two = open({ map }).store.touch();
  assert.deepEqual([one.visitor, one.session], [two.visitor, two.session]);
});

test('forgetting leaves nothing', () => {
  const { store, map } = open();
  store.touch();
  store.forget();
  assert.equal(map.size, 0);
});

test('where storage is blocked, ids live as long as the page', () => {
  const { store } = open({ isBlocked: true });
  assert.equal(store.touch().visitor, store.touch().visitor);
});

test('what is not ours under the key is replaced', () => {
  const { store } = open({ map: new Map([['k', '{broken']]) });
  assert.equal(store.touch().visitor, 'v_1');
});

test('the trail is kept within a session, and ends with it', () => {
  const { store, time } = open();
  store.touch({ trail: { path: '/a', at: 0 } });
  assert.equal(store.touch().trail.path, '/a');
  time.now = 1800001;
  assert.equal(store.touch().trail, undefined);
});

test('an id fits the contract and never comes twice', () => {
  const ids = Array.from({ length: 1000 }, () => randomId('v_'));
  assert.ok(ids.every((id) => /^v_[a-z0-9]{3,21}$/.test(id)));
  assert.equal(new Set(ids).size, 1000);
});

test('a card that another tab has open is seen, and goes when it is closed', () => {
  const map = new Map();
  const [one, two] = [open({ map }).store, open({ map }).store];
  one.touch({ card: ['t_1', 60000] });
  assert.deepEqual(two.touch().card, ['t_1', 60000]);
  one.touch({ card: undefined });
  assert.equal(two.touch().card, undefined);
});
