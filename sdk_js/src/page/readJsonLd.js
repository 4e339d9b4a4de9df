/** @import { Item } from '../types.d.ts' */

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
  const told = nodes.find((node) => /Product/.test(node?.['@type'])) || {};
  // Of a group the first variant stands for all.
  const product = { ...first(told.hasVariant), ...told };
  const offer = first(product.offers);
  // Some shop systems put the price one level deeper; there, too, stands what is struck
  // out (ListPrice, StrikethroughPrice), but not what it is sold for (SalePrice, or no word).
  const now = [].concat(offer.priceSpecification).find((one) => !/[^e]Price/.test(Object(one).priceType));
  const { price, lowPrice, priceCurrency } = { .../** @type {any} */ (now), ...offer };
  return {
    item_id: product.sku || product.productID,
    item_name: product.name,
    item_category: first(product.category).name || product.category,
    item_brand: product.brand?.name || product.brand,
    price: price || lowPrice,
    currency: priceCurrency,
    in_stock: offer.availability,
  };
}

/** @param {any} value one, several or nothing @returns {any} */
function first(value) {
  return [].concat(value)[0] || {};
}
