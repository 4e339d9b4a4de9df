// The thank-you page: reports the purchase once and empties the cart.

import { change } from './basket.js';
import { h, link, mark, money } from './dom.js';
import { pushEcommerce } from './layer.js';
import { t } from './words.js';

const KEY = 'shop.order';

/** @returns {import('./shop.js').Page} */
export function thanks() {
  const order = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  if (!order) return { title: t('thanks.none'), content: notice(t('thanks.none'), t('cart.empty.text')) };
  if (!order.reported) {
    pushEcommerce('purchase', {
      transaction_id: order.order_id, value: order.value, currency: order.currency,
      shipping: order.shipping, items: order.items, ...(order.coupon ? { coupon: order.coupon } : {}),
    });
    sessionStorage.setItem(KEY, JSON.stringify({ ...order, reported: true }));
    change({ lines: [], code: '', discount: null, pending: '', shipping: 'standard' });
  }
  const text = t('thanks.text', { id: order.order_id, value: money(Math.round(order.value * 100)) });
  return { title: t('thanks'), content: notice(t('thanks'), `${text} ${t('thanks.next')}`) };
}

/** @param {string} title @param {string} text */
const notice = (title, text) => h('section', { class: 'notice' }, mark(), h('h1', {}, title),
  h('p', { class: 'lead' }, text), h('a', { class: 'button primary', href: link('/') }, t('cart.browse')));
