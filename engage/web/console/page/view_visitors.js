// Visitors: everything held about one, to hand out or to erase.

import { named } from './address.js';
import { Problem, ask, url } from './api.js';
import { confirm } from './dialog.js';
import { pairs } from './detail.js';
import { h } from './dom.js';
import { moment, money, number } from './format.js';
import { complain } from './notice.js';
import { t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

/** @param {HTMLElement} place */
export function visitorsView(place) {
  const result = h('div', { class: 'found', 'aria-live': 'polite' });
  const field = h('input', { type: 'search', name: 'id', id: 'visitor-id', autocomplete: 'off', spellcheck: 'false', required: true, maxlength: 64 });
  const form = h('form', {
    class: 'search', role: 'search',
    onsubmit: (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      // The same visitor is looked for again: something may have happened since.
      shown = '';
      location.hash = `#visitors/${encodeURIComponent(field.value.trim())}`;
      update();
    },
  }, h('label', { for: 'visitor-id' }, t('visitors.id')), field, h('button', { type: 'submit', class: 'main' }, t('visitors.search')));
  place.replaceChildren(h('h1', { class: 'page-title' }, t('visitors.title')), h('p', { class: 'soft lead' }, t('visitors.text')), form, result);
  let shown = '';
  function update() {
    const wished = named('visitors');
    if (wished === shown) return;
    shown = wished;
    field.value = wished;
    if (wished) find(result, wished);
    else result.replaceChildren();
  }
  return update;
}

/** @param {HTMLElement} place @param {string} id */
async function find(place, id) {
  place.dataset.asked = id;
  try {
    const held = await ask(`visitors/${encodeURIComponent(id)}`);
    if (place.dataset.asked === id) place.replaceChildren(...render(held, id, place));
  } catch (error) {
    if (place.dataset.asked !== id) return;
    const said = error instanceof Problem && { 400: 'visitors.no_id', 404: 'visitors.none' }[error.status];
    if (said) place.replaceChildren(h('p', { class: 'empty' }, t(said, { id })));
    else complain(error);
  }
}

/** @param {Plain} held @param {string} id @param {HTMLElement} place */
function render(held, id, place) {
  const ledger = held.ledger ?? {};
  const group = ledger.group ? word('group', ledger.group) : '–';
  return [h('section', { class: 'panel' },
    h('header', { class: 'panel-head' }, h('h2', { class: 'is-id' }, id),
      h('div', { class: 'buttons' },
        h('a', { class: 'button', href: url(`visitors/${encodeURIComponent(id)}`), download: `${id}.json` }, t('visitors.export')),
        h('button', { type: 'button', class: 'danger', onclick: () => erase(id, place) }, t('visitors.erase')))),
    pairs([
      [t('visitors.group'), group], [t('visitors.visits'), number(ledger.visit_index ?? 0)],
      [t('visitors.first'), ledger.first_at_s ? moment(ledger.first_at_s) : '–'],
      [t('visitors.known'), number(ledger.orders ?? 0)],
      [t('visitors.subject'), h('code', {}, held.subject ?? '–')],
      [t('visitors.records'), number(held.records.length)],
    ])),
  h('div', { class: 'columns' },
    h('section', { class: 'panel' }, h('h2', {}, t('visitors.decisions')), listOf(held.decisions, (one) => [
      h('a', { href: `./#live/${encodeURIComponent(one.decision)}` }, word('moment', one.moment), ' ', h('b', {}, one.action === 'none' ? t('none') : one.action)), h('time', { class: 'soft' }, moment(one.at))])),
    h('section', { class: 'panel' }, h('h2', {}, t('visitors.orders')), listOf(held.orders, (one) => [
      h('code', {}, one.order_id), h('span', { class: 'figure' }, money(one.value_cents / 100))]),
    h('h2', {}, t('visitors.codes')), listOf(held.codes, (one) => [h('code', {}, one.code), h('span', { class: 'soft' }, `${one.pool} · ${word('code', one.state)}`)])))];
}

/** @param {Plain[]} list @param {(one: Plain) => any[]} say */
function listOf(list, say) {
  if (!list.length) return h('p', { class: 'empty' }, t('visitors.nothing'));
  return h('ul', { class: 'pairs' }, list.slice(-50).reverse().map((one) => h('li', {}, say(one))));
}

/** @param {string} id @param {HTMLElement} place */
async function erase(id, place) {
  const answer = await confirm({ title: t('visitors.ask', { id }), text: t('visitors.warn'), action: t('visitors.erase'), isDanger: true });
  if (answer === null) return;
  try {
    await ask(`visitors/${encodeURIComponent(id)}`, { method: 'DELETE' });
    place.replaceChildren(h('p', { class: 'empty', role: 'status' }, t('visitors.erased', { id })));
  } catch (error) { complain(error); }
}
