/** @import { Item } from '../types.d.ts' */
import { cleanEvent } from '../cleanEvent.js';
import { core } from '../core.js';
import { pageKind } from '../pageKind.js';
import { track } from '../track.js';
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
 * @param {(use: (readers: any) => void) => void} [interpret] given when it is late
 * @returns {boolean | undefined} the page's one product is told: there is nothing to come
 */
export function viewProducts(interpret) {
  const kind = pageKind();
  const { store, url } = core;
  if (!store) return;
  const results = resultsOf();
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
  const isOne = kind === 'product';
  if (name && !core.told[name]) {
    const { item = core.product } = core.context;
    const items = item ? [item] : readProducts(document);
    if (isOne) items.splice(1);
    if (items[0]) {
      if (isOne || interpret) tell(items);
    } else if (isOne) interpret?.(({ describeProduct }) => tell([describeProduct(document)]));
  }
  return isOne && core.told[name];
}

/** @returns {string | undefined} */
function resultsOf() {
  const { preset } = core;
  const said = document.querySelector('[data-engage-results]')?.getAttribute('data-engage-results');
  return said ?? (preset?.none && document.querySelector(preset.none) ? '0' : undefined);
}
