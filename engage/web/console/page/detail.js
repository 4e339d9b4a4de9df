// One decision with everything that led to it.

import { Problem, ask } from './api.js';
import { kindOf, nameOf, odds, scoreBars } from './bars.js';
import { h } from './dom.js';
import { clock, currency, moment, money, number, percent, span } from './format.js';
import { chips, term, where } from './row.js';
import { begun, t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

/**
 * Fetches a decision and shows it in a place.
 * @param {any} place @param {string} id @param {() => void} close
 */
export async function detail(place, id, close) {
  place.asked = id;
  place.replaceChildren(h('p', { class: 'hint', role: 'status' }, t('detail.loading')));
  try {
    const one = await ask(`decisions/${encodeURIComponent(id)}`);
    if (place.asked === id) {
      place.replaceChildren(...render(one, close));
      place.focus({ preventScroll: true });
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const said = error.status === 404 ? t('detail.gone', { id }) : error.message;
    if (place.asked === id) place.replaceChildren(head(close), h('p', { class: 'hint is-bad is-id', role: 'alert' }, said));
  }
}

/** @param {() => void} close */
function head(close) {
  return h('header', { class: 'pane-head' }, h('h2', {}, t('detail.title')),
    h('button', { type: 'button', class: 'quiet', onclick: close, 'data-key': 'pane-close' }, t('close')));
}

/** @param {Plain} one @param {() => void} close @returns {any[]} */
function render(one, close) {
  const drawn = one.ghost ?? one;
  return [
    head(close),
    h('p', { class: 'pane-lead' }, h('strong', {}, word('moment', one.moment)), ' ', h('span', { class: 'soft' }, `${clock(one.at)} · ${where(one)}`)),
    one.ghost ? h('p', { class: 'note' }, t(one.served ? 'detail.ghost' : 'detail.unserved')) : null,
    scoreBars(one.scores),
    section(t('detail.odds'), distribution(one, drawn)),
    one.eligible.length > 1 ? section(t('detail.reasons'), reasonsOf(one)) : null,
    refusedOf(one),
    section(t('detail.outcomes'), fate(one)),
    one.card ? section(t('detail.card'), card(one.card)) : null,
    section(t('detail.features'), features(one)),
    section(t('detail.technical'), technical(one)),
  ].filter(Boolean);
}

/** @param {string} title @param {...any} content */
function section(title, ...content) {
  return h('section', { class: 'pane-part' }, h('h3', {}, title), ...content);
}

/** @param {Plain} one @param {Plain} drawn */
function distribution(one, drawn) {
  const parts = Object.entries(drawn.distribution);
  return [
    odds(drawn.distribution, one.kinds, one.drawn, Boolean(one.ghost)),
    h('table', { class: 'odds-table' },
      h('tbody', {}, parts.map(([action, p]) => h('tr', { class: action === one.drawn ? 'is-drawn' : '' },
        h('th', { scope: 'row' }, h('span', { class: `dot kind-${kindOf(one.kinds, action)}`, 'aria-hidden': 'true' }), nameOf(action)),
        h('td', {}, percent(/** @type {number} */ (p), 1)),
        h('td', { title: t('detail.predicted') }, money(one.predictions[action] ?? 0, { sign: true }), charged(one, action)))))),
    h('p', { class: 'soft small' }, `${nameOf(one.drawn)} ${t('detail.drawn', { p: percent(drawn.propensity, 1) })} · ${t('detail.draw', { draw: number(one.draw, 4) })} · ${t('detail.predicted')}`),
  ];
}

/** What an action was charged for what it takes from others. @param {Plain} one @param {string} action */
function charged(one, action) {
  const eur = one.charges[action] ?? 0;
  return eur < 0.005 ? null : h('div', { class: 'soft small' }, t('detail.charged', { eur: money(eur) }));
}

/** @param {Plain} one */
function reasonsOf(one) {
  const speaks = (/** @type {string} */ action) => one.reasons[action]?.some((/** @type {Plain} */ r) => Math.abs(r.eur) >= 0.005);
  const chosen = speaks(one.drawn) ? [one.drawn] : [];
  const others = Object.keys(one.reasons).filter((action) => action !== one.drawn && speaks(action));
  const actions = [...chosen, ...others].slice(0, 3);
  if (!actions.length) return h('p', { class: 'soft small' }, t('detail.noreasons'));
  return actions.map((action) => {
    const terms = one.reasons[action].filter((/** @type {Plain} */ r) => Math.abs(r.eur) >= 0.005).slice(0, 6);
    const most = Math.max(...terms.map((/** @type {Plain} */ r) => Math.abs(r.eur)));
    return h('div', { class: 'reasons' },
      h('h4', {}, h('span', { class: `dot kind-${kindOf(one.kinds, action)}`, 'aria-hidden': 'true' }), nameOf(action)),
      h('ul', {}, terms.map((/** @type {Plain} */ r) => h('li', {},
        h('span', {}, term(r.term)),
        h('span', { class: `pull${r.eur < 0 ? ' is-down' : ''}`, 'aria-hidden': 'true' }, h('span', { style: { width: `${(Math.abs(r.eur) / most) * 50}%` } })),
        h('span', { class: 'figure' }, money(r.eur, { sign: true }))))));
  });
}

/** @param {Plain} one */
function refusedOf(one) {
  const refused = Object.entries(one.refused);
  if (!refused.length) return null;
  return section(t('detail.refused'), h('ul', { class: 'pairs' }, refused.map(([action, reason]) => h('li', {},
    h('span', {}, h('span', { class: `dot kind-${kindOf(one.kinds, action)}`, 'aria-hidden': 'true' }), action),
    h('span', { class: 'soft' }, word('refusal', String(reason)))))));
}

/** @param {Plain} one */
function fate(one) {
  const figure = (/** @type {number | null} */ value) => (value === null ? t('detail.open') : money(value, { sign: true }));
  return [
    one.outcomes.length ? h('ul', { class: 'pairs' }, one.outcomes.map((/** @type {Plain} */ o) => h('li', {},
      chips({ outcomes: [o] }), h('span', { class: 'soft' }, [o.by && word('by', o.by), o.reason && word('reason', o.reason), o.value === undefined ? null : money(o.value), clock(o.at)].filter(Boolean).join(' · '))))) : h('p', { class: 'soft small' }, t('detail.nofate')),
    pairs([[t('detail.reward'), figure(one.reward)], [t('detail.value'), figure(one.value)], [t('detail.stake'), money(one.stake ?? 0)]]),
  ];
}

/** @param {Plain} content */
function card(content) {
  return h('div', { class: 'card-said' }, h('strong', {}, content.title), content.text ? h('p', {}, content.text) : null,
    content.items?.length ? h('p', {}, content.items.map((/** @type {Plain} */ item) => item.title ?? item.item_id).join(' · ')) : null,
    content.code ? h('p', {}, h('code', {}, content.code)) : null,
    h('p', { class: 'chips' }, [content.cta, content.decline].filter(Boolean).map((text) => h('span', { class: 'tag tag-button' }, text))),
    [content.terms, content.disclosure].filter(Boolean).map((text) => h('p', { class: 'soft small' }, text)));
}

/** How a feature's value is said, by its unit. @type {Record<string, (value: number) => string>} */
const UNITS = {
  // Distinct things are counted by a sketch, which knows no whole numbers.
  count: (value) => number(Math.round(value)),
  step: (value) => number(value),
  '': () => t('yes'),
  s: (value) => span(value),
  share: (value) => percent(value),
  EUR: (value) => money(value),
};

/** @param {Plain} one */
function features(one) {
  return h('ul', { class: 'pairs is-tight' }, one.features.map((/** @type {Plain} */ { name, unit, value }) => h('li', {},
    h('code', {}, name), h('span', { class: 'figure' }, UNITS[unit]?.(value) ?? `${number(value, 2)} ${unit}`))));
}

/** How far a policy explores, by the names of the record. @type {Record<string, (value: number) => string>} */
const EXPLORING = {
  gamma: (value) => t('detail.per', { n: number(value, 2), unit: currency() }),
  sigma: (value) => money(value),
  n_eff: (value) => number(value),
  floor: (value) => percent(value, 1),
};

/** @param {Plain} one */
function technical(one) {
  return pairs([
    [t('detail.id'), h('code', {}, one.decision)],
    [t('detail.at'), moment(one.at)],
    [t('detail.item'), one.item ? h('code', {}, one.item) : '–'],
    [t('detail.visitor'), one.visitor === undefined ? t('detail.hidden') : one.visitor ? h('a', { href: `./#visitors/${one.visitor}` }, one.visitor) : t('detail.erased')],
    [t('detail.visit'), `${one.visit_index}${one.first_ever ? ` · ${t('detail.first')}` : ''}`],
    [t('detail.session'), h('code', {}, one.session)],
    [t('visitors.group'), word('group', one.group)],
    [t('detail.snapshot'), `#${one.snapshot}`],
    [t('detail.policy'), one.policy],
    [t('detail.gamma'), Object.keys(EXPLORING).filter((k) => typeof one.exploration[k] === 'number').map((k) => `${k} ${EXPLORING[k](one.exploration[k])}`.replaceAll(' ', '\u00a0')).join(' · ')],
    [t('detail.trigger'), percent(one.trigger_p)],
  ]);
}

/** @param {[string, any][]} entries @param {string} [cls] */
export function pairs(entries, cls = '') {
  return h('ul', { class: `pairs ${cls}` }, entries.map(([name, value]) => h('li', {}, h('span', { class: 'soft' }, begun(name)), h('span', { class: 'figure' }, value))));
}
