/** @import { Item } from '../types.d.ts' */

/**
 * A product as Segment or Universal Analytics describe it, by GA4's names.
 *
 * @param {Record<string, any> | null} product nothing: a gap in a list
 * @returns {Item}
 */
export function fromProduct(product) {
  const { id, product_id = id, sku, name, brand, category, variant, price, quantity } = Object(product);
  return {
    item_id: product_id ?? sku,
    item_name: name,
    item_brand: brand,
    item_category: category,
    item_variant: variant,
    price,
    quantity,
  };
}
