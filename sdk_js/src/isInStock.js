/**
 * Whether a stock text means that the product can be bought: a number, true or
 * false, in or out, Merchant (`out_of_stock`) and schema.org (`.../SoldOut`) terms.
 *
 * @param {string | undefined} text
 * @returns {boolean | undefined} nothing said, nothing known
 */
export function isInStock(text) {
  return text ? !/(^|\/)(0$|no|false|o[ou]|sold|disc)/i.test(text) : undefined;
}
