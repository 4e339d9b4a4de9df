/** @import { Item } from '../types.d.ts' */

/**
 * The products that the page marks with `data-engage-product`, in page order.
 *
 * @param {ParentNode} root
 * @returns {Item[]}
 */
export function readProducts(root) {
  return [...root.querySelectorAll('[data-engage-product]')].map((element) => {
    const read = (/** @type {string} */ name) => element.getAttribute('data-engage-' + name);
    return {
      item_id: read('product'),
      item_name: read('name'),
      item_category: read('category'),
      price: read('price'),
      currency: read('currency'),
      in_stock: read('stock'),
    };
  });
}
