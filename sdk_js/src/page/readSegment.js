/** @import { Fact } from '../types.d.ts' */
import { fromProduct } from './fromProduct.js';

/** Segment's e-commerce names, in lower case. */
const EVENTS = /** @type {Record<string, string>} */ ({
  'product list viewed': 'view_item_list',
  'product clicked': 'select_item',
  'product viewed': 'view_item',
  'product added': 'add_to_cart',
  'product removed': 'remove_from_cart',
  'product added to wishlist': 'add_to_wishlist',
  'cart viewed': 'view_cart',
  'checkout started': 'begin_checkout',
  'payment info entered': 'add_payment_info',
  'order completed': 'purchase',
  'products searched': 'view_search_results',
  'coupon denied': 'coupon_failed',
});

/**
 * The shop event in one `analytics.track` call of Segment (or RudderStack).
 *
 * @param {string} name
 * @param {Record<string, any>} [properties]
 * @returns {Fact | undefined}
 */
export function readSegment(name, properties = {}) {
  const known = EVENTS[`${name}`.toLowerCase()];
  if (!known) return;
  const { products, revenue, total = revenue, order_id, currency, coupon, value = revenue ?? total } = properties;
  return {
    name: known,
    items: [].concat(products || properties).map(fromProduct),
    transaction_id: order_id,
    count: known === 'coupon_failed' ? 1 : undefined,
    currency,
    coupon,
    value,
  };
}
