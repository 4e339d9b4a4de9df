/** @import { Fact } from '../types.d.ts' */

const KNOWN = /^(view_(item|item_list|cart|search_results)|select_item|add_to_(cart|wishlist)|remove_from_cart|begin_checkout|add_(shipping|payment)_info|purchase)$/;

/**
 * The shop event in one entry of a `dataLayer`, as it was told: an object of GA4, with
 * the goods under `ecommerce` or beside the name, or the arguments of a `gtag` call.
 *
 * @param {any} entry
 * @returns {Fact | undefined}
 */
export function readDataLayer(entry) {
  const { event: name = entry[1], ecommerce } = entry;
  return KNOWN.test(name) ? { ...entry, ...ecommerce, ...entry[2], name } : undefined;
}
