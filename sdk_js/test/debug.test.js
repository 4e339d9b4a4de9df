import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { explain } from '../src/debug/explain.js';
import { obstacle } from '../src/ui/obstacle.js';

// No package around it says that it is a module; Node before 20.19 does not look inside.
const built = readFileSync(new URL('../../engage/web/sdk/engage-debug.js', import.meta.url), 'utf8');
const served = await import(`data:text/javascript,${encodeURIComponent(built)}`);

const core = { options: { site: 'pk_demo' } };
let lines;

beforeEach(() => {
  lines = [];
  console.info = (...line) => lines.push(line.filter((part) => typeof part === 'string').join(' '));
  globalThis.window = globalThis;
  globalThis.location = { search: '', origin: 'http://shop.test' };
  globalThis.document = {};
  globalThis.innerWidth = globalThis.innerHeight = 800;
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { webdriver: true } });
});

/** The one sentence that is said. */
function said(...what) {
  explain(...what);
  return lines.at(-1);
}

test('at rest it says what it waits for', () => {
  assert.match(said({ options: {} }, 'ready'), /no site key/);
  assert.match(said(core, 'ready'), /waits for setConsent/);
  assert.match(said({ options: { site: 's', consent: 'gcm' } }, 'ready'), /gtag/);
  assert.match(said({ options: { site: 's', consent: 'tcf' } }, 'ready'), /none yet/);
});

test('an option that means nothing as it is written is named', () => {
  const options = { site: 's', consent: 'grant', preset: 'Shopify', theme: 'dark' };
  assert.match(said({ options }, 'ready'), /waits for setConsent; consent must be one of .*, got grant; preset must .*, got Shopify$/);
  assert.equal(said({ options: { site: 's', preset: 'shopify' }, consent: {} }, 'ready'), 'engage set up, and the visitor has chosen');
});

test('each subject has its sentence', () => {
  assert.match(said(core, 'consent', { measure: true, personalise: false }), /measure only: nothing will be shown/);
  assert.match(said(core, 'event', { name: 'view_item' }), /saw view_item; kept in memory/);
  assert.match(said(core, 'event', { name: 'viewed' }), /contract does not know/);
  assert.match(said(core, 'dropped', 'chat_started'), /belongs to no decision/);
  const beacon = { seq: 3, page: { kind: 'product' }, events: [{ name: 'ping' }, { name: 'idle' }] };
  assert.match(said(core, 'beacon', beacon), /beacon 3 of a product page: ping, idle/);
  assert.match(said(core, 'answer', { action: 'a', kind: 'chat', moment: 'lingering' }, []), /show a \(chat\) at moment lingering/);
  assert.match(said(core, 'something new', 7), /something new/);
});

test('each answer of the service is explained', () => {
  const cases = { 0: 'http://shop.test is not among the site\'s `origins`', 200: 'taken', 204: 'nothing to show', 400: 'dropped', 403: '`origins`', 429: 'busy', 500: 'failed' };
  for (const [status, word] of Object.entries(cases)) assert.match(said(core, 'status', Number(status)), new RegExp(word));
  assert.match(said(core, 'status', 204), /this browser says that it is one/);
});

test('every reason that can be reported is explained', () => {
  const calm = { typedAt: 0, tab: 't_1', store: { touch: () => ({}) } };
  const page = { elementFromPoint: () => null };
  const reasons = [
    [calm, 'payment', page],
    [{ ...calm, typedAt: Date.now() }, 'product', page],
    [calm, 'product', { ...page, hidden: true }],
    [{ ...calm, asking: true }, 'product', page],
    [{ ...calm, store: { touch: () => ({ card: ['t_2', Date.now() + 1000] }) } }, 'product', page],
  ].map(([state, kind, seen]) => ((globalThis.document = seen), obstacle(state, kind)));
  assert.deepEqual(reasons, ['payment_step', 'typing', 'hidden', 'consent_banner', 'other_tab']);
  for (const reason of [...reasons, 'busy', 'error', 'taken_over']) {
    assert.match(said(core, 'not shown', reason), /nothing shown: \w+: ./);
    // What is served has shorter names for what is ours; a reason is not.
    served.explain(core, 'not shown', reason);
    assert.equal(lines.at(-1), lines.at(-2));
  }
  globalThis.document = page;
  assert.equal(obstacle(calm, 'product'), '');
});
