import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { core } from '../src/core.js';
import { tapDataLayer } from '../src/tapDataLayer.js';
import { watchGcm } from '../src/watchGcm.js';
import { watchTcf } from '../src/watchTcf.js';

globalThis.window = globalThis;
beforeEach(() => {
  delete globalThis.dataLayer;
  delete globalThis.__tcfapi;
  delete core.consent;
});

/** A `gtag` that pushes its arguments object, as Google's snippet does. */
function gtag() {
  (globalThis.dataLayer ||= []).push(arguments);
}

/** What a watcher applied, as `measure personalise explicit`. */
function applied(watch, ...rest) {
  const choices = [];
  const undo = watch(({ measure, personalise, explicit }) => choices.push(`${+measure}${+personalise}${+explicit}`), ...rest);
  return { choices, undo };
}

test('consent mode: a default before us, an update after us', () => {
  gtag('consent', 'default', { analytics_storage: 'denied', personalization_storage: 'denied' });
  const { choices, undo } = applied(watchGcm);
  gtag('consent', 'update', { analytics_storage: 'granted' });
  gtag('consent', 'update', { personalization_storage: 'granted' });
  undo();
  gtag('consent', 'update', { analytics_storage: 'denied' });
  assert.deepEqual(choices, ['101', '111']);
});

test('consent mode: a default that is granted is no choice of the visitor', () => {
  gtag('consent', 'default', { analytics_storage: 'granted', personalization_storage: 'granted' });
  assert.deepEqual(applied(watchGcm).choices, ['110']);
});

test('consent mode: of several defaults the strictest holds, in either order', () => {
  const region = { analytics_storage: 'denied', region: ['DE'] };
  const world = { analytics_storage: 'granted', personalization_storage: 'granted' };
  gtag('consent', 'default', region);
  gtag('consent', 'default', world);
  assert.deepEqual(applied(watchGcm).choices, []);
  delete globalThis.dataLayer;
  gtag('consent', 'default', world);
  gtag('consent', 'default', region);
  assert.deepEqual(applied(watchGcm).choices, []);
});

test('consent mode: a default that denies is no refusal, unless it was granted before', () => {
  gtag('consent', 'default', { analytics_storage: 'denied' });
  const { choices } = applied(watchGcm);
  assert.deepEqual(choices, []);
  core.consent = { measure: true, personalise: true, explicit: false };
  gtag('consent', 'default', { analytics_storage: 'denied' });
  assert.deepEqual(choices, ['000']);
});

test('consent mode: a refusal that the tool brings is one', () => {
  gtag('consent', 'default', { analytics_storage: 'denied' });
  gtag('consent', 'update', { analytics_storage: 'denied' });
  assert.deepEqual(applied(watchGcm).choices, ['001']);
});

test('consent mode: who is asked service by service has chosen once measuring is named', () => {
  gtag('consent', 'default', { ad_storage: 'denied', analytics_storage: 'denied' });
  const { choices } = applied(watchGcm);
  gtag('consent', 'update', { ad_storage: 'denied' });
  gtag('consent', 'update', { personalization_storage: 'granted' });
  assert.deepEqual(choices, []);
  gtag('consent', 'update', { analytics_storage: 'granted' });
  assert.deepEqual(choices, ['111']);
});

test('consent mode: a choice about advertising makes no assumed consent explicit', () => {
  gtag('consent', 'default', { analytics_storage: 'granted', personalization_storage: 'granted' });
  const { choices } = applied(watchGcm);
  gtag('consent', 'update', { ad_storage: 'denied' });
  assert.deepEqual(choices, ['110', '110']);
});

test('consent mode: a choice holds, whatever default comes after it', () => {
  gtag('consent', 'update', { analytics_storage: 'granted', personalization_storage: 'denied' });
  gtag('consent', 'default', { analytics_storage: 'denied', personalization_storage: 'granted' });
  const { choices } = applied(watchGcm);
  core.consent = { measure: true, personalise: false, explicit: true };
  gtag('consent', 'default', { analytics_storage: 'denied' });
  assert.deepEqual(choices, ['101', '101']);
});

test('consent mode: other commands and entries are none of it', () => {
  globalThis.dataLayer = [{ event: 'consent' }, null, 7, 'consent'];
  gtag('config', 'G-1');
  assert.deepEqual(applied(watchGcm).choices, []);
});

/** A consent tool that knows some versions, with what it was asked. */
function tool(versions = [2]) {
  const asked = [];
  let tell;
  globalThis.__tcfapi = (command, version, callback, id) => {
    asked.push([command, version, id]);
    if (command === 'removeEventListener') return callback(true);
    if (!versions.includes(version)) return callback(null, false);
    tell = (data, ok = true) => callback({ listenerId: 5, tcfPolicyVersion: 5, ...data }, ok);
    return tell({ eventStatus: 'cmpuishown' });
  };
  return { asked, tell: (...args) => tell(...args) };
}
const grant = (...purposes) => ({ consents: Object.fromEntries(purposes.map((n) => [n, true])) });

test('TCF: nothing until the visitor acted, then by purpose and vendor', () => {
  const cmp = tool();
  const { choices } = applied(watchTcf, { personalise: [1, 8, 9], vendor: 7 });
  assert.deepEqual(choices, []);
  cmp.tell({ eventStatus: 'useractioncomplete', purpose: grant(1, 8), vendor: { consents: { 7: true } } });
  cmp.tell({ eventStatus: 'tcloaded', purpose: grant(1, 8, 9), vendor: { consents: { 7: true } } });
  cmp.tell({ eventStatus: 'useractioncomplete', purpose: grant(1, 8, 9), vendor: { consents: {} } });
  assert.deepEqual(choices, ['101', '111', '001']);
});

test('TCF: where GDPR does not apply all is allowed, and nobody chose it', () => {
  const cmp = tool();
  const { choices } = applied(watchTcf);
  cmp.tell({ eventStatus: 'tcloaded', gdprApplies: false });
  assert.deepEqual(choices, ['110']);
});

test('TCF: a newer tool that has forgotten version 2 is asked for its latest', () => {
  const cmp = tool([null]);
  const { choices } = applied(watchTcf);
  cmp.tell({ eventStatus: 'tcloaded', tcfPolicyVersion: 9, purpose: grant(1, 8) });
  assert.deepEqual(choices, ['111']);
  assert.deepEqual(cmp.asked.map(([, version]) => version), [2, null]);
});

test('TCF: a tool that answers neither is not asked again, and grants nothing', () => {
  const cmp = tool([]);
  assert.deepEqual(applied(watchTcf).choices, []);
  assert.equal(cmp.asked.length, 2);
});

test('TCF: an answer in a shape that we do not know grants nothing', () => {
  const cmp = tool();
  const { choices } = applied(watchTcf, { vendor: 7 });
  cmp.tell({ eventStatus: 'tcloaded', purposes: { 1: 'yes' } });
  cmp.tell({ eventStatus: 'somethingnew', purpose: grant(1, 8) });
  assert.deepEqual(choices, ['001']);
});

test('TCF: an open banner keeps cards away; leaving takes the listener off', () => {
  const cmp = tool();
  const closed = [];
  core.card = { id: 'd_1', close: () => closed.push(1) };
  const { undo } = applied(watchTcf);
  assert.deepEqual([core.asking, closed.length], [true, 1]);
  cmp.tell({ eventStatus: 'useractioncomplete', purpose: grant() });
  assert.equal(core.asking, false);
  undo();
  assert.deepEqual(cmp.asked.at(-1), ['removeEventListener', 2, 5]);
  core.card = undefined;
});

test('the tap reads history once, then each push, and hands `push` back', () => {
  const layer = (globalThis.dataLayer = [{ event: 'a' }]);
  const { push } = layer;
  const heard = [];
  const seen = new WeakSet();
  const undo = tapDataLayer(({ event }) => heard.push(event), seen);
  assert.equal(layer.push({ event: 'b' }, { event: 'c' }), 3);
  undo();
  layer.push({ event: 'd' });
  assert.equal(layer.push, push);
  tapDataLayer(({ event }) => heard.push(event), seen)();
  assert.deepEqual(heard, ['a', 'b', 'c', 'd']);
});

test('an entry that cannot be read harms neither the page nor the next one', (context) => {
  context.mock.method(console, 'warn', () => {});
  globalThis.dataLayer = [];
  const heard = [];
  const undo = tapDataLayer(({ event }) => heard.push(event.name));
  globalThis.dataLayer.push({}, { event: { name: 'b' } });
  undo();
  assert.deepEqual(heard, ['b']);
});
