// The home page: one claim, five shelves, a few things in the window.

import { grid, picture } from './catalogue.js';
import { h, lang, link, money } from './dom.js';
import { t } from './words.js';

// One from each shelf and two more that show what the drawings can do.
const WINDOW = ['gtr-luv', 'cam-rand', 'hph-halle', 'sho-moor', 'amp-kamin', 'gtr-atlas', 'sho-boee', 'cam-gleich'];
// Each shelf is represented by one of its products.
const FACE = { guitars: 'gtr-lee', amplifiers: 'amp-kachel', cameras: 'cam-ei', headphones: 'hph-weite', shoes: 'sho-pflaster' };

/** @param {import('./shop.js').Catalogue} catalogue @returns {import('./shop.js').Page} */
export function home(catalogue) {
  const { categories, products, shipping } = catalogue;
  const shown = WINDOW.flatMap((id) => products.filter((p) => p.id === id));
  return {
    title: '',
    content: [
      h('section', { class: 'hero' },
        h('div', { class: 'hero-text' },
          h('h1', {}, t('home.claim')),
          h('p', { class: 'lead' }, t('home.lead')),
          h('a', { class: 'button primary', href: link('/list/guitars') }, t('home.cta'))),
        h('div', { class: 'hero-pictures' },
          ['gtr-luv', 'amp-kamin', 'cam-rand'].map((id) =>
            h('a', { href: link(`/p/${id}`), 'aria-label': nameOf(products, id) },
              h('img', { src: picture(id), alt: '', width: 480, height: 480 }))))),
      h('section', { 'aria-labelledby': 'shelves' },
        h('h2', { id: 'shelves' }, t('home.shelves')),
        h('ul', { class: 'faces' }, categories.map((c) => h('li', {},
          h('a', { href: link(`/list/${c.id}`) },
            h('img', { src: picture(/** @type {any} */ (FACE)[c.id]), alt: '', width: 480, height: 480, loading: 'lazy' }),
            h('strong', {}, c.title[lang]), h('span', {}, c.text[lang])))))),
      h('section', { 'aria-labelledby': 'picks' },
        h('h2', { id: 'picks' }, t('home.picks')),
        grid(shown, { id: 'window', name: 'Window' }, 3)),
      h('section', { class: 'promises' }, [1, 2, 3].map((n) => h('div', {},
        h('h2', {}, t(`promise.${n}`, { free: money(shipping.free_from_cents) })),
        h('p', {}, t(`promise.${n}.text`, { cost: money(shipping.standard_cents) }))))),
    ],
  };
}

/** @param {import('./catalogue.js').Product[]} products @param {string} id */
const nameOf = (products, id) => products.find((p) => p.id === id)?.title[lang] ?? id;
