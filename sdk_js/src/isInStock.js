/**
 * Whether a stock text means that the product can be bought: a number, true or
 * false, in or out, Merchant (`out_of_stock`) and schema.org (`.../SoldOut`) terms.
 *
 * @param {string} text
 */
export function isInStock(text) {
  return !/(^|\/)(0$|no|false|o[ou]|sold|disc)/i.test(text);
}
