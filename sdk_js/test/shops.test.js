// Shops that speak Segment or Universal Analytics, or run on a known platform.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanEvent } from '../src/cleanEvent.js';
import { core } from '../src/core.js';
import { readClassic } from '../src/page/readClassic.js';
import { readSegment } from '../src/page/readSegment.js';
import { tapSegment } from '../src/page/tapSegment.js';
import { PRESETS, observeAdds } from '../src/presets/index.js';

const told = (event) => event && cleanEvent(event.name, event);
const guitar = { item_id: '42', item_name: 'M-32', item_brand: 'Lakewood', item_category: 'guitars', price: 899, quantity: 1 };
const classic = { id: '42', name: 'M-32', brand: 'Lakewood', category: 'guitars', price: '899.00', quantity: 1 };

test('Universal Analytics: each kind of enhanced e-commerce', () => {
  const products = { products: [classic] };
  const cases = {
    detail: 'view_item', add: 'add_to_cart', remove: 'remove_from_cart', click: 'select_item', checkout: 'begin_checkout',
  };
  for (const [key, name] of Object.entries(cases)) {
    const entry = { event: 'ec', ecommerce: { currencyCode: 'EUR', [key]: products } };
    assert.deepEqual(told(readClassic(entry.ecommerce)), { name, currency: 'EUR', item: guitar }, key);
  }
  assert.deepEqual(told(readClassic({ impressions: [classic, classic] })).items, [guitar, guitar]);
});

test('Universal Analytics: an order has its id, revenue and coupon', () => {
  const actionField = { id: 'A-1', revenue: '899.00', coupon: 'AUTUMN', tax: '143' };
  const entry = { event: 'purchase', ecommerce: { currencyCode: 'EUR', purchase: { actionField, products: [classic] } } };
  assert.deepEqual(told(readClassic(entry.ecommerce)), {
    name: 'purchase', currency: 'EUR', transaction_id: 'A-1', value: 899, coupon: 'AUTUMN', item: guitar,
  });
});

test('Universal Analytics: of an entry that tells of several the strongest counts', () => {
  const entry = { ecommerce: { detail: { products: [classic] }, impressions: [classic] } };
  assert.equal(readClassic(entry.ecommerce).name, 'view_item');
});

test('a gap among the goods costs neither event nor order', () => {
  const items = [null, { item_id: '42' }, undefined];
  const order = { transaction_id: 'A-1', items };
  assert.deepEqual(cleanEvent('purchase', order), { name: 'purchase', transaction_id: 'A-1', item: { item_id: '42' } });
  const purchase = { actionField: { id: 'A-1' }, products: [null, { id: '42' }] };
  assert.deepEqual(told(readClassic({ purchase })), { name: 'purchase', transaction_id: 'A-1', item: { item_id: '42' } });
  assert.equal(told(readClassic({ add: { actionField: null, products: [{ id: '42' }] } })).item.item_id, '42');
  assert.equal(told(readSegment('Product Added', { products: [null, { sku: '42' }] })).item.item_id, '42');
});

test('Segment: its products by GA4 names, its events by ours', () => {
  const product = { product_id: '42', sku: 'L-42', name: 'M-32', brand: 'Lakewood', category: 'guitars', price: 899, quantity: 1 };
  assert.deepEqual(told(readSegment('Product Viewed', { ...product, currency: 'EUR', value: 899 })), {
    name: 'view_item', currency: 'EUR', value: 899, item: guitar,
  });
  assert.deepEqual(told(readSegment('Cart Viewed', { products: [product, product] })).items, [guitar, guitar]);
  assert.equal(told(readSegment('Product Added', { sku: 'L-42' })).item.item_id, 'L-42');
});

test('Segment: an order, a refused coupon, a search, and what is none of ours', () => {
  const order = readSegment('Order Completed', { order_id: 'A-1', total: 119, revenue: 100, currency: 'EUR', products: [] });
  assert.deepEqual(told(order), { name: 'purchase', currency: 'EUR', transaction_id: 'A-1', value: 100 });
  assert.deepEqual(told(readSegment('Coupon Denied', { coupon: 'X', reason: 'expired' })), {
    name: 'coupon_failed', coupon: 'X', count: 1,
  });
  assert.deepEqual(told(readSegment('Products Searched', { query: 'jane@example.com' })), { name: 'view_search_results' });
  assert.equal(readSegment('Signed Up', {}), undefined);
  assert.equal(readSegment(undefined, undefined), undefined);
});

/** What a tap of Segment hears; `again` is the page having loaded. */
function tapped() {
  const heard = [];
  let again;
  Object.assign(core, { seen: new WeakSet(), undo: [] });
  globalThis.window = Object.assign(globalThis, { addEventListener: (_, fn) => (again = fn), removeEventListener() {} });
  tapSegment((...call) => heard.push(readSegment(...call)?.name));
  return { heard, again: () => again() };
}

test('Segment: the queue before, calls on it, and calls on the library, each once', () => {
  const viewed = { product_id: '1' };
  const added = { product_id: '1' };
  const queue = Object.assign([['page'], ['track', 'Product Viewed', viewed]], {
    track: (...args) => queue.push(['track', ...args]), ready() {},
  });
  globalThis.analytics = queue;
  const { heard, again } = tapped();
  globalThis.analytics.track('Product Added', added);
  const played = [];
  globalThis.analytics = { initialized: true, track: (name, properties) => played.push([name, properties]) };
  again();
  for (const [method, ...args] of queue) if (method === 'track') globalThis.analytics.track(...args);
  globalThis.analytics.track('Cart Viewed', { products: [] });
  core.undo.forEach((undo) => undo());
  globalThis.analytics.track('Order Completed', { order_id: 'A' });
  assert.deepEqual(heard, ['view_item', 'add_to_cart', 'view_cart']);
  assert.equal(played.length, 4);
  delete globalThis.analytics;
});

test('Segment: a page without it is left alone', () => {
  assert.deepEqual(tapped().heard, []);
  assert.equal('analytics' in globalThis, false);
});

const kindOf = (name, said) => Object.entries(PRESETS[name].kinds).find(([, pattern]) => pattern.test(said))?.[0];

test('Shopify: kinds by address', () => {
  const cases = {
    '/': 'home', '/de': 'home', '/en-gb/': 'home', '/products/m-32': 'product', '/collections/guitars/products/m-32': 'product',
    '/collections/guitars': 'list', '/cart': 'cart', '/de/cart': 'cart', '/search': 'search', '/pages/about': 'content',
    '/checkouts/cn/abc': 'checkout', '/checkouts/cn/abc/thank-you': 'thanks', '/account': undefined,
  };
  for (const [path, kind] of Object.entries(cases)) assert.equal(kindOf('shopify', `${path} template`), kind, path);
});

test('WooCommerce: kinds by the classes of the body', () => {
  const cases = {
    ' home page': 'home', ' single single-product woocommerce': 'product', ' archive tax-product_cat': 'list',
    ' post-type-archive-product': 'list', ' search search-results woocommerce': 'search', ' woocommerce-cart woocommerce-page': 'cart',
    ' woocommerce-checkout woocommerce-page': 'checkout', ' woocommerce-checkout woocommerce-order-received': 'thanks', ' blog': undefined,
  };
  for (const [classes, kind] of Object.entries(cases)) assert.equal(kindOf('woocommerce', `/x${classes}`), kind, classes);
});

test('Shopware: kinds by controller and action', () => {
  const cases = {
    'is-ctl-navigation is-act-home': 'home', 'is-ctl-navigation is-act-index': 'list', 'is-ctl-product is-act-index': 'product',
    'is-ctl-search is-act-search': 'search', 'is-ctl-checkout is-act-cartpage': 'cart', 'is-ctl-checkout is-act-confirmpage': 'checkout',
    'is-ctl-checkout is-act-finishpage': 'thanks', 'is-ctl-accountprofile': undefined,
  };
  for (const [classes, kind] of Object.entries(cases)) assert.equal(kindOf('shopware', `/x ${classes}`), kind, classes);
});

/** What is tracked when a form is sent, or a button of a list clicked. */
function added(preset, { fields = {}, button, product, isTagged, kind = 'product' }) {
  const tracked = [];
  const heard = {};
  globalThis.document = {};
  observeAdds(
    {
      core: { goods: product, isTagged }, cleanEvent, pageKind: () => kind,
      track: (event) => tracked.push(event), listen: (_, types, fn) => (heard[types] = fn),
    },
    PRESETS[preset],
  );
  const value = (selector) => Object.keys(fields).find((name) => selector.split(',').includes(`[name=${name}]`));
  const form = {
    matches: (selector) => !!selector,
    querySelector: (selector) => (value(selector) ? { value: fields[value(selector)] } : null),
  };
  if (button) heard.click({ target: { closest: () => ({ dataset: button }) } });
  else heard.submit({ target: form });
  return tracked;
}

test('the form of a product page means its product, with its quantity', () => {
  const product = { item_id: '42', price: 899 };
  assert.deepEqual(added('shopify', { product, fields: { id: '777', quantity: '2' } }), [
    { name: 'add_to_cart', item: { item_id: '42', price: 899, quantity: 2 } },
  ]);
});

test('the form of a list and a button without a form name their product', () => {
  assert.equal(added('shopify', { kind: 'list', fields: { id: '777' } })[0].item.item_id, '777');
  assert.deepEqual(added('woocommerce', { button: { product_id: '9', quantity: '1' } })[0].item, { item_id: '9', quantity: 1 });
});

test('a shop whose dataLayer tells of its events is not guessed at', () => {
  assert.deepEqual(added('shopware', { product: { item_id: '42' }, isTagged: true }), []);
});
