// The cart. It lives in sessionStorage because a cart is what the visitor asked for;
// the key is `shop.cart`.

const KEY = 'shop.cart';

/** @typedef {{id: string, variant: number, size: string, quantity: number}} Line */
// `pending`: a code from an accepted offer that the backend has not been asked about yet.
/** @typedef {{percent?: number, max_cents?: number, amount_cents?: number}} Discount */
/** @typedef {{lines: Line[], code: string, discount: Discount | null, pending: string, shipping: string}} Basket */

/** @returns {Basket} */
export function read() {
  const empty = { lines: [], code: '', discount: null, pending: '', shipping: 'standard' };
  try {
    return { ...empty, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') };
  } catch {
    return empty; // a damaged or forbidden store is an empty cart
  }
}

/** @param {Partial<Basket>} change @returns {Basket} */
export function change(change) {
  const next = { ...read(), ...change };
  sessionStorage.setItem(KEY, JSON.stringify(next));
  document.dispatchEvent(new CustomEvent('shop:basket'));
  return next;
}

const same = (/** @type {Line} */ a, /** @type {Line} */ b) =>
  a.id === b.id && a.variant === b.variant && a.size === b.size;

/** @param {Line} line adds its quantity to an equal line, or appends it */
export function add(line) {
  const { lines } = read();
  const there = lines.find((l) => same(l, line));
  if (there) there.quantity += line.quantity;
  else lines.push(line);
  change({ lines });
}

/** @param {Line} line @param {number} quantity 0 removes the line */
export function setQuantity(line, quantity) {
  const lines = read().lines.map((l) => (same(l, line) ? { ...l, quantity } : l));
  change({ lines: lines.filter((l) => l.quantity > 0) });
}

/** @returns {number} pieces in the cart */
export const count = () => read().lines.reduce((sum, l) => sum + l.quantity, 0);

/**
 * Lines with their products, and what it all costs, in cents.
 * @param {import('./catalogue.js').Product[]} products
 * @param {import('./catalogue.js').Shipping} shipping
 */
export function totals(products, shipping) {
  const basket = read();
  const lines = basket.lines.flatMap((line) => {
    const p = products.find((known) => known.id === line.id);
    return p ? [{ line, p }] : [];
  });
  const goods = lines.reduce((sum, { line, p }) => sum + line.quantity * p.price_cents, 0);
  const { percent = 0, max_cents: most = Infinity, amount_cents: amount = 0 } = basket.discount ?? {};
  // As the backend reckons: what is shown is what is charged.
  const discount = Math.min(goods, Math.min(most, Math.floor((goods * percent) / 100)) + amount);
  const free = goods - discount >= shipping.free_from_cents;
  const express = basket.shipping === 'express';
  const sending = express ? shipping.express_cents : free ? 0 : shipping.standard_cents;
  return { lines, goods, discount, shipping: sending, total: goods - discount + sending, basket };
}

/**
 * Asks the shop's backend whether a code is good and remembers the answer.
 * @param {string} code @param {number} goods cents
 * @returns {Promise<boolean>}
 */
export async function redeem(code, goods) {
  let answer = { ok: false };
  try {
    const reply = await fetch('/shop/coupon', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code, subtotal_cents: goods }),
    });
    if (reply.ok) answer = await reply.json();
  } catch {
    answer = { ok: false }; // offline: the code stays in the field
  }
  const { ok, ...discount } = answer;
  change({ code: ok ? code : '', discount: ok ? discount : null, pending: '' });
  return ok;
}
