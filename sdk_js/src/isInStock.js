/**
 * Whether a stock text means that the product can be sent now: a number, true or
 * false, in or out, Merchant (`out_of_stock`) and schema.org (`.../SoldOut`) terms. What
 * is ordered now and there later (preorder, backorder) or on the corner only is not in
 * stock, as in the shop's feed: a card says of its products that all are.
 *
 * @param {string} text
 */
export function isInStock(text) {
  return !/(^|\/)(0$|no|false|o[ou]|sold|disc|pre|back.?o|instor)/i.test(text);
}
