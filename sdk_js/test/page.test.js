import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanEvent } from '../src/cleanEvent.js';
import { guessPageKind } from '../src/guessPageKind.js';
import { isInStock } from '../src/isInStock.js';
import { readDataLayer } from '../src/readDataLayer.js';
import { readProducts } from '../src/readProducts.js';
import { referrerKind } from '../src/referrerKind.js';
import { readJsonLd } from '../src/signals/readJsonLd.js';

/** The part of a document that our readers use. */
const page = (...elements) => ({ querySelectorAll: () => elements });
const script = (data) => ({ textContent: JSON.stringify(data), getAttribute: () => null });
const meta = (content) => ({ getAttribute: () => content });

test('what GA4 carries beside the goods stays on the page', () => {
  const event = cleanEvent('view_item', {
    search_term: 'jane@example.com', user_data: { email: 'x' },
    items: [{ item_id: '42', price: '899.00', secret: 1 }],
  });
  assert.deepEqual(event, { name: 'view_item', item: { item_id: '42', price: 899 } });
});

test('numbers that do not fit are left out, not sent', () => {
  const item = { item_id: '1', price: '1.2.3e', quantity: -1, discount: Infinity };
  assert.deepEqual(cleanEvent('view_item', { item }).item, { item_id: '1', price: 1.2 });
});

test('ids are brought into the shape the service takes, currencies checked', () => {
  const { item } = cleanEvent('view_item', { item: { item_id: 'SKU 1/2', currency: 'euro' } });
  assert.deepEqual(item, { item_id: 'SKU_1_2' });
});

test('items without id and name are dropped, more than 20 are trimmed', () => {
  const items = Array.from({ length: 30 }, (_, i) => ({ item_id: `i${i}` }));
  assert.equal(cleanEvent('view_item_list', { items: [{}, ...items] }).items.length, 20);
});

test('a purchase without transaction_id is no event', () => {
  assert.equal(cleanEvent('purchase', { value: 3 }), undefined);
});

test('an object with ecommerce, one without, and a gtag call mean the same', () => {
  const goods = { currency: 'EUR', value: 899, items: [{ item_id: '42' }] };
  const expected = { name: 'add_to_cart', currency: 'EUR', value: 899, item: { item_id: '42' } };
  const call = (function () { return arguments; })('event', 'add_to_cart', goods);
  for (const entry of [{ event: 'add_to_cart', ecommerce: goods }, { event: 'add_to_cart', ...goods }, call]) {
    assert.deepEqual(readDataLayer(entry), expected);
  }
});

test('entries that are no shop events are nothing', () => {
  const config = (function () { return arguments; })('config', 'G-1');
  for (const entry of [{ ecommerce: null }, { event: 'gtm.js' }, config, { event: 'view_item_2' }]) {
    assert.equal(readDataLayer(entry), undefined);
  }
});

test('marked products are read with all their attributes', () => {
  const dataset = {
    engageProduct: '42', engageName: 'Lakewood M-32', engageCategory: 'guitars',
    enginePrice: '', engagePrice: '899.00', engageCurrency: 'EUR', engageStock: 'out',
  };
  assert.deepEqual(readProducts(page({ dataset }))[0], {
    item_id: '42', item_name: 'Lakewood M-32', item_category: 'guitars',
    price: '899.00', currency: 'EUR', in_stock: false,
  });
});

test('JSON-LD: product in a graph, offers as object or list', () => {
  const offer = { price: '12.50', priceCurrency: 'EUR', availability: 'https://schema.org/SoldOut' };
  const product = { '@type': 'Product', sku: 's1', name: 'Strings', offers: [offer] };
  const expected = {
    item_id: 's1', item_name: 'Strings', item_category: undefined,
    price: '12.50', currency: 'EUR', in_stock: false,
  };
  assert.deepEqual(readJsonLd(page(script({ '@graph': [{ '@type': 'WebPage' }, product] }))), expected);
  assert.deepEqual(readJsonLd(page(script({ ...product, offers: offer }))), expected);
});

test('JSON-LD that is broken or about something else gives no product', () => {
  const broken = { textContent: '{' };
  assert.equal(readJsonLd(page(broken, script({ '@type': 'Organization' }))).item_id, undefined);
});

test('stock words of attributes, Merchant and schema.org', () => {
  const bought = ['in', '3', 'true', 'in_stock', 'https://schema.org/InStock', 'preorder'];
  const gone = ['out', '0', 'false', 'no', 'out_of_stock', 'https://schema.org/OutOfStock', 'Discontinued'];
  assert.deepEqual(bought.map(isInStock), bought.map(() => true));
  assert.deepEqual(gone.map(isInStock), gone.map(() => false));
  assert.equal(isInStock(undefined), undefined);
});

test('page kind from OpenGraph and schema.org', () => {
  assert.equal(guessPageKind(page(meta('product')), '/x'), 'product');
  assert.equal(guessPageKind(page(meta('og:product.item')), '/x'), 'product');
  assert.equal(guessPageKind(page(script({ '@type': 'Product' })), '/x'), 'product');
  assert.equal(guessPageKind(page(script({ '@type': 'ItemList' })), '/x'), 'list');
  assert.equal(guessPageKind(page(), '/'), 'home');
  assert.equal(guessPageKind(page(), '/about'), 'other');
});

test('where a visitor came from is one word', () => {
  const kind = (referrer, search = '') => referrerKind(referrer, { host: 'shop.example', search });
  assert.equal(kind(''), 'direct');
  assert.equal(kind('https://shop.example/x'), 'internal');
  assert.equal(kind('https://www.google.de/'), 'search');
  assert.equal(kind('https://l.instagram.com/'), 'social');
  assert.equal(kind('https://blog.example/'), 'other');
  assert.equal(kind('https://www.google.de/', '?gclid=1'), 'ad');
  assert.equal(kind('', '?utm_medium=email'), 'mail');
});
