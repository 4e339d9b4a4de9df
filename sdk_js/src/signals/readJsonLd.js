/** @import { Item } from '../types.d.ts' */
import { isInStock } from '../isInStock.js';

/**
 * The product that the page describes in schema.org JSON-LD, or an item without id.
 *
 * @param {ParentNode} root
 * @returns {Item}
 */
export function readJsonLd(root) {
  /** @type {any[]} */
  const nodes = [];
  for (const script of root.querySelectorAll('[type="application/ld+json"]')) {
    try {
      const data = JSON.parse(script.textContent || '');
      nodes.push(...[].concat(data['@graph'] || data));
    } catch {
      // Not JSON; the next one may be.
    }
  }
  const { sku, productID, name, category, offers } = nodes.find((node) => /Product/.test(node['@type'])) || {};
  const { price, lowPrice, priceCurrency, availability } = offers?.[0] || offers || {};
  return {
    item_id: sku || productID,
    item_name: name,
    item_category: category,
    price: price || lowPrice,
    currency: priceCurrency,
    in_stock: isInStock(availability),
  };
}
