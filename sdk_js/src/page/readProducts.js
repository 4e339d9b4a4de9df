/** @import { Item } from '../types.d.ts' */

/**
 * The products that the page marks with `data-engage-product`, in page order.
 *
 * @param {ParentNode} root
 * @returns {Item[]}
 */
export function readProducts(root) {
  /** @type {NodeListOf<HTMLElement>} */
  const marked = root.querySelectorAll('[data-engage-product]');
  return [...marked].map(({ dataset }) => ({
    item_id: dataset.engageProduct,
    item_name: dataset.engageName,
    item_category: dataset.engageCategory,
    price: dataset.engagePrice,
    currency: dataset.engageCurrency,
    in_stock: dataset.engageStock,
  }));
}
