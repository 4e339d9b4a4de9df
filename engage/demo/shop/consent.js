// The shop's own consent banner. It remembers the answer only after there is one; until
// then the SDK neither stores nor sends anything.

import { h } from './dom.js';
import { t } from './words.js';
import { engage } from './sdk.js';

const KEY = 'shop.consent';

/** Tells the SDK what is already known, or asks. `?consent=granted` accepts at once. */
export function askConsent() {
  const asked = new URLSearchParams(location.search).get('consent');
  if (asked === 'granted' || asked === 'denied') return answer(asked);
  const known = localStorage.getItem(KEY);
  if (known) engage('setConsent', known === 'granted');
  else showConsent();
}

/** @param {'granted' | 'denied'} choice */
function answer(choice) {
  localStorage.setItem(KEY, choice);
  engage('setConsent', choice === 'granted');
  document.querySelector('.consent')?.remove();
}

/** Shows the banner; both answers are the same size and one click away. */
export function showConsent() {
  document.querySelector('.consent')?.remove();
  document.body.append(h('section', { class: 'consent', 'aria-labelledby': 'consent-title' },
    h('div', {},
      h('h2', { id: 'consent-title' }, t('consent.title')),
      h('p', {}, t('consent.text'))),
    h('div', { class: 'consent-answers' },
      h('button', { class: 'button', type: 'button', id: 'consent-no', onclick: () => answer('denied') }, t('consent.no')),
      h('button', { class: 'button', type: 'button', id: 'consent-yes', onclick: () => answer('granted') }, t('consent.yes')))));
}
