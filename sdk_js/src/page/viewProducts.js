/** @import { Fact, Item } from '../types.d.ts' */
import { cleanEvent } from '../cleanEvent.js';
import { core } from '../core.js';
import { pageKind } from '../pageKind.js';
import { track } from '../track.js';
import { markOf } from './markOf.js';
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
 * `dataLayer` as well (lists, carts) a second later. What the page before showed may still
 * stand there; it is believed when it is the last look. A search tells how much it found
 * where the page says so.
 *
 * @param {0 | ((use: (readers: any) => void) => void)} [interpret] given when it is late
 * @param {boolean} [isLast] no further look will follow
 * @returns {unknown} whether there is nothing to come
 */
export function viewProducts(interpret, isLast) {
  const kind = pageKind();
  const { told, preset } = core;
  if (!core.store) return;
  const results = markOf('results') ?? (preset?.none && document.querySelector(preset.none) && '0');
  if (kind === 'search' && results && !told.view_search_results) {
    track(cleanEvent('view_search_results', { results }));
  }
  const name = EVENTS[kind];
  const tell = (/** @type {Item[]} */ items) => {
    // Told meanwhile, or by the view after this one.
    if (told[name] || !core.store || core.told !== told) return;
    const event = /** @type {Fact & {item?: Item}} */ (cleanEvent(name, { items }));
    if (!isLast && core.former && event.item?.item_id === core.former) return;
    if (event.item || event.items) track(event);
  };
  const isOne = kind === 'product';
  if (name && !told[name]) {
    const { item = core.goods } = core.context;
    const items = item ? [item] : readProducts(document);
    if (isOne) items.splice(1);
    if (items[0]) {
      if (isOne || interpret) tell(items);
    } else if (isOne && interpret) interpret((foreign) => tell([foreign.page(document)]));
  }
  return isOne ? told[name] : interpret;
}
