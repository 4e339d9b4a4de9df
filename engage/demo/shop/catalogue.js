// The shop's products: loaded once a page, found by id, searched by words.

import { h, lang, link, money } from './dom.js';
import { t } from './words.js';
import { gaItem, pushEcommerce } from './layer.js';

/** @typedef {{de: string, en: string}} Text */
/** @typedef {{id: string, title: Text, maker: string, category: string,
 *   price_cents: number, stock: number, sizes: string[], blurb: Text, facts: Text[],
 *   variants: {name: Text, main: string}[],
 *   reviews: {author: string, stars: number, text: Text}[]}} Product */
/** @typedef {{id: string, group: string, title: Text, text: Text}} Category */
/** @typedef {{standard_cents: number, express_cents: number, free_from_cents: number}} Shipping */

/** @returns {Promise<{categories: Category[], products: Product[], shipping: Shipping}>} */
export async function loadCatalogue() {
  const answer = await fetch('/shop/catalogue.json');
  if (!answer.ok) throw new Error(`catalogue: ${answer.status}`);
  return answer.json();
}

/** @param {string} id @param {number} [variant] @param {string} [view] */
export const picture = (id, variant = 0, view = '') =>
  `/shop/img/${id}${variant ? `--${variant}` : ''}.svg${view && `#${view}`}`;

const plain = (/** @type {string} */ text) =>
  text.toLowerCase().normalize('NFD').replace(/[̀-ͯ]/g, '').replace(/ß/g, 'ss');

/**
 * Returns the products in which every word of the query occurs.
 * @param {Product[]} products @param {Category[]} categories @param {string} query
 */
export function find(products, categories, query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  const shelf = new Map(categories.map((c) => [c.id, `${c.title.de} ${c.title.en}`]));
  return words.length === 0 ? [] : products.filter((p) => {
    const text = plain([p.title[lang], p.maker, shelf.get(p.category), p.blurb[lang],
      ...p.facts.map((f) => f[lang]), ...p.variants.map((v) => v.name[lang])].join(' '));
    return words.every((word) => text.includes(word));
  });
}

/** @param {Product} p @returns {number} mean of its reviews, 1 to 5 */
export const rating = (p) => p.reviews.reduce((sum, r) => sum + r.stars, 0) / p.reviews.length;

/** @param {Product} p the stock in words @returns {HTMLElement} */
export function stockNote(p) {
  const state = p.stock === 0 ? 'out' : p.stock <= 3 ? 'low' : 'in';
  return h('span', { class: `stock ${state}` }, t(`stock.${state}`, { n: p.stock }));
}

/**
 * A grid of product cards that reports itself as a GA4 list.
 * @param {Product[]} products
 * @param {{id: string, name: string}} list
 * @param {2 | 3} [heading] level of the cards' headings
 */
export function grid(products, list, heading = 2) {
  if (products.length > 0) {
    pushEcommerce('view_item_list', {
      item_list_id: list.id, item_list_name: list.name,
      items: products.slice(0, 20).map((p, index) => gaItem(p, { index })),
    });
  }
  return h('ul', { class: 'grid' }, products.map((p, index) => card(p, { list, index, heading })));
}

/** @param {Product} p @param {{list: {id: string, name: string}, index: number, heading: number}} place */
function card(p, { list, index, heading }) {
  const select = () => pushEcommerce('select_item', {
    item_list_id: list.id, item_list_name: list.name, items: [gaItem(p, { index })],
  });
  return h('li', { class: 'card' },
    h('a', { href: link(`/p/${p.id}`), onclick: select },
      h('img', { src: picture(p.id), alt: '', width: 480, height: 480, loading: index > 3 ? 'lazy' : 'eager' }),
      h(`h${heading}`, { class: 'card-title' }, p.title[lang]),
      h('p', { class: 'card-line' }, h('span', { class: 'price' }, money(p.price_cents)), stockNote(p))));
}
