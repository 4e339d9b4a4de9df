// Lift: what it was worth, and honestly how far that is from a verdict.

import { interval, meter, nameOf } from './bars.js';
import { fill, h } from './dom.js';
import { money, number, percent, points, span } from './format.js';
import { state } from './store.js';
import { table } from './table.js';
import { LEAST_TOLD, areFew, range, renderChecks, renderHorizons } from './view_lift_checks.js';
import { verdictOf } from './view_live.js';
import { begun, t } from './words.js';

/** @typedef {Record<string, any>} Plain */

const LEAST = 30;

/** @param {HTMLElement} place */
export function liftView(place) {
  const verdict = h('section', { class: 'panel panel-lead' });
  const metrics = h('section', { class: 'panel' });
  const horizons = h('section', { class: 'panel' });
  const checks = h('section', { class: 'panel' });
  const matched = h('section', { class: 'panel' });
  const values = h('section', { class: 'panel' });
  place.replaceChildren(h('h1', { class: 'page-title' }, t('lift.title')), verdict, metrics, h('div', { class: 'columns' }, horizons, checks), matched, values);
  return () => {
    const { lift, values: earned, progress } = state.evidence;
    fill(verdict, [lift, progress], () => renderVerdict(lift, progress));
    fill(metrics, lift, () => renderMetrics(lift));
    fill(horizons, [lift?.since_s, lift?.horizons], () => renderHorizons(lift?.since_s ? lift.horizons : []));
    fill(checks, lift, () => renderChecks(lift));
    fill(matched, lift?.by_action, () => renderMatched(lift?.by_action ?? []));
    fill(values, earned, () => renderValues(earned));
  };
}

/** @param {Plain | null} lift @param {number} progress */
function renderVerdict(lift, progress) {
  const verdict = verdictOf(lift);
  const said = [h('p', { class: `verdict is-${verdict}` }, t(`lift.${verdict}`))];
  if (progress < 0.99) said.push(h('p', { class: 'soft' }, t('lift.reading', { share: percent(progress) })));
  if (lift === null || lift.since_s === null) return said;
  said.push(h('div', { class: 'gauges' }, gauge(t('lift.treated'), lift.treatment), gauge(t('lift.held'), lift.holdout)));
  const left = lift.since_s + lift.horizon_s - state.levels.at_s;
  if (left > 0) said.push(h('p', {}, t('lift.first', { span: span(Math.ceil(left / 5) * 5), horizon: span(lift.horizon_s) })));
  said.push(h('p', {}, forecast(lift)));
  if (verdict === 'collecting') said.push(h('p', { class: 'soft' }, t('lift.need', { n: LEAST })));
  for (const warning of lift.warnings) said.push(h('p', { class: 'is-bad' }, t(`lift.${warning}`)));
  said.push(h('p', { class: 'soft' }, t('lift.population', {
    t: number(lift.treatment.visitors), h: number(lift.holdout.visitors), w: number(lift.waiting), horizon: span(lift.horizon_s),
  })));
  said.push(h('p', { class: lift.ratio.is_broken ? 'is-bad' : 'soft' }, t('lift.ratio', {
    observed: percent(lift.ratio.observed, 1), expected: percent(lift.ratio.expected, 1),
    state: t(lift.ratio.is_broken ? 'lift.broken' : 'lift.sound'),
  })));
  return said;
}

/** @param {string} name @param {Plain} side */
function gauge(name, side) {
  const isEnough = side.missing === 0;
  const need = side.ordering + side.missing;
  return h('div', { class: `gauge${isEnough ? ' is-full' : ''}` },
    h('span', { class: 'gauge-name' }, begun(name)),
    meter(side.ordering / Math.max(need, LEAST)),
    h('span', { class: 'figure' }, isEnough ? t('lift.ordered', { have: number(side.ordering) }) : t('lift.orders', { have: number(side.ordering), need: number(Math.max(need, LEAST)) })),
    h('span', { class: 'soft' }, isEnough ? t('lift.enough') : t('lift.missing', { n: side.missing })));
}

/** @param {Plain} lift */
function forecast(lift) {
  const { effect, visitors, days_left: left, per_day: rate } = lift.forecast;
  const said = { effect: percent(effect) };
  if (visitors === null) return t('lift.noforecast', said);
  if (left <= 0) return t('lift.decidable', { ...said, n: number(visitors) });
  return t('lift.forecast', { ...said, n: number(visitors), days: span(Math.max(left * 86400, 60)), rate: number(rate) });
}

/** @param {Plain | null} lift */
function renderMetrics(lift) {
  const title = h('h2', {}, t('lift.per', { horizon: span(lift?.horizon_s ?? 604800) }));
  const isEmpty = lift === null || lift.treatment.visitors + lift.holdout.visitors === 0;
  if (isEmpty) return [title, h('p', { class: 'empty' }, t('lift.nomatched'))];
  const isFew = areFew(lift.metrics.margin);
  const rows = ['margin', 'conversion', 'revenue'].map((name) => {
    const one = lift.metrics[name];
    const isShare = name === 'conversion';
    const say = (/** @type {number} */ x) => (isShare ? percent(x, 2) : money(x));
    const apart = (/** @type {number} */ x) => (isShare ? points(x, 2) : money(x, { sign: true }));
    const reach = Math.max(Math.abs(one.base) * 1.2, Math.abs(one.low ?? 0), Math.abs(one.high ?? 0), Math.abs(one.difference), 1e-9);
    const range = one.low === null ? t('lift.notyet') : `${apart(one.low)} … ${apart(one.high)}`;
    return h('tr', {},
      h('th', { scope: 'row' }, t(`lift.${name}`)),
      h('td', { 'data-name': t('lift.treated') }, say(one.treatment)),
      h('td', { 'data-name': t('lift.held') }, say(one.holdout)),
      h('td', { 'data-name': t('lift.difference') }, h(one.low === null ? 'span' : 'b', isFew ? { class: 'soft' } : {}, isFew ? t('lift.few') : apart(one.difference))),
      h('td', { 'data-name': t('lift.interval'), class: 'wide' }, isFew ? null : interval({ value: one.difference, low: one.low, high: one.high, reach, label: range }), h('span', { class: 'soft small' }, range)));
  });
  return [title, table([t('lift.treated'), t('lift.held'), t('lift.difference'), t('lift.interval')], rows, ''), isFew ? fewText() : null];
}

/** @param {Plain[]} actions */
function renderMatched(actions) {
  const rows = actions.map((one) => {
    const isFew = isMatchedFew(one);
    const soft = { class: one.low === null ? 'soft' : '' };
    const say = (/** @type {number | null} */ value, /** @type {(x: number) => string} */ as) => (value === null ? '–' : isFew ? t('lift.few') : as(value));
    return h('tr', {},
      h('th', { scope: 'row' }, nameOf(one.action)),
      h('td', { 'data-name': t('lift.treated') }, number(one.treatment)),
      h('td', { 'data-name': t('lift.held') }, number(one.holdout)),
      h('td', { 'data-name': t('lift.margin') }, h('span', soft, say(one.margin, (x) => money(x, { sign: true })), isFew ? null : h('span', { class: 'soft small' }, ` ${range(one)}${one.is_found ? ` ${t('lift.found')}` : ''}`))),
      h('td', { 'data-name': t('lift.conversion') }, h('span', soft, say(one.conversion, points))),
      h('td', { 'data-name': t('lift.shown') }, one.shown_share === null ? '–' : percent(one.shown_share)));
  });
  const title = [h('h2', {}, t('lift.matched')), h('p', { class: 'soft small' }, t('lift.matched_text'))];
  if (!rows.length) return [...title, h('p', { class: 'empty' }, t('lift.nomatched'))];
  return [...title, table([t('lift.treated'), t('lift.held'), t('lift.margin'), t('lift.conversion'), t('lift.shown')], rows, t('lift.action')),
    actions.some(isMatchedFew) ? fewText() : null];
}

/** @param {Plain} one an action with its two groups */
function isMatchedFew(one) { return Math.min(one.treatment, one.holdout) < LEAST_TOLD; }

function fewText() { return h('p', { class: 'soft small' }, t('lift.few_text', { n: LEAST_TOLD })); }

/** @param {Record<string, Plain>} earned */
function renderValues(earned) {
  const rows = Object.entries(earned).map(([action, one]) => {
    const share = (/** @type {string} */ name) => (action === 'none' ? '–' : percent((one.fates[name] ?? 0) / one.sent));
    const mean = one.reward.mean === null ? '–' : money(one.reward.mean, { sign: true });
    return h('tr', {},
      h('th', { scope: 'row' }, nameOf(action)),
      h('td', { 'data-name': t('lift.sent') }, number(one.sent)),
      h('td', { 'data-name': t('lift.shown') }, share('shown')),
      h('td', { 'data-name': t('lift.clicked') }, share('clicked')),
      h('td', { 'data-name': t('lift.dismissed') }, share('dismissed')),
      h('td', { 'data-name': t('lift.reward') }, h('span', {}, h('b', {}, mean), one.reward.half_width === null ? null : h('span', { class: 'soft small' }, ` ± ${number(one.reward.half_width, 2)}`))),
      h('td', { 'data-name': t('lift.closed') }, number(one.reward.n)));
  });
  const title = [h('h2', {}, t('lift.values')), h('p', { class: 'soft small' }, t('lift.values_text'))];
  if (!rows.length) return [...title, h('p', { class: 'empty' }, t('lift.novalues'))];
  return [...title, table([t('lift.sent'), t('lift.shown'), t('lift.clicked'), t('lift.dismissed'), t('lift.reward'), t('lift.closed')], rows, t('lift.action'))];
}
