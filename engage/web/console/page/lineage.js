// The last snapshots, and which of them decides: the newest, or one that is pinned.

import { ask } from './api.js';
import { confirm } from './dialog.js';
import { h } from './dom.js';
import { clock, moment, number } from './format.js';
import { complain } from './notice.js';
import { apply, isOperator } from './store.js';
import { t } from './words.js';

/** @typedef {Record<string, any>} Plain */

/** @param {Plain[]} lineage newest first @param {Plain} models @returns {any[]} */
export function renderLineage(lineage, models) {
  const { pin } = models;
  return [
    h('h2', {}, t('models.lineage')),
    h('p', { class: 'soft small' }, t('models.lineage_text')),
    pin.number === null ? null : pinned(pin),
    lineage.length ? h('ol', { class: 'pairs lineage' }, lineage.map((one) => entry(one, models)))
      : h('p', { class: 'empty' }, t('models.nolineage')),
  ];
}

/** @param {Plain} pin */
function pinned(pin) {
  return h('div', { class: 'note pinned' },
    h('span', {}, t('models.pinned', { n: pin.number, why: pin.why }), ' ', h('span', { class: 'soft' }, moment(pin.at_s))),
    isOperator() ? h('button', { type: 'button', 'data-key': 'unpin', onclick: () => change(null) }, t('models.unpin')) : null);
}

/** @param {Plain} one @param {Plain} models */
function entry(one, models) {
  const isDeciding = one.number === models.snapshot;
  return h('li', {},
    h('b', { class: isDeciding ? '' : 'soft' }, `#${one.number}`),
    h('span', { class: 'soft' }, t('models.record', { n: number(one.offset) }), h('span', { class: 'apart' }, ' · '), h('time', {}, shortly(one.at_s))),
    isDeciding ? h('span', { class: 'tag' }, t('models.decides'))
      : isOperator() ? h('button', {
        type: 'button', class: 'quiet small', 'data-key': `pin-${one.number}`,
        onclick: () => change(one.number),
      }, t('models.pin', { n: one.number })) : h('span', {}));
}

/** The time of day for what is younger than half a day. @param {number} at_s */
function shortly(at_s) { return Date.now() / 1000 - at_s < 43200 ? clock(at_s) : moment(at_s); }

/** Asks for the reason, then pins; null lets the newest decide again. @param {number | null} wished */
async function change(wished) {
  const why = await confirm({
    title: wished === null ? t('models.unpin_ask') : t('models.pin_ask', { n: wished }),
    text: t(wished === null ? 'models.unpin_text' : 'models.pin_text'),
    action: wished === null ? t('models.unpin') : t('models.pin', { n: wished }),
    isDanger: wished !== null, field: t('pause.why'), isRequired: true,
  });
  if (why === null) return;
  try { apply('pin', await ask('pin', { method: 'POST', body: { number: wished, why } })); } catch (error) { complain(error); }
}
