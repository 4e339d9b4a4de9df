// A shelf, the search results, and the page that is not there.

import { find, grid } from './catalogue.js';
import { h, lang, link, mark } from './dom.js';
import { push } from './layer.js';
import { t } from './words.js';

/** @typedef {import('./shop.js').Catalogue} Catalogue */

/** @param {Catalogue} catalogue @param {string} id @returns {import('./shop.js').Page | null} */
export function list(catalogue, id) {
  const shelf = catalogue.categories.find((c) => c.id === id);
  if (!shelf) return null;
  const products = catalogue.products.filter((p) => p.category === id);
  const place = { id, name: shelf.title[lang] };
  const cards = h('div', {}, grid(products, place));
  const orders = { shelf: 0, up: 1, down: -1 };
  const sort = (/** @type {any} */ event) => {
    const way = /** @type {any} */ (orders)[event.currentTarget.value];
    const sorted = [...products].sort((a, b) => way * (a.price_cents - b.price_cents));
    cards.replaceChildren(grid(sorted, place));
  };
  return {
    title: shelf.title[lang],
    content: h('section', {},
      h('div', { class: 'shelf-head' },
        h('div', {}, h('h1', {}, shelf.title[lang]), h('p', { class: 'lead' }, shelf.text[lang])),
        h('label', { class: 'sort' }, t('list.sort'), h('select', { onchange: sort },
          Object.keys(orders).map((key) => h('option', { value: key }, t(`list.sort.${key}`)))))),
      cards),
  };
}

/** @param {Catalogue} catalogue @returns {import('./shop.js').Page} */
export function search(catalogue) {
  const query = (new URLSearchParams(location.search).get('q') ?? '').trim().slice(0, 80);
  const found = find(catalogue.products, catalogue.categories, query);
  if (query) push({ event: 'view_search_results', results: found.length });
  const title = query
    ? t(found.length ? 'results' : 'results.none', { n: found.length, q: query })
    : t('results.start');
  return {
    title,
    content: h('section', {},
      h('div', { class: 'shelf-head' }, h('h1', {}, title)),
      found.length
        ? grid(found, { id: 'search', name: 'Search results' })
        : [h('p', { class: 'lead' }, t('results.hint')), shelfLinks(catalogue)]),
  };
}

/** @param {Catalogue} catalogue @returns {import('./shop.js').Page} */
export function missing(catalogue) {
  return {
    title: t('missing'),
    content: h('section', { class: 'notice' }, mark(), h('h1', {}, t('missing')),
      h('p', { class: 'lead' }, t('missing.text')), shelfLinks(catalogue)),
  };
}

/** @param {Catalogue} catalogue */
const shelfLinks = (catalogue) => h('ul', { class: 'chips' }, catalogue.categories.map((c) =>
  h('li', {}, h('a', { class: 'button', href: link(`/list/${c.id}`) }, c.title[lang]))));
