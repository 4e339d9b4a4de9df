import { isInStock } from './isInStock.js';

/**
 * The fields that may be sent. Above 0: a number, and the most that the service takes;
 * below: an id of so many characters at most; 0: a text. (No patterns: to compile them
 * was what a first event cost most.)
 *
 * @type {Record<string, number>}
 */
const OF_EVENT = {
  value: 1e7,
  results: 1e6,
  count: 1e4,
  rating: 5,
  currency: 0,
  coupon: 0,
  transaction_id: -64,
  decision: -64,
  token: -100,
};
/** @type {typeof OF_EVENT} */
const OF_ITEM = {
  item_id: -64,
  item_name: 0,
  item_brand: 0,
  item_category: 0,
  item_variant: 0,
  in_stock: 0,
  price: 1e7,
  quantity: 1e5,
  discount: 1e7,
  currency: 0,
  coupon: 0,
};

/**
 * Of what a page hands over, the fields that may be sent: search terms, names and
 * addresses stay on the page. What does not fit is mended or left out, so that it
 * cannot cost the whole beacon.
 *
 * @param {Record<string, any> | null | undefined} fields of an event, or of an item; none of a gap in a list
 * @param {boolean} [isItem]
 * @returns {Record<string, any>}
 */
export function cleanFields(fields, isItem) {
  /** @type {Record<string, any>} */
  const clean = {};
  const known = isItem ? OF_ITEM : OF_EVENT;
  for (const name in known) {
    const kind = known[name];
    let value = fields?.[name];
    if (`${value ?? ''}` === '') continue;
    if (kind > 0) {
      // Some shops write it as people do: 1,299.00 or 1.299,00.
      if (isNaN(value)) value = `${value}`.replace(/[.,\s](?=\d{3}\b)/g, '').replace(',', '.');
      value = parseFloat(value);
      // What is counted is whole.
      if (!isItem && kind < 1e7) value = Math.round(value);
      if (value >= +(name === 'quantity' || name === 'rating') && value <= kind) clean[name] = value;
    } else {
      value = `${value}`.slice(0, 100);
      if (kind) value = value.replace(/[^\w.:-]/g, '_').slice(0, -kind);
      else if (/@\w/.test(value) || (name === 'currency' && !/^[A-Z]{3}$/.test(value))) continue;
      clean[name] = name === 'in_stock' ? isInStock(value) : value;
    }
  }
  return clean;
}
