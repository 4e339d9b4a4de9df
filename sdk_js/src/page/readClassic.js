/** @import { Fact } from '../types.d.ts' */
import { fromProduct } from './fromProduct.js';

/** What Universal Analytics called them. */
const EVENTS = /** @type {Record<string, string>} */ ({
  purchase: 'purchase',
  checkout: 'begin_checkout',
  add: 'add_to_cart',
  remove: 'remove_from_cart',
  detail: 'view_item',
  click: 'select_item',
  impressions: 'view_item_list',
});

/**
 * The shop event in an `ecommerce` object of Universal Analytics (enhanced
 * e-commerce): the strongest, if it tells of several.
 *
 * @param {Record<string, any>} [ecommerce]
 * @returns {Fact | undefined}
 */
export function readClassic(ecommerce) {
  const key = ecommerce && Object.keys(EVENTS).find((name) => Object(ecommerce[name]) === ecommerce[name]);
  if (!key) return;
  const { actionField, products = ecommerce[key] } = ecommerce[key];
  const { id, revenue, coupon } = Object(actionField);
  return {
    name: EVENTS[key],
    items: [].concat(products).map(fromProduct),
    currency: ecommerce.currencyCode,
    transaction_id: id,
    value: revenue,
    coupon,
  };
}
