// What the shop does when a visitor accepts a card of engage.

import { change } from './basket.js';
import { openChat } from './chat.js';
import { h, isChosen, link, toast } from './dom.js';
import { onAccepted } from './sdk.js';
import { t } from './words.js';

/** Starts listening; also keeps the language in links that engage's cards hold. */
export function listenForOffers() {
  onAccepted((decision) => {
    const { kind, content = {} } = decision;
    if (kind === 'chat') openChat(decision);
    else if (kind === 'discount' && content.code) keepCode(content.code);
    else if (content.href) go(content.href);
  });
  document.addEventListener('click', keepLanguage, { capture: true });
}

/** @param {string} code the cart redeems it; on the cart page, at once */
function keepCode(code) {
  change({ pending: code });
  if (location.pathname === '/cart') document.dispatchEvent(new CustomEvent('shop:code'));
  else toast(t('coupon.kept', { code }), ' ', h('a', { href: link('/cart') }, t('product.cart')));
}

/** @param {string} href a section of this page, or a page of this shop */
function go(href) {
  const url = new URL(href, location.href);
  if (url.origin !== location.origin) return;
  const here = url.pathname === location.pathname && url.hash;
  const section = here ? document.getElementById(url.hash.slice(1)) : null;
  if (section) {
    if (section instanceof HTMLDetailsElement) section.open = true;
    section.scrollIntoView({ block: 'start' });
    section.focus({ preventScroll: true });
  } else {
    location.assign(link(url.pathname + url.search + url.hash));
  }
}

/** @param {Event} event a click, perhaps inside a card's shadow root */
function keepLanguage(event) {
  const anchor = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
  if (!(anchor instanceof HTMLAnchorElement) || !isChosen || anchor.hreflang) return;
  const url = new URL(anchor.href, location.href);
  const ours = url.origin === location.origin && !url.pathname.startsWith('/console');
  if (ours && !url.searchParams.has('lang')) {
    anchor.href = link(url.pathname + url.search + url.hash);
  }
}
