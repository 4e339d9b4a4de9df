/** @import { Fact } from './types.d.ts' */
import { cleanEvent } from './cleanEvent.js';

const KNOWN = /^(view_(item|item_list|cart|search_results)|select_item|add_to_(cart|wishlist)|remove_from_cart|begin_checkout|add_(shipping|payment)_info|purchase)$/;

/**
 * The shop event in one entry of a GA4 `dataLayer`: an object, with the goods under
 * `ecommerce` or beside the name, or the arguments of a `gtag` call.
 *
 * @param {any} entry
 * @returns {Fact | undefined}
 */
export function readDataLayer(entry) {
  const name = entry.event || entry[1];
  return KNOWN.test(name) ? cleanEvent(name, { ...entry, ...entry.ecommerce, ...entry[2] }) : undefined;
}
