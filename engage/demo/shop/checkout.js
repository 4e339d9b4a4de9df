// The checkout: address, shipping, payment; a page load each. The address stays in
// sessionStorage (`shop.checkout`) so that "back" does not lose it, and goes nowhere.

import { change, totals } from './basket.js';
import { asItems, summary } from './cart.js';
import { h, link, money } from './dom.js';
import { pushEcommerce } from './layer.js';
import { ids } from './sdk.js';
import { t } from './words.js';

const KEY = 'shop.checkout';
const STEPS = ['contact', 'shipping', 'payment'];

/** name, autocomplete, input type, pattern a value must match; no pattern: optional */
const FIELDS = /** @type {const} */ ([
  ['email', 'email', 'email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
  ['name', 'name', 'text', /\S/],
  ['street', 'street-address', 'text', /\S/],
  ['postcode', 'postal-code', 'text', /^\d{5}$/],
  ['city', 'address-level2', 'text', /\S/],
  ['phone', 'tel', 'tel', null],
]);

/** @param {import('./shop.js').Catalogue} catalogue @returns {import('./shop.js').Page} */
export function checkout({ products, shipping }) {
  const sum = totals(products, shipping);
  if (sum.lines.length === 0) location.replace(link('/cart'));
  const step = new URLSearchParams(location.search).get('step') ?? 'contact';
  const report = (/** @type {string} */ event, /** @type {Record<string, string>} */ more = {}) => pushEcommerce(event, {
    value: (sum.goods - sum.discount) / 100, items: asItems(sum.lines),
    ...(sum.basket.code ? { coupon: sum.basket.code } : {}), ...more,
  });
  if (step === 'contact') report('begin_checkout');
  const forms = /** @type {Record<string, any>} */ ({ contact, shipping: sending, payment });
  const figures = h('div', {}, summary(sum));
  const redraw = () => figures.replaceChildren(summary(totals(products, shipping)));
  document.addEventListener('shop:basket', redraw);
  return {
    title: t('checkout'),
    content: h('section', { class: 'checkout' },
      h('h1', {}, t('checkout')),
      h('ol', { class: 'steps' }, STEPS.map((name) => h('li', { 'aria-current': name === step ? 'step' : null }, t(`checkout.step.${name}`)))),
      h('div', { class: 'two' },
        (forms[step] ?? contact)({ sum, report, prices: shipping }),
        h('aside', { class: 'summary', 'aria-label': t('cart.summary') },
          h('ul', { class: 'mini' }, sum.lines.map(({ line, p }) => h('li', {},
            h('span', {}, `${line.quantity} × ${p.title[document.documentElement.lang === 'en' ? 'en' : 'de']}`),
            h('span', {}, money(line.quantity * p.price_cents))))),
          figures))),
  };
}

function contact() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  return stepForm({
    back: '/cart',
    next: t('checkout.next'),
    content: h('div', { class: 'fields' }, FIELDS.map(([name, autocomplete, type, pattern]) => {
      const id = `field-${name}`;
      return h('div', { class: `field ${name}` },
        h('label', { for: id }, t(`field.${name}`), pattern ? '' : h('span', {}, ` (${t('checkout.optional')})`)),
        h('input', {
          id, name, type, autocomplete, value: kept[name] ?? '', maxlength: 120, 'aria-describedby': `${id}-error`,
          inputmode: name === 'postcode' ? 'numeric' : null, 'aria-required': pattern ? 'true' : null,
          onblur: (/** @type {any} */ { target }) => target.value && verify(target, pattern),
          oninput: (/** @type {any} */ { target }) => target.ariaInvalid === 'true' && verify(target, pattern),
        }),
        h('p', { id: `${id}-error`, class: 'field-error' }));
    })),
    submit: (form) => {
      const wrong = FIELDS.map(([name, , , pattern]) => verify(form.elements.namedItem(name), pattern)).filter(Boolean);
      form.checkValidity(); // tells `invalid` of every wrong field, as a plain form would
      if (wrong.length > 0) { /** @type {any} */ (wrong[0]).focus(); return; }
      sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(new FormData(form))));
      location.assign(link('/checkout?step=shipping'));
    },
  });
}

/**
 * Marks a field and says what is wrong with it; returns the field if it is wrong.
 * @param {any} field @param {RegExp | null} pattern
 */
function verify(field, pattern) {
  const wrong = pattern !== null && !pattern.test(field.value.trim());
  field.setAttribute('aria-invalid', String(wrong));
  field.setCustomValidity(wrong ? t(`error.${field.name}`) : '');
  const note = document.getElementById(`${field.id}-error`);
  if (note) note.textContent = wrong ? t(`error.${field.name}`) : '';
  return wrong ? field : null;
}

/** @param {{sum: any, report: any, prices: any}} given */
function sending({ sum, report, prices }) {
  const free = sum.goods - sum.discount >= prices.free_from_cents;
  const cost = { standard: free ? 0 : prices.standard_cents, express: prices.express_cents };
  return stepForm({
    back: '/checkout',
    next: t('checkout.next'),
    content: options('shipping', ['standard', 'express'], {
      chosen: sum.basket.shipping,
      aside: (tier) => (/** @type {any} */ (cost)[tier] ? money(/** @type {any} */ (cost)[tier]) : t('cart.free')),
      pick: (tier) => change({ shipping: tier }),
    }),
    submit: (form) => {
      report('add_shipping_info', { shipping_tier: String(new FormData(form).get('shipping')) });
      location.assign(link('/checkout?step=payment'));
    },
  });
}

/** @param {{sum: any, report: any}} given */
function payment({ sum, report }) {
  const note = h('p', { class: 'note bad', role: 'alert' });
  return stepForm({
    back: '/checkout?step=shipping',
    next: `${t('payment.order')} · ${money(sum.total)}`,
    content: [options('payment', ['invoice', 'transfer', 'demo'], { chosen: 'invoice' }),
      h('p', { class: 'note' }, t('payment.note')), note],
    submit: async (form, button) => {
      button.disabled = true;
      report('add_payment_info', { payment_type: String(new FormData(form).get('payment')) });
      const failed = await order(sum);
      if (!failed) return location.assign(link('/thanks'));
      // The cart says so, and shows what it costs without.
      if (failed === 'coupon.bad') return location.assign(link('/cart'));
      note.textContent = t(failed);
      button.disabled = false;
    },
  });
}

/** Places the order; returns the text of what went wrong, or null. @param {any} sum */
async function order(sum) {
  const items = sum.lines.map((/** @type {any} */ { line, p }) => ({ item_id: p.id, quantity: line.quantity }));
  const { code, shipping } = sum.basket;
  try {
    const reply = await fetch('/shop/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ids(), items, code: code || null, shipping }),
    });
    if (reply.status === 410) {
      change({ code: '', discount: null, pending: code });
      return 'coupon.bad';
    }
    if (!reply.ok) return reply.status === 409 ? 'order.soldout' : 'order.failed';
    const placed = { ...(await reply.json()), items: asItems(sum.lines), shipping: sum.shipping / 100, coupon: code };
    sessionStorage.setItem('shop.order', JSON.stringify(placed));
    sessionStorage.removeItem(KEY);
    return null;
  } catch {
    return 'order.failed'; // offline: the cart is still there
  }
}

/**
 * A group of exclusive rows.
 * @param {string} name @param {string[]} values
 * @param {{chosen: string, aside?: (value: string) => string, pick?: (value: string) => void}} how
 */
function options(name, values, { chosen, aside, pick }) {
  return h('fieldset', { class: 'options' }, h('legend', {}, t(`checkout.step.${name}`)),
    values.map((value) => h('label', { class: 'option', 'data-engage': name === 'shipping' ? 'shipping' : null },
      h('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => pick?.(value) }),
      h('span', {}, h('strong', {}, t(`${name}.${value}`)), h('small', {}, t(`${name}.${value}.text`))),
      aside && h('span', { class: 'option-aside' }, aside(value)))));
}

/** @param {{content: any, back: string, next: string, submit: (form: HTMLFormElement, button: HTMLButtonElement) => any}} setup */
function stepForm({ content, back, next, submit }) {
  const button = h('button', { class: 'button primary', 'data-engage': 'checkout' }, next);
  const form = h('form', {
    class: 'step', novalidate: true,
    onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); submit(form, button); },
  }, content, h('div', { class: 'step-ends' }, h('a', { href: link(back), class: 'quiet' }, t('checkout.back')), button));
  return form;
}
