// What may leave the page: a closed list of fields, each a number, a flag, an id or one
// of a few words; and product texts and coupons that the shop itself tells.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildBeacon } from '../src/buildBeacon.js';
import { cleanCustomer } from '../src/cleanCustomer.js';
import { cleanEvent } from '../src/cleanEvent.js';
import { readDataLayer } from '../src/page/readDataLayer.js';
import { readSegment } from '../src/page/readSegment.js';
import { FIXTURES } from './fixtures.js';
import { shopFacts } from './shopper.js';

const ID = /^[\w.:-]{1,64}$/;
const number = (low, high) => (value) => typeof value === 'number' && value >= low && value <= high;
const whole = (low, high) => (value) => Number.isInteger(value) && number(low, high)(value);
const word = (...words) => (value) => words.includes(value);
const flag = (value) => typeof value === 'boolean';
const text = (value) => typeof value === 'string' && value.length <= 100;
const id = (value) => ID.test(value);

const TARGET = word('cart', 'price', 'shipping', 'checkout', 'coupon', 'size', 'other');
const ITEM = {
  item_id: id, item_name: text, item_brand: text, item_category: text, item_variant: text, coupon: text,
  price: number(0, 1e7), discount: number(0, 1e7), quantity: number(1, 1e5), currency: (c) => /^[A-Z]{3}$/.test(c),
  in_stock: flag,
};
const item = (value) => mistakes(value, ITEM).length === 0;
const EVENT = {
  name: (value) => /^[a-z_]{3,20}$/.test(value), age_ms: number(0, 864e5), item,
  items: (list) => list.length <= 20 && list.every(item),
  value: number(0, 1e7), currency: ITEM.currency, coupon: text, transaction_id: id, results: whole(0, 1e6),
  count: whole(0, 1e4), rating: whole(1, 5), decision: id, token: (value) => /^[\w.:-]{1,100}$/.test(value), ms: number(0, 864e5), target: TARGET,
  entries: whole(0, 1e4), back: flag, step: whole(0, 3), device: word('desktop', 'phone'),
  how: word('top', 'scroll', 'return', 'idle'), active_ms: number(0, 36e5), visible_ms: number(0, 36e5), scroll: number(0, 1),
};

/** Fields of a thing that the schema does not know, or that do not fit it. */
function mistakes(thing, schema) {
  return Object.entries(thing).filter(([name, value]) => !schema[name]?.(value)).map(([name, value]) => `${name}: ${value}`);
}

/** A seeded generator (mulberry32). */
function seeded(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const PRIVATE = ['jane.doe@example.com', '+49 170 1234567', 'DE89370400440532013000', 'Jane Doe', 'Main Street 7'];
const PERSONAL = ['email', 'phone', 'iban', 'user_data', 'search_term', 'customer_name', 'address', 'user_id', 'form', 'x', 'y'];
const ODD = [undefined, null, '', NaN, Infinity, -1, 1e12, {}, [], [[]], true, '12,50', '9.5', 'EUR', 'eur', '<img src=x>', 'a b'];

/** What a page may hand over: the contract's fields with odd values, and personal ones. */
function handed(random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const fields = {};
  for (const name of Object.keys({ ...EVENT, ...ITEM })) if (random() < 0.3) fields[name] = pick(ODD);
  for (const name of PERSONAL) if (random() < 0.5) fields[name] = random() < 0.5 ? pick(PRIVATE) : { nested: pick(PRIVATE) };
  return fields;
}

const NAMES = ['view_item', 'add_to_cart', 'purchase', 'view_search_results', 'coupon_failed', 'chat_rated', 'view_cart'];

test('10,000 odd events of a page: only the schema leaves, and nothing personal', () => {
  const random = seeded(5);
  for (let i = 0; i < 10000; i++) {
    const own = { ...handed(random), items: [handed(random), { ...handed(random), item_id: 'i1' }] };
    const name = NAMES[i % NAMES.length];
    const told = [own, readDataLayer({ event: name, ecommerce: own }), readSegment('Product Viewed', own)][i % 3];
    const event = told && cleanEvent(told === own ? name : told.name, told);
    if (!event) continue;
    assert.deepEqual(mistakes(event, EVENT), []);
    const sent = JSON.stringify(event);
    assert.ok(!PRIVATE.some((secret) => sent.includes(secret)), sent);
  }
});

test('an e-mail address never leaves, not even as the name of a product', () => {
  const fields = { coupon: 'jane@example.com', items: [{ item_id: '1', item_name: 'for jane@example.com', item_brand: 'a@b' }] };
  assert.deepEqual(cleanEvent('add_to_cart', fields), { name: 'add_to_cart', item: { item_id: '1' } });
});

test('a customer is an opaque id, two facts and a word', () => {
  assert.deepEqual({ ...cleanCustomer({ id: 'c_1', logged_in: true, type: 'b2b', orders: 3, email: 'a@b.de' }) }, {
    id: 'c_1', logged_in: true, type: 'b2b', orders: 3,
  });
  assert.equal(cleanCustomer({ id: 'jane@example.com' }).id, undefined);
  assert.equal(cleanCustomer({ id: 77 }).id, '77');
  assert.equal(cleanCustomer({ orders: 'some' }).orders, undefined);
});

test('what the signals find carries no coordinate, no text and no value of a field', () => {
  const facts = FIXTURES.flatMap(([, , does, on, phone]) => shopFacts({ does, on, phone: !!phone }));
  assert.ok(facts.length > 150);
  for (const fact of facts) assert.deepEqual(mistakes(fact, EVENT), []);
});

test('a beacon has no more than the contract says', () => {
  const beacon = buildBeacon({
    site: 's', visitor: 'v', session: 's', seq: 0, now: 1, events: [], consent: { measure: true, personalise: true, explicit: true },
    page: { url: '', kind: 'home', locale: 'de' }, automated: true, gpc: true,
  });
  assert.deepEqual(Object.keys(beacon), ['v', 'site', 'visitor', 'session', 'seq', 'page', 'automated', 'consent', 'events']);
});
