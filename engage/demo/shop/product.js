// The product page.

import { add } from './basket.js';
import { grid, picture, rating, stockNote } from './catalogue.js';
import { h, lang, link, money, toast } from './dom.js';
import { HELP } from './help_texts.js';
import { gaItem, pushEcommerce } from './layer.js';
import { t } from './words.js';

/** @typedef {import('./catalogue.js').Product} Product */
/** @typedef {import('./shop.js').Catalogue} Catalogue */

/** @param {Catalogue} catalogue @param {string} id @returns {import('./shop.js').Page | null} */
export function product(catalogue, id) {
  const p = catalogue.products.find((known) => known.id === id);
  if (!p) return null;
  pushEcommerce('view_item', { value: p.price_cents / 100, items: [gaItem(p)] });
  const shelf = catalogue.categories.find((c) => c.id === p.category);
  const chosen = { variant: 0, size: '' };
  const pictures = gallery(p);
  return {
    title: p.title[lang],
    content: [
      h('nav', { class: 'crumbs', 'aria-label': 'Breadcrumb' },
        h('a', { href: link(`/list/${p.category}`) }, shelf?.title[lang])),
      h('article', { class: 'product' },
        pictures.node,
        h('div', { class: 'buy' },
          h('h1', {}, p.title[lang]),
          stars(p),
          h('p', { class: 'blurb' }, p.blurb[lang]),
          priceLine(p, catalogue.shipping),
          colours(p, (variant) => { chosen.variant = variant; pictures.show(variant); }),
          p.sizes.length > 0 && sizes(p, (size) => { chosen.size = size; }),
          buyButton(p, chosen),
          promises(catalogue.shipping),
          h('h2', { class: 'small-head' }, t('product.facts')),
          h('ul', { class: 'facts' }, p.facts.map((f) => h('li', {}, f[lang]))))),
      more(p),
      reviews(p),
      similar(catalogue, p),
    ],
  };
}

/** @param {Product} p the picture, two close-ups, and how to change their colour */
function gallery(p) {
  const views = ['', 'detail-1', 'detail-2'];
  let variant = 0;
  let view = '';
  const big = h('img', { src: picture(p.id), alt: p.title[lang], width: 480, height: 480 });
  const thumbs = views.map((name, n) => h('button', {
    type: 'button', 'aria-label': t('product.view', { n: n + 1 }), 'aria-pressed': String(n === 0),
    onclick: () => { view = name; paint(); },
  }, h('img', { src: picture(p.id, 0, name), alt: '', width: 120, height: 120 })));
  const paint = () => {
    big.src = picture(p.id, variant, view);
    thumbs.forEach((thumb, n) => {
      thumb.setAttribute('aria-pressed', String(views[n] === view));
      thumb.firstElementChild.src = picture(p.id, variant, views[n]);
    });
  };
  const node = h('section', { class: 'gallery', 'aria-label': t('product.gallery') },
    h('div', { class: 'stage' }, big), h('div', { class: 'thumbs' }, thumbs));
  return { node, show: (/** @type {number} */ next) => { variant = next; paint(); } };
}

/** @param {Product} p */
function stars(p) {
  const mean = rating(p);
  const text = t('product.rating', { mean: mean.toLocaleString(lang, { maximumFractionDigits: 1 }), n: p.reviews.length });
  return h('a', { class: 'rating', href: '#reviews' }, starRow(Math.round(mean)), h('span', {}, text));
}

/** @param {number} n */
const starRow = (n) => h('span', { class: 'stars', 'aria-hidden': 'true' },
  h('b', {}, '★'.repeat(n)), '★'.repeat(5 - n));

/** @param {Product} p @param {import('./catalogue.js').Shipping} shipping */
function priceLine(p, shipping) {
  const free = p.price_cents >= shipping.free_from_cents;
  return h('div', { class: 'price-line' },
    h('span', { class: 'price-big', 'data-engage': 'price' }, money(p.price_cents)),
    h('a', { href: '#shipping', 'data-engage': 'shipping' }, t(free ? 'price.free' : 'price.shipping')),
    stockNote(p));
}

/**
 * A row of exclusive choices: native radio buttons that look like what they choose.
 * @param {{label: string, kind: string, options: any[], names: string[], first: number, pick: (n: number) => void}} setup
 */
function choice({ label, kind, options, names, first, pick }) {
  const value = h('span', { class: 'choice-value' }, names[first] ?? '');
  const choose = (/** @type {number} */ n) => {
    value.textContent = names[n];
    pick(n);
  };
  return h('fieldset', { class: 'choice' },
    h('legend', { class: 'choice-label' }, `${label} `, value),
    h('div', { class: 'choice-row' }, options.map((content, n) => h('label', { class: kind, 'data-engage': kind },
      h('input', {
        type: 'radio', name: kind, value: names[n], 'aria-label': names[n], checked: n === first,
        onchange: () => choose(n),
      }), content))));
}

/** @param {Product} p @param {(variant: number) => void} pick */
const colours = (p, pick) => choice({
  label: t('product.colour'), kind: 'variant', first: 0, pick,
  names: p.variants.map((v) => v.name[lang]),
  options: p.variants.map((v) => h('svg', { viewBox: '0 0 28 28', 'aria-hidden': 'true' },
    h('circle', { cx: 14, cy: 14, r: 13, fill: v.main }))),
});

/** @param {Product} p @param {(size: string) => void} pick */
function sizes(p, pick) {
  const row = choice({
    label: t('product.size'), kind: 'size', first: -1, names: p.sizes, options: p.sizes,
    pick: (n) => { row.classList.remove('wanting'); pick(p.sizes[n]); },
  });
  row.id = 'sizes';
  row.append(
    h('p', { class: 'choice-error', role: 'alert' }),
    h('a', { href: '#size-guide', class: 'quiet' }, t('product.guide')));
  return row;
}

/** @param {Product} p @param {{variant: number, size: string}} chosen */
function buyButton(p, chosen) {
  if (p.stock === 0) {
    return h('div', { class: 'soldout' },
      h('button', { type: 'button', class: 'button primary wide', disabled: true }, t('product.soldout')),
      h('p', {}, t('product.soldout.text')));
  }
  const buy = () => {
    if (p.sizes.length > 0 && !chosen.size) return wantSize();
    add({ id: p.id, variant: chosen.variant, size: chosen.size, quantity: 1 });
    pushEcommerce('add_to_cart', { value: p.price_cents / 100, items: [gaItem(p, chosen)] });
    toast(t('product.added', { name: p.title[lang] }), ' ', h('a', { href: link('/cart') }, t('product.cart')));
  };
  return h('button', { type: 'button', class: 'button primary wide', 'data-engage': 'cart', onclick: buy }, t('product.add'));
}

function wantSize() {
  const row = document.getElementById('sizes');
  row?.classList.add('wanting');
  const note = row?.querySelector('.choice-error');
  if (note) note.textContent = t('product.size.choose');
  row?.querySelector('input')?.focus();
}

/** @param {import('./catalogue.js').Shipping} shipping */
function promises(shipping) {
  const cost = { cost: money(shipping.standard_cents), free: money(shipping.free_from_cents) };
  return h('ul', { class: 'assurances' },
    h('li', {}, t('product.delivery')),
    h('li', {}, h('a', { href: '#shipping', 'data-engage': 'shipping' }, t('product.shipping', cost))),
    h('li', {}, h('a', { href: '#returns' }, t('product.returns'))));
}

/** @param {Product} p size guide, returns and shipping, folded */
function more(p) {
  const topics = p.sizes.length > 0 ? ['size-guide', 'returns', 'shipping'] : ['returns', 'shipping'];
  const unfold = (/** @type {string} */ topic) => h('details', { id: topic, tabindex: -1, class: 'fold', name: 'help' },
    h('summary', {}, t(`help.${topic}`)), h('div', { class: 'prose' }, HELP[topic](lang)));
  const folds = topics.map(unfold);
  const open = () => folds.forEach((fold) => { if (`#${fold.id}` === location.hash) fold.open = true; });
  window.addEventListener('hashchange', open);
  open();
  return h('section', { class: 'folds', 'aria-label': t('foot.help') }, folds);
}

/** @param {Product} p */
const reviews = (p) => h('section', { id: 'reviews', class: 'reviews', tabindex: -1 },
  h('h2', {}, t('product.reviews')),
  h('ul', {}, p.reviews.map((r) => h('li', {},
    h('p', { class: 'review-head' }, starRow(r.stars), h('span', { class: 'hidden' }, t('product.stars', { n: r.stars })), h('strong', {}, r.author)),
    h('p', {}, r.text[lang])))));

/** @param {Catalogue} catalogue @param {Product} p what can be bought now, nearest in price first */
function similar(catalogue, p) {
  const gap = (/** @type {Product} */ other) => Math.abs(Math.log(other.price_cents / p.price_cents));
  const others = catalogue.products
    .filter((other) => other.category === p.category && other.id !== p.id && other.stock > 0)
    .sort((a, b) => gap(a) - gap(b)).slice(0, 4);
  return h('section', { 'aria-labelledby': 'similar' },
    h('h2', { id: 'similar' }, t('product.similar')),
    grid(others, { id: 'similar', name: 'Similar' }, 3));
}
