/** @import { Item } from '../types.d.ts' */

/**
 * The product that the page describes in schema.org microdata, else in Open Graph, or
 * an item without id. Open Graph is only believed on a page that says it is a product's.
 *
 * @param {ParentNode} root
 * @returns {Item}
 */
export function readMarkup(root) {
  const within = root.querySelector('[itemtype$="schema.org/Product"]');
  const isProduct = within || root.querySelector('[property="og:type"][content*=product]');
  const read = (/** @type {string} */ prop, /** @type {string[]} */ ...metas) => {
    const found =
      within?.querySelector(`[itemprop=${prop}]`) ||
      (isProduct && root.querySelector(metas.map((meta) => `[property="${meta}"]`).join()));
    return (found && (found.getAttribute('content') || found.getAttribute('href') || found.textContent?.trim())) || undefined;
  };
  return {
    item_id: read('sku', 'product:retailer_item_id') || read('productID', 'product:sku'),
    item_name: read('name', 'og:title'),
    item_category: read('category', 'product:category'),
    item_brand: read('brand', 'product:brand'),
    price: read('price', 'product:price:amount', 'og:price:amount') || read('lowPrice'),
    currency: read('priceCurrency', 'product:price:currency', 'og:price:currency'),
    in_stock: read('availability', 'product:availability', 'og:availability'),
  };
}
