import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleanEvent } from '../src/cleanEvent.js';
import { guessPageKind } from '../src/page/guessPageKind.js';
import { isInStock } from '../src/isInStock.js';
import { describeProduct } from '../src/page/describeProduct.js';
import { readDataLayer } from '../src/page/readDataLayer.js';
import { readProducts } from '../src/page/readProducts.js';
import { referrerKind } from '../src/referrerKind.js';
import { readJsonLd } from '../src/page/readJsonLd.js';

/** The part of a document that our readers use. */
const page = (...elements) => ({ querySelectorAll: () => elements });
const script = (data) => ({ textContent: JSON.stringify(data), getAttribute: () => null });
/** A foreign event as it is sent. */
const told = (event) => cleanEvent(event.name, event);
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
    assert.deepEqual(told(readDataLayer(entry)), expected);
  }
});

test('entries that are no shop events are nothing', () => {
  const config = (function () { return arguments; })('config', 'G-1');
  for (const entry of [{ ecommerce: null }, { event: 'gtm.js' }, config, { event: 'view_item_2' }]) {
    assert.equal(readDataLayer(entry), undefined);
  }
});

test('marked products are read with all their attributes', () => {
  const attributes = {
    product: '42', name: 'Lakewood M-32', category: 'guitars', price: '899.00', currency: 'EUR', stock: 'out',
  };
  const marked = { getAttribute: (name) => attributes[name.replace('data-engage-', '')] ?? null };
  assert.deepEqual(readProducts(page(marked))[0], {
    item_id: '42', item_name: 'Lakewood M-32', item_category: 'guitars',
    price: '899.00', currency: 'EUR', in_stock: 'out',
  });
});

test('JSON-LD: product in a graph, offers as object or list, prices one level deeper', () => {
  const availability = 'https://schema.org/SoldOut';
  const offer = { price: '12.50', priceCurrency: 'EUR', availability };
  const deep = { priceSpecification: [{ price: '12.50', priceCurrency: 'EUR' }], availability };
  const product = { '@type': ['Product'], sku: 's1', name: 'Strings', offers: [offer], brand: { name: 'Elixir' } };
  const expected = {
    item_id: 's1', item_name: 'Strings', item_category: undefined, item_brand: 'Elixir',
    price: '12.50', currency: 'EUR', in_stock: availability,
  };
  assert.deepEqual(readJsonLd(page(script({ '@graph': [{ '@type': 'WebPage' }, product] }))), expected);
  assert.deepEqual(readJsonLd(page(script({ ...product, offers: offer }))), expected);
  assert.deepEqual(readJsonLd(page(script({ ...product, offers: deep }))), expected);
  assert.equal(readJsonLd(page(script({ ...product, offers: { lowPrice: 9, priceCurrency: 'EUR' } }))).price, 9);
});

test('JSON-LD: of a sale what is asked now, not what is struck out', () => {
  const struck = { priceType: 'https://schema.org/StrikethroughPrice', price: 15, priceCurrency: 'EUR' };
  const list = { priceType: 'https://schema.org/ListPrice', price: '15.00', priceCurrency: 'EUR' };
  const sale = { priceType: 'https://schema.org/SalePrice', price: '10.00', priceCurrency: 'EUR' };
  const priceOf = (offers) => +readJsonLd(page(script({ '@type': 'Product', sku: 's1', offers }))).price;
  // As Google documents it; as WooCommerce writes it, now and in 2025.
  assert.equal(priceOf({ price: 10, priceCurrency: 'EUR', priceSpecification: struck }), 10);
  assert.equal(priceOf([{ priceSpecification: [{ price: '10.00', priceCurrency: 'EUR' }, list] }]), 10);
  assert.equal(priceOf([{ priceSpecification: [list, { price: '10.00', priceCurrency: 'EUR' }] }]), 10);
  assert.equal(priceOf([{ priceSpecification: [list, sale] }]), 10);
});

test('JSON-LD: of a product in variants the first, as Shopify describes it', () => {
  const offers = { '@type': 'Offer', price: '1299.00', priceCurrency: 'USD', availability: 'http://schema.org/InStock' };
  const hasVariant = [{ '@type': 'Product', sku: 'D-28-N', name: 'D-28 - Natural', offers }, { '@type': 'Product', sku: 'D-28-S' }];
  const group = { '@type': 'ProductGroup', productGroupID: '812', name: 'D-28', brand: { name: 'Martin' }, hasVariant };
  assert.deepEqual(cleanEvent('view_item', { item: readJsonLd(page(script(group))) }).item, {
    item_id: 'D-28-N', item_name: 'D-28', item_brand: 'Martin', price: 1299, currency: 'USD', in_stock: true,
  });
});

/** A page with Open Graph properties, and microdata if `within` has any. */
function markup(properties, within) {
  const found = (content) => (content == null ? null : { getAttribute: (name) => (name === 'content' ? content : null) });
  const inside = within && { querySelector: (selector) => found(within[selector.slice(10, -1)]) };
  return {
    querySelectorAll: () => [],
    querySelector(selector) {
      if (selector.startsWith('[itemtype')) return inside;
      const name = Object.keys(properties).find((key) => selector.includes(`"${key}"`));
      return found(properties[name]);
    },
  };
}

test('of a long path of categories its end is kept, which says most', () => {
  const path = `${'Arts & Entertainment > '.repeat(9)}Guitar Accessories`;
  const properties = { 'og:type': 'product', 'product:retailer_item_id': '42', 'product:category': path };
  const { item } = cleanEvent('view_item', { item: describeProduct(markup(properties)) });
  assert.equal(item.item_category, path.slice(-100));
});

test('Open Graph describes the product where nothing else does', () => {
  const properties = {
    'og:type': 'product', 'og:title': 'Lakewood M-32', 'product:price:amount': '899.00',
    'product:price:currency': 'EUR', 'product:availability': 'oos', 'product:retailer_item_id': '42',
  };
  assert.deepEqual(cleanEvent('view_item', { item: describeProduct(markup(properties)) }).item, {
    item_id: '42', item_name: 'Lakewood M-32', price: 899, currency: 'EUR', in_stock: false,
  });
  assert.equal(describeProduct(markup({ 'og:title': 'About us' })).item_name, undefined);
});

test('prices that a theme or a dataLayer writes as people do', () => {
  const priceOf = (price) => cleanEvent('view_item', { item: { item_id: '42', price } }).item.price;
  const written = [
    '1,299.00', '1.299,00', '1\u00a0299,00', '1\u202f299,00', '1299.00', '1299', '1,299', '1.299,00 EUR', 1299,
    "1'299.00", '1\u2019299.00', "1'299.-", '1299,-', '1.299,\u2013 EUR',
  ];
  assert.deepEqual(written.map(priceOf), written.map(() => 1299));
  assert.deepEqual(['899,5', '12.500', '1.234.567,89', "1'234'567.89"].map(priceOf), [899.5, 12.5, 1234567.89, 1234567.89]);
  // A lone point is decimal, as machines write it; what begins with letters is left out; of a range the first.
  assert.deepEqual(['1.299', "CHF 1'299.-", '100\u2013200 EUR'].map(priceOf), [1.299, undefined, 100]);
  assert.equal(cleanEvent('purchase', { transaction_id: 7, value: '2.598,00' }).value, 2598);
  assert.equal(describeProduct(markup({}, { lowPrice: '19.90' })).price, '19.90');
});

test('microdata of schema.org goes before Open Graph', () => {
  const within = { sku: '42', name: 'Lakewood M-32', price: '899.00', priceCurrency: 'EUR' };
  const item = describeProduct(markup({ 'og:title': 'The shop' }, within));
  assert.deepEqual([item.item_id, item.item_name, item.price], ['42', 'Lakewood M-32', '899.00']);
});

test('JSON-LD that is broken or about something else gives no product', () => {
  const broken = { textContent: '{' };
  assert.equal(readJsonLd(page(broken, script({ '@type': 'Organization' }))).item_id, undefined);
});

test('stock words of attributes, Merchant and schema.org', () => {
  const bought = ['in', '3', 'true', 'in_stock', 'https://schema.org/InStock', 'Back in stock', 'LimitedAvailability'];
  const gone = ['out', '0', 'false', 'no', 'out_of_stock', 'https://schema.org/OutOfStock', 'Discontinued'];
  // Ordered now, there later, or on the corner only: not in stock, as the service reads it in a feed.
  const schema = ['PreOrder', 'PreSale', 'BackOrder', 'InStoreOnly'].map((name) => 'http://schema.org/' + name);
  gone.push('preorder', 'pre-order', 'backorder', 'back order', ...schema);
  assert.deepEqual(bought.map(isInStock), bought.map(() => true));
  assert.deepEqual(gone.map(isInStock), gone.map(() => false));
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
