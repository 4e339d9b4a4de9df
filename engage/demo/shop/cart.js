// The cart page, with the coupon field.

import { redeem, read, setQuantity, totals } from './basket.js';
import { picture } from './catalogue.js';
import { h, icon, lang, link, mark, money } from './dom.js';
import { gaItem, pushEcommerce } from './layer.js';
import { t } from './words.js';

/** @typedef {import('./shop.js').Catalogue} Catalogue */
/** @typedef {ReturnType<typeof totals>} Totals */

const CROSS = 'M6 6l12 12M18 6L6 18';

/** @param {Catalogue} catalogue @returns {import('./shop.js').Page} */
export function cart({ products, shipping }) {
  const sum = () => totals(products, shipping);
  const coupon = couponForm(() => sum().goods);
  const lines = h('ul', { class: 'lines' });
  const figures = h('div', {});
  const root = h('section', { class: 'cart' },
    h('h1', {}, t('cart')),
    h('div', { class: 'two' }, lines, h('aside', { class: 'summary', 'aria-label': t('cart.summary') },
      figures, coupon.node,
      h('a', { class: 'button primary wide', href: link('/checkout'), 'data-engage': 'checkout' }, t('cart.checkout')))));
  const draw = () => {
    const now = sum();
    if (now.lines.length === 0) return root.replaceChildren(empty());
    const held = document.activeElement?.getAttribute('aria-label');
    lines.replaceChildren(...now.lines.map(row));
    figures.replaceChildren(summary(now));
    if (held) lines.querySelector(`[aria-label="${CSS.escape(held)}"]`)?.focus();
  };
  document.addEventListener('shop:basket', draw);
  document.addEventListener('shop:code', coupon.takePending);
  draw();
  const first = sum();
  pushEcommerce('view_cart', { value: first.goods / 100, items: asItems(first.lines) });
  coupon.takePending();
  return { title: t('cart'), content: root };
}

/** @param {Totals['lines']} lines */
export const asItems = (lines) => lines.map(({ line, p }) => gaItem(p, line));

const empty = () => h('div', { class: 'notice' }, mark(), h('h1', {}, t('cart.empty')),
  h('p', { class: 'lead' }, t('cart.empty.text')),
  h('a', { class: 'button primary', href: link('/') }, t('cart.browse')));

/** @param {Totals['lines'][number]} entry */
function row({ line, p }) {
  const name = p.title[lang];
  const set = (/** @type {number} */ quantity) => {
    const less = quantity < line.quantity;
    const step = Math.abs(quantity - line.quantity);
    pushEcommerce(less ? 'remove_from_cart' : 'add_to_cart', {
      value: (step * p.price_cents) / 100, items: [gaItem(p, { ...line, quantity: step })],
    });
    setQuantity(line, quantity);
  };
  const step = (/** @type {string} */ label, /** @type {string} */ sign, /** @type {number} */ by) =>
    h('button', { type: 'button', 'aria-label': label, onclick: () => set(line.quantity + by),
      disabled: by > 0 && line.quantity >= p.stock }, sign);
  return h('li', { class: 'line' },
    h('a', { href: link(`/p/${p.id}`) }, h('img', { src: picture(p.id, line.variant), alt: '', width: 120, height: 120 })),
    h('div', { class: 'line-text' },
      h('h2', {}, h('a', { href: link(`/p/${p.id}`) }, name)),
      h('p', {}, [p.variants[line.variant]?.name[lang], line.size].filter(Boolean).join(', ')),
      h('div', { class: 'stepper' }, step(t('cart.less', { name }), '–', -1),
        h('span', { 'aria-label': t('cart.quantity', { n: line.quantity }) }, String(line.quantity)),
        step(t('cart.more', { name }), '+', 1))),
    h('div', { class: 'line-end' },
      h('strong', {}, money(line.quantity * p.price_cents)),
      h('button', { type: 'button', class: 'remove', 'aria-label': t('cart.remove.label', { name }), onclick: () => set(0) }, icon(CROSS))));
}

/** @param {Totals} sum the figures, also shown at the checkout */
export function summary(sum) {
  const pair = (/** @type {string} */ name, /** @type {string} */ value, /** @type {string | null} */ kind = null) =>
    h('div', { class: kind, 'data-engage': kind === 'shipping' ? 'shipping' : null }, h('dt', {}, name), h('dd', {}, value));
  return h('dl', { class: 'sums' },
    pair(t('cart.goods'), money(sum.goods)),
    sum.discount > 0 && pair(t('cart.discount', { code: sum.basket.code }), `−${money(sum.discount)}`, 'discount'),
    pair(t('cart.shipping'), sum.shipping ? money(sum.shipping) : t('cart.free'), 'shipping'),
    pair(t('cart.total'), money(sum.total), 'total'));
}

/** @param {() => number} goods cents of goods in the cart, now */
function couponForm(goods) {
  const field = h('input', {
    name: 'coupon', id: 'coupon', 'data-engage': 'coupon', maxlength: 64, autocomplete: 'off',
    autocapitalize: 'characters', spellcheck: 'false', 'aria-describedby': 'coupon-note', value: read().code,
    oninput: () => judge(true),
  });
  const note = h('p', { id: 'coupon-note', class: 'note', role: 'status' });
  // Says it to people (aria), to the browser (validity) and so to whoever listens.
  const judge = (/** @type {boolean} */ good) => {
    field.setAttribute('aria-invalid', String(!good));
    field.setCustomValidity(good ? '' : t('coupon.bad'));
    field.checkValidity();
  };
  const check = async (/** @type {string} */ code) => {
    const good = await redeem(code, goods());
    judge(good);
    note.className = good ? 'note good' : 'note bad';
    note.textContent = t(good ? 'coupon.good' : 'coupon.bad', { code });
  };
  const node = h('form', {
    class: 'coupon', novalidate: true,
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      const code = field.value.trim();
      if (code) check(code);
    },
  }, h('label', { for: 'coupon' }, t('coupon')),
  h('div', { class: 'coupon-row' }, field, h('button', { class: 'button small' }, t('coupon.apply'))), note);
  const takePending = () => {
    const { pending, lines } = read();
    if (!pending || lines.length === 0) return;
    field.value = pending;
    check(pending);
  };
  return { node, takePending };
}
