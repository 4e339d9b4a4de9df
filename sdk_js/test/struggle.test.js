// Precision and recall of the struggle signals over the table of test/fixtures.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIXTURES } from './fixtures.js';
import { shop } from './shopper.js';

const SHORT = { rage_click: 'rage', dead_click: 'dead', error_click: 'error', exit_intent: 'exit' };
const rows = FIXTURES.map(([about, expected, does, on, phone]) => {
  const found = shop({ does, on, phone: !!phone }).map((name) => SHORT[name]);
  return { about, does, expected: expected.split(' ').filter(Boolean), found };
});

/** Of what was found, the share that is right; and of what is there, the share found. */
function quality(signal) {
  const count = (list) => list.filter((name) => name === signal).length;
  let found = 0;
  let there = 0;
  let right = 0;
  for (const row of rows) {
    found += count(row.found);
    there += count(row.expected);
    right += Math.min(count(row.found), count(row.expected));
  }
  return { precision: right / found, recall: right / there, there };
}

test('there are at least 80 rows, half of them about nothing', () => {
  assert.ok(rows.length >= 80, `${rows.length}`);
  assert.ok(rows.filter(({ expected }) => !expected[0]).length >= 40);
});

for (const [signal, bar] of [['rage', 0.98], ['dead', 0.95], ['exit', 0.9], ['error', 0.95]]) {
  test(`${signal}: precision is at least ${bar}, and as much is found`, () => {
    const { precision, recall } = quality(signal);
    assert.ok(precision >= bar && recall >= bar, `precision ${precision}, recall ${recall}`);
  });
}

test('no exit is found on link clicks, in frames, lists or developer tools', () => {
  const around = rows.filter(({ about }) => /link|logo|frame|list|tools|tab of/.test(about));
  assert.ok(around.length >= 8);
  assert.deepEqual(around.filter(({ found }) => found.includes('exit')), []);
});

for (const { about, expected, found } of rows) {
  test(`${expected.join(' ') || 'nothing'}: ${about}`, () => assert.deepEqual(found.sort(), expected.sort()));
}
