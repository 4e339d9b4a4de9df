// Header, footer and the demo ribbon: the same on every page.

import { count } from './basket.js';
import { h, icon, isChosen, lang, link, mark } from './dom.js';
import { t } from './words.js';
import { showConsent } from './consent.js';

const BAG = 'M6 8h12l1 12H5L6 8zm3 0V7a3 3 0 0 1 6 0v1';
const GLASS = 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zm5.2 12.2L21 21';

/** @param {import('./shop.js').Catalogue} catalogue */
export function drawFrame(catalogue) {
  const header = /** @type {HTMLElement} */ (document.getElementById('header'));
  const footer = /** @type {HTMLElement} */ (document.getElementById('footer'));
  const other = lang === 'en' ? 'de' : 'en';
  const switchTo = link(location.pathname + location.search, other);
  header.replaceChildren(
    h('a', { class: 'skip', href: '#main' }, t('skip')),
    ribbon(),
    h('div', { class: 'bar' },
      h('a', { class: 'brand', href: link('/') }, mark(), 'Halbton'),
      searchForm(),
      h('div', { class: 'tools' },
        h('a', { class: 'tool', href: switchTo, hreflang: other, lang: other }, t('language')),
        bag())),
    h('nav', { class: 'shelves', 'aria-label': t('menu') },
      h('ul', {}, catalogue.categories.map((c) => h('li', {}, h('a', {
        href: link(`/list/${c.id}`),
        'aria-current': location.pathname === `/list/${c.id}` ? 'page' : null,
      }, c.title[lang]))))));
  header.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  footer.replaceChildren(foot(catalogue));
}

function searchForm() {
  const query = new URLSearchParams(location.search).get('q') ?? '';
  return h('form', { class: 'search', action: '/search', role: 'search' },
    h('input', {
      type: 'search', name: 'q', 'aria-label': t('search.label'), value: query, maxlength: 80,
      placeholder: t('search.placeholder'), 'data-engage': 'search', autocomplete: 'off',
    }),
    isChosen && h('input', { type: 'hidden', name: 'lang', value: lang }),
    h('button', { 'aria-label': t('search') }, icon(GLASS)));
}

function bag() {
  const number = h('span', { class: 'bag-count' });
  const node = h('a', { class: 'bag', href: link('/cart') }, icon(BAG), number);
  const update = () => {
    const n = count();
    number.textContent = n ? String(n) : '';
    node.setAttribute('aria-label', t('cart.count', { n }));
  };
  document.addEventListener('shop:basket', update);
  update();
  return node;
}

/** @param {import('./shop.js').Catalogue} catalogue */
function foot(catalogue) {
  const column = (/** @type {string} */ title, /** @type {any[]} */ links) =>
    h('div', {}, h('h2', {}, title), h('ul', {}, links.map((a) => h('li', {}, a))));
  return h('div', { class: 'foot' },
    h('div', { class: 'foot-brand' }, mark(), h('p', {}, t('foot.claim'))),
    column(t('foot.shop'), catalogue.categories.map((c) =>
      h('a', { href: link(`/list/${c.id}`) }, c.title[lang]))),
    column(t('foot.help'), ['size-guide', 'returns', 'shipping'].map((topic) =>
      h('a', { href: link(`/help/${topic}`) }, t(`help.${topic}`)))),
    column(t('foot.behind'), [
      h('a', { href: '/console/' }, t('foot.console')),
      h('button', { class: 'as-link', type: 'button', onclick: showConsent }, t('consent.change')),
    ]),
    h('p', { class: 'foot-note' }, t('foot.note')));
}

function ribbon() {
  return h('details', { class: 'ribbon' },
    h('summary', {}, `${t('demo.title')}. `, h('u', {}, t('demo.try'))),
    h('div', { class: 'ribbon-text' },
      h('p', {}, t('demo.text')),
      h('ul', {}, [1, 2, 3, 4].map((n) => h('li', {}, t(`demo.${n}`)))),
      h('p', {}, t('demo.note')),
      h('p', {}, h('a', { href: '/console/' }, t('demo.console')))));
}
