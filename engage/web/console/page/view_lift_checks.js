// What stands behind a lift: its course over horizons, and the checks that carry it.

import { h } from './dom.js';
import { money, percent, span } from './format.js';
import { table } from './table.js';
import { t } from './words.js';

/** @typedef {Record<string, any>} Plain */

/** Visitors in each group below which a difference is whatever one of them bought. */
export const LEAST_TOLD = 20;

/** @param {Plain} one a difference */
export function areFew(one) { return one.fewest < LEAST_TOLD; }

/** @param {Plain | null} one a difference; a dash while nobody stands behind it */
function gap(one) {
  if (!one?.n) return '–';
  return areFew(one) ? t('lift.few') : money(one.difference, { sign: true });
}

/** @param {Plain} one anything with low and high */
export function range(one) {
  return one.low === null ? t('lift.notyet') : `${money(one.low, { sign: true })} … ${money(one.high, { sign: true })}`;
}

/** @param {Plain[]} horizons */
export function renderHorizons(horizons) {
  const rows = horizons.map(({ horizon_s: seconds, margin, change }) => h('tr', {},
    h('th', { scope: 'row' }, span(seconds)),
    h('td', { 'data-name': t('lift.margin') }, h('span', { class: margin.low === null ? 'soft' : '' }, gap(margin), margin.n && areFew(margin) ? null : h('span', { class: 'soft small' }, ` ${range(margin)}`))),
    h('td', { 'data-name': t('lift.since') }, gap(change))));
  const title = [h('h2', {}, t('lift.horizons')), h('p', { class: 'soft small' }, t('lift.horizons_text'))];
  if (!rows.length) return [...title, h('p', { class: 'empty' }, t('lift.nomatched'))];
  return [...title, table([t('lift.margin'), t('lift.since')], rows, t('lift.horizon'))];
}

/** @param {Plain | null} lift */
export function renderChecks(lift) {
  const title = [h('h2', {}, t('lift.checks')), h('p', { class: 'soft small' }, t('lift.checks_text'))];
  if (lift === null || lift.since_s === null) return [...title, h('p', { class: 'empty' }, t('lift.nomatched'))];
  const margin = lift.metrics.margin;
  const said = [
    t('lift.own', { difference: gap(lift.own_none), range: range(lift.own_none) }),
    t('lift.aa', { difference: gap(lift.aa), range: range(lift.aa) }),
    t('lift.explained', { share: percent(Math.max(margin.explained, 0)) }),
  ];
  if (lift.early !== null) {
    said.push(t('lift.early', { range: range(lift.early), low: money(lift.early.clipped_low), high: money(lift.early.clipped_high) }));
  }
  return [...title, ...said.map((line) => h('p', {}, line))];
}
