// The shop's front door: finds out which page this is, draws the frame and the page.
// Every navigation is a full page load, as in most shops.

import { loadCatalogue } from './catalogue.js';
import { h, lang, mark } from './dom.js';
import { t } from './words.js';
import { drawFrame } from './frame.js';
import { listenForOffers } from './offers.js';
import { askConsent } from './consent.js';
import { home } from './home.js';
import { list, missing, search } from './shelves.js';
import { product } from './product.js';
import { cart } from './cart.js';
import { checkout } from './checkout.js';
import { thanks } from './thanks.js';
import { help } from './help.js';

/** @typedef {Awaited<ReturnType<typeof loadCatalogue>>} Catalogue */
/** @typedef {{title: string, content: any}} Page */

/** @type {[RegExp, (catalogue: Catalogue, part: string) => Page | null][]} */
const ROUTES = [
  [/^\/$/, home],
  [/^\/list\/([\w-]+)$/, list],
  [/^\/search$/, search],
  [/^\/p\/([\w-]+)$/, product],
  [/^\/cart$/, cart],
  [/^\/checkout$/, checkout],
  [/^\/thanks$/, thanks],
  [/^\/help\/([\w-]+)$/, help],
];

/** @param {Catalogue} catalogue @returns {Page} */
function pageAt(catalogue) {
  for (const [pattern, draw] of ROUTES) {
    const match = location.pathname.match(pattern);
    const page = match && draw(catalogue, match[1] ?? '');
    if (page) return page;
  }
  return missing(catalogue);
}

async function open() {
  const main = /** @type {HTMLElement} */ (document.getElementById('main'));
  listenForOffers();
  askConsent();
  try {
    const catalogue = await loadCatalogue();
    drawFrame(catalogue);
    const { title, content } = pageAt(catalogue);
    document.title = title ? `${title} · Halbton` : 'Halbton';
    main.replaceChildren(...[content].flat());
  } catch (error) {
    console.error(error);
    main.replaceChildren(h('section', { class: 'notice', lang }, mark(), h('h1', {}, t('broken'))));
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

open();
