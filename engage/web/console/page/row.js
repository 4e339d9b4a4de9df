// One decision in the list.

import { h } from './dom.js';
import { kindOf, nameOf, odds, scoreBars } from './bars.js';
import { clock, money, percent } from './format.js';
import { t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

/**
 * @param {Plain} one @param {boolean} isChosen @param {(id: string) => void} choose
 * @returns {HTMLElement}
 */
export function row(one, isChosen, choose) {
  const drawn = one.ghost ?? one;
  return h('li', { class: `row${isChosen ? ' is-chosen' : ''}${one.eligible.length < 2 ? ' is-bare' : ''}` },
    h('button', {
      type: 'button', class: 'row-button', 'data-key': one.decision, 'aria-pressed': String(isChosen),
      onclick: () => choose(one.decision),
    },
    h('span', { class: 'row-when' },
      h('span', {}, h('time', { datetime: one.at }, clock(one.at)), ' ', h('strong', {}, word('moment', one.moment))),
      h('span', { class: 'soft' }, where(one))),
    scoreBars(one.scores),
    h('span', { class: 'row-draw' },
      one.eligible.length > 1 ? odds(drawn.distribution, one.kinds, one.drawn, Boolean(one.ghost)) : null,
      label(one, drawn),
      h('span', { class: 'soft row-why' }, why(one))),
    h('span', { class: 'row-fate' }, chips(one), reward(one))));
}

/** @param {Plain} one */
export function where(one) {
  return [word('page', one.page ?? 'other'), one.category, word('segment', one.segment ?? 'new'), one.device === 'unknown' ? null : word('device', one.device)]
    .filter(Boolean).join(' · ');
}

/** @param {Plain} one @param {Plain} drawn */
function label(one, drawn) {
  if (one.eligible.length < 2) return h('span', { class: 'row-label soft' }, t(one.group === 'holdout' ? 'row.nothing_held' : 'row.nothing'));
  return h('span', { class: 'row-label' },
    one.ghost ? h('span', { class: 'tag tag-ghost' }, t('row.ghost')) : null,
    h('span', { class: `dot kind-${kindOf(one.kinds, one.drawn)}`, 'aria-hidden': 'true' }),
    h('b', {}, nameOf(one.drawn)), ' ', h('span', { class: 'soft' }, percent(drawn.propensity)));
}

/** Why this action, or why none could be. @param {Plain} one */
function why(one) {
  const refused = Object.values(one.refused);
  if (one.eligible.length < 2) return top(refused);
  const reasons = one.why.map((/** @type {Plain} */ r) => `${term(r.term)} ${money(r.eur, { sign: true })}`);
  const parts = one.drawn === 'none' ? best(one) : reasons.slice(0, 2);
  if (refused.length) parts.push(t('row.refused', { n: refused.length }));
  return parts.join(' · ');
}

/** What the likeliest card would have earned. @param {Plain} one @returns {string[]} */
function best(one) {
  const cards = Object.entries(one.predictions).filter(([action]) => action !== 'none').sort((a, b) => b[1] - a[1]);
  return cards.length ? [`${cards[0][0]} ${money(cards[0][1], { sign: true })}`] : [];
}

/** The most frequent refusals. @param {any[]} reasons */
function top(reasons) {
  const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2)
    .map(([reason, n]) => (n > 1 ? `${word('refusal', reason)} ×${n}` : word('refusal', reason))).join(' · ');
}

/** @param {string} name a term of the uplift model */
export function term(name) {
  const [head, rest] = name.split(':');
  if (head === 'moment') return t('term.moment', { moment: word('moment', rest) });
  return (rest ?? head).split('*').map((one) => word('term', one)).join(' × ');
}

const GOOD = new Set(['clicked', 'chat_started', 'order']);
const BAD = new Set(['dismissed', 'not_shown', 'refund']);

/** @param {Plain} one */
export function chips(one) {
  return h('span', { class: 'chips' }, one.outcomes.map((/** @type {Plain} */ outcome) => h('span', {
    class: `chip${GOOD.has(outcome.name) ? ' is-good' : BAD.has(outcome.name) ? ' is-bad' : ''}`,
  }, word('outcome', outcome.name))));
}

/** @param {Plain} one */
function reward(one) {
  const value = one.value ?? one.reward;
  if (value === null || value === undefined) return null;
  return h('span', { class: `reward${value < -0.004 ? ' is-bad' : value > 0.004 ? ' is-good' : ''}` }, money(value, { sign: true }));
}
