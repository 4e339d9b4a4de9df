/** @import { Core, Item, Kit } from '../types.d.ts' */
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
 * @param {(use: (readers: any) => void) => void} [interpret] given when it is late
 */
export function viewProducts({ core, track, cleanEvent, pageKind }, interpret) {
  const kind = pageKind();
  const { store, url } = core;
  if (!store) return;
  const results = resultsOf(core);
  if (kind === 'search' && results && !core.told.view_search_results) {
    track(cleanEvent('view_search_results', { results }));
  }
  const name = EVENTS[kind];
  const tell = (/** @type {Item[]} */ items) => {
    // Told meanwhile, or by the view after this one.
    if (core.told[name] || core.store !== store || core.url !== url) return;
    const event = cleanEvent(name, { items });
    if (event?.item || event?.items) track(event);
  };
  if (!name || core.told[name]) return;
  const isOne = kind === 'product';
  const { item = core.product } = core.context;
  const items = item ? [item] : readProducts(document);
  if (isOne) items.splice(1);
  if (items[0]) {
    if (isOne || interpret) tell(items);
  } else if (isOne) interpret?.(({ describeProduct }) => tell([describeProduct(document)]));
}

/** @param {Core} core @returns {string | undefined} */
function resultsOf({ preset }) {
  const said = document.querySelector('[data-engage-results]')?.getAttribute('data-engage-results');
  return said ?? (preset?.none && document.querySelector(preset.none) ? '0' : undefined);
}
