import { cleanEvent } from './cleanEvent.js';
import { core } from './core.js';
import { pageKind } from './pageKind.js';
import { readProducts } from './readProducts.js';
import { track } from './track.js';

const EVENTS = /** @type {Record<string, string>} */ ({
  product: 'view_item',
  list: 'view_item_list',
  search: 'view_item_list',
  cart: 'view_cart',
});

/**
 * Report the goods on this page, unless its `dataLayer` did. A product that the shop
 * names or marks is reported at once; what is only read (JSON-LD) or often told by the
 * `dataLayer` as well (lists, carts) a second later.
 *
 * @param {boolean} [isLate]
 */
export function viewProducts(isLate) {
  const kind = pageKind();
  const name = EVENTS[kind];
  if (!core.store || !name || core.told[name]) return;
  const isOne = kind === 'product';
  const { item = core.product } = core.context;
  const items = item ? [item] : readProducts(document);
  if (isOne) items.splice(1);
  if (isOne && isLate && !items[0]) items.push(core.describe?.(document) || {});
  if (items[0] && (isOne || isLate)) track(cleanEvent(name, { items }));
}
