/** @import { Core, Kit } from '../types.d.ts' */
import { describeProduct } from './describeProduct.js';
import { readProducts } from './readProducts.js';

const EVENTS = /** @type {Record<string, string>} */ ({
  product: 'view_item',
  list: 'view_item_list',
  search: 'view_item_list',
  cart: 'view_cart',
});

/**
 * Report the goods on this page, unless its `dataLayer` did. A product that the shop
 * names or marks is reported at once; what is only read (JSON-LD) or often told by the
 * `dataLayer` as well (lists, carts) a second later. A search tells how much it found
 * where the page says so.
 *
 * @param {Kit} kit
 * @param {boolean} isLate
 */
export function viewProducts({ core, track, cleanEvent, pageKind }, isLate) {
  const kind = pageKind();
  if (!core.store) return;
  const results = resultsOf(core);
  if (kind === 'search' && results && !core.told.view_search_results) {
    track(cleanEvent('view_search_results', { results }));
  }
  const name = EVENTS[kind];
  if (!name || core.told[name]) return;
  const isOne = kind === 'product';
  const { item = core.product } = core.context;
  const items = item ? [item] : readProducts(document);
  if (isOne) items.splice(1);
  if (isOne && isLate && !items[0]) items.push(describeProduct(document));
  if (items[0] && (isOne || isLate)) {
    const event = cleanEvent(name, { items });
    if (event?.item || event?.items) track(event);
  }
}

/** @param {Core} core @returns {string | undefined} */
function resultsOf({ preset }) {
  const said = document.querySelector('[data-engage-results]')?.getAttribute('data-engage-results');
  return said ?? (preset?.none && document.querySelector(preset.none) ? '0' : undefined);
}
