/** @import { Item } from '../types.d.ts' */
import { readJsonLd } from './readJsonLd.js';
import { readMarkup } from './readMarkup.js';

/**
 * What the page tells search engines and social networks of its product: field by field
 * JSON-LD, else microdata, else Open Graph.
 *
 * @param {ParentNode} root
 * @returns {Item}
 */
export function describeProduct(root) {
  const item = readJsonLd(root);
  const more = readMarkup(root);
  for (const name in item) item[name] ||= more[name];
  // What is sent is short, and of a path the end says most.
  item.item_category = `${item.item_category || ''}`.slice(-100);
  return item;
}
