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
 * Prices are read as machines write them (1299.00), else as people do: 1,299.00, 1.299,00,
 * 1'299.00, 1 299,00 EUR, 1299,-. A lone point is decimal whatever follows, for that is what
 * schema.org and GA4 ask for: 1.299 is a little more than one; a lone comma before three
 * digits parts thousands. What begins with letters or a sign is left out: no price is better
 * than a wrong one.
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
    /** @type {any} */
    let value = `${fields?.[name] ?? ''}`.slice(0, 100);
    if (!value) continue;
    if (kind > 0) {
      // As people write it: what stands before just three digits parts thousands.
      if (isNaN(value)) value = value.replace(/['\u2019.,\s](?=\d{3}\b)/g, '').replace(',', '.');
      value = parseFloat(value);
      // What is counted is whole; quantity and rating begin at 1.
      if (kind < 1e7 && !isItem) value = Math.round(value);
      if (value >= +/ti/.test(name) && value <= kind) clean[name] = value;
    } else {
      if (kind) value = value.replace(/[^\w.:-]/g, '_').slice(0, -kind);
      else if (/@\w/.test(value) || (name === 'currency' && !/^[A-Z]{3}$/.test(value))) continue;
      clean[name] = name === 'in_stock' ? isInStock(value) : value;
    }
  }
  return clean;
}
