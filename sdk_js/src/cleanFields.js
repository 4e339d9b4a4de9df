import { isInStock } from './isInStock.js';

const OF_EVENT = /^(value|results|count|rating|currency|coupon|transaction_id|decision|token)$/;
const OF_ITEM = /^(item_(id|name|brand|category|variant)|in_stock|price|quantity|discount|currency|coupon)$/;

/** Numbers, and the most the service takes. */
const MOST = /** @type {Record<string, number>} */ ({
  price: 1e7,
  value: 1e7,
  discount: 1e7,
  quantity: 1e5,
  results: 1e6,
  count: 1e4,
  rating: 5,
});

/**
 * Of what a page hands over, the fields that may be sent: search terms, names and
 * addresses stay on the page. What does not fit is mended or left out, so that it
 * cannot cost the whole beacon.
 *
 * @param {Record<string, any>} fields of an event, or of an item
 * @param {boolean} [isItem]
 * @returns {Record<string, any>}
 */
export function cleanFields(fields, isItem) {
  /** @type {Record<string, any>} */
  const clean = {};
  for (const name in fields) {
    let value = fields[name];
    if (!(isItem ? OF_ITEM : OF_EVENT).test(name) || `${value ?? ''}` === '') continue;
    if (MOST[name]) {
      value = parseFloat(value);
      // What is counted is whole.
      if (/^[cr]/.test(name)) value = Math.round(value);
      if (value >= +/^(q|ra)/.test(name) && value <= MOST[name]) clean[name] = value;
    } else {
      value = `${value}`.slice(0, 100);
      if (/_id|^[dt]/.test(name)) value = value.replace(/[^\w.:-]/g, '_').slice(0, name === 'token' ? 100 : 64);
      else if (/@\w/.test(value) || (name === 'currency' && !/^[A-Z]{3}$/.test(value))) continue;
      clean[name] = name === 'in_stock' ? isInStock(value) : value;
    }
  }
  return clean;
}
