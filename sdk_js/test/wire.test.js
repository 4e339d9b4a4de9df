// The golden messages of tests/wire are read by the Python suite, too.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildBeacon } from '../src/buildBeacon.js';
import { cleanEvent } from '../src/cleanEvent.js';

const folder = new URL('../../tests/wire/', import.meta.url);
const golden = Object.fromEntries(
  readdirSync(folder)
    .filter((file) => file.startsWith('beacon.'))
    .map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8')).message]),
);

/** Fields our reducers and page views give to their events, beside the shop's. */
const OURS = {
  page_view: ['referrer_kind'],
  ping: ['active_ms', 'visible_ms', 'scroll'],
  idle: ['ms'],
  scroll_turn: ['count'],
  hover_cta: ['ms', 'target', 'entries'],
  cursor_reversal: ['count'],
  rage_click: ['count', 'target'],
  dead_click: ['count', 'target'],
  error_click: ['count', 'target'],
  variant_toggle: ['count', 'back'],
  tab_hidden: [],
  tab_visible: ['ms'],
  copy_name: ['overlap', 'length'],
  coupon_focus: ['count'],
  coupon_failed: ['count'],
  field_refocus: ['count'],
  field_error: ['count'],
  checkout_back: ['step'],
  quick_back: ['ms'],
  exit_intent: ['device', 'how'],
  ask: [],
  forget: [],
  action_shown: ['decision', 'token'],
  action_not_shown: ['decision', 'token', 'reason'],
  action_clicked: ['decision', 'token'],
  action_dismissed: ['decision', 'token', 'by'],
  action_expired: ['decision', 'token'],
};

/** The same message as our builders make it from events that happened `age_ms` ago. */
function rebuild(message) {
  const now = 1e12;
  const events = message.events.map(({ name, age_ms, ...fields }) => ({
    ...(name in OURS ? { name, ...fields } : cleanEvent(name, fields)),
    at: now - age_ms,
  }));
  const { v, automated, ...rest } = message;
  return JSON.parse(JSON.stringify(buildBeacon({ ...rest, events, now, gpc: false, automated })));
}

test('there are golden messages', () => {
  assert.ok(Object.keys(golden).length > 30);
});

for (const [file, message] of Object.entries(golden)) {
  test(`${file}: what our builders make equals the golden message`, () => {
    assert.deepEqual(rebuild(message), message);
  });

  test(`${file}: it uses only fields that our signals know`, () => {
    for (const { name, age_ms, ...fields } of message.events) {
      const unknown = Object.keys(fields).filter((field) => name in OURS && !OURS[name].includes(field));
      assert.deepEqual(unknown, [], name);
    }
  });
}

test('GPC without an explicit choice: measured, never personalised', () => {
  const parts = { ...golden['beacon.contract.json'], now: 0, gpc: true };
  const implied = { ...parts, consent: { measure: true, personalise: true, explicit: false } };
  assert.equal(buildBeacon(implied).consent.personalise, false);
  assert.equal(buildBeacon(parts).consent.personalise, true);
});

test('a robot says that it is one, a person says nothing', () => {
  const parts = { ...golden['beacon.contract.json'], now: 0 };
  assert.equal(buildBeacon({ ...parts, automated: true }).automated, true);
  assert.equal('automated' in JSON.parse(JSON.stringify(buildBeacon(parts))), false);
});

test('an event is never older than a day nor from the future', () => {
  const { events, ...parts } = golden['beacon.contract.json'];
  const aged = buildBeacon({ ...parts, now: 1e9, events: [{ name: 'ask', at: 0 }, { name: 'ask', at: 2e9 }] });
  assert.deepEqual(aged.events.map((event) => event.age_ms), [864e5, 0]);
});
