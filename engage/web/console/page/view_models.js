// Models: what decides now, how good it is, where it came from.

import { nameOf, tally } from './bars.js';
import { pairs } from './detail.js';
import { fill, h } from './dom.js';
import { money, number, percent, points, span } from './format.js';
import { renderLineage } from './lineage.js';
import { isAway, isSilent, missed, silent, state } from './store.js';
import { table } from './table.js';
import { renderTrial } from './trial.js';
import { begun, t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

// With fewer, a figure says more of who came than of the score.
const LEAST_LABELS = 200;
// Margin at stake for which the noise of a reward is told, in the site's currency.
const STAKE = 30;

/** @param {HTMLElement} place */
export function modelsView(place) {
  const now = h('section', { class: 'panel' });
  const scorers = h('section', { class: 'panel' });
  const audit = h('section', { class: 'panel' });
  const lineage = h('section', { class: 'panel' });
  const trial = h('section', { class: 'panel' });
  let drawn = '';
  place.replaceChildren(h('h1', { class: 'page-title' }, t('models.title')),
    trial, h('div', { class: 'columns' }, h('div', { class: 'stack' }, now, scorers, audit), lineage));
  const update = () => {
    const { models } = state.levels;
    fill(now, [models.snapshot, Math.round(models.age_s ?? -1), models.learned, models.offset, models.lag_s, models.rejected], () => renderNow(models));
    fill(trial, [state.trial, models.pin.number], () => renderTrial(state.trial, models.pin.number !== null));
    fill(scorers, [models.scorers, models.coverage_error], () => renderScorers(models));
    fill(audit, state.evidence.values, () => renderAudit(state.evidence.values));
    // Who aims at a snapshot does not want the next one under the pointer.
    const pin = JSON.stringify([models.pin, models.pin.number === null || models.snapshot]);
    if (pin !== drawn || !isAimedAt(lineage)) fill(lineage, [state.lineage, models.snapshot, pin], () => renderLineage(state.lineage, models));
    drawn = pin;
  };
  lineage.addEventListener('mouseleave', update);
  return update;
}

/** A finger hovers over nothing, whatever was tapped last. @param {HTMLElement} place */
function isAimedAt(place) {
  return (matchMedia('(hover: hover)').matches && place.matches(':hover')) || place.querySelector(':focus-visible') !== null;
}

/** @param {Plain} models */
function renderNow(models) {
  const rejected = Object.entries(models.rejected);
  return [
    h('h2', {}, t('models.now')),
    h('p', { class: 'big' }, `#${models.snapshot}`, ' ', h('span', { class: 'soft' }, models.age_s === null ? t('models.fresh') : t('kpi.age', { age: span(Math.round(models.age_s)) }))),
    pairs([
      [t('models.learned'), number(models.learned)],
      [t('models.weighing'), number(Math.max(models.n_eff - models.prior_n, 0))],
      [t('models.prior'), number(models.prior_n)],
      [t('models.sigma', { stake: money(STAKE, { digits: 0 }) }), money(models.sigma)],
      [t('models.threshold'), number(models.threshold, 3)],
      [t('models.offset'), number(models.offset)],
      [t('models.lag'), models.lag_s === null ? '–' : span(models.lag_s)],
      [t('models.rejected'), rejected.length ? rejected.map(([reason, n]) => `${word('rejected', reason)} ${number(Number(n))}`).join(' · ') : t('models.never')],
      [t('models.quarantined'), models.quarantined ? number(models.quarantined) : t('models.never')],
    ]),
  ];
}

/** @param {Plain} models */
function renderScorers(models) {
  const { labels, log_loss: loss, auc, ece } = models.scorers;
  // How long somebody stays is no yes or no: it has its own figures, by quantile.
  const names = Object.keys(labels).filter((name) => name !== 'dwell');
  const title = [h('h2', {}, t('models.scorers')), h('p', { class: 'soft small' }, t('models.scorers_text'))];
  const coverage = Object.entries(models.coverage_error);
  const isFew = (/** @type {string} */ name) => labels[name] < LEAST_LABELS;
  const dwell = coverage.length ? [h('h3', {}, t('models.coverage')), pairs([[t('models.labels'), number(labels.dwell)],
    ...coverage.map(([quantile, error]) => /** @type {[string, any]} */ ([percent(Number(quantile)), isFew('dwell') ? '–' : points(Number(error))]))])] : [];
  if (!names.length && !dwell.length) return [...title, h('p', { class: 'empty' }, t('models.noquality'))];
  // The area is null (not a number) while one kind of label is still too rare to rank.
  const cell = (/** @type {Plain} */ values, /** @type {string} */ name) => (isFew(name) || typeof values[name] !== 'number' ? '–' : number(values[name], 3));
  const rows = names.map((name) => h('tr', {}, h('th', { scope: 'row' }, begun(word('score', name))),
    h('td', { 'data-name': t('models.labels') }, number(labels[name])),
    h('td', { 'data-name': t('models.log_loss') }, cell(loss, name)), h('td', { 'data-name': t('models.auc') }, cell(auc, name)),
    h('td', { 'data-name': t('models.ece') }, cell({ [name]: typeof ece[name] === 'number' ? Math.max(0, ece[name]) : null }, name))));
  const why = [
    names.some(isFew) || (coverage.length && isFew('dwell')) ? t('models.few_labels', { n: number(LEAST_LABELS) }) : '',
    names.some((name) => !isFew(name) && typeof auc[name] !== 'number') ? t('models.few_kinds') : '',
  ].filter(Boolean).join(' ');
  return [...title, names.length ? table([t('models.labels'), t('models.log_loss'), t('models.auc'), t('models.ece')], rows, t('models.scorer')) : null,
    why ? h('p', { class: 'soft small' }, why) : null, ...dwell].filter(Boolean);
}

/** @param {Record<string, Plain>} values */
function renderAudit(values) {
  const rows = Object.entries(values).filter(([, one]) => one.correction.n > 0).map(([action, one]) => h('tr', {},
    h('th', { scope: 'row' }, nameOf(action)),
    h('td', { 'data-name': t('models.correction') }, h('span', {}, h('b', {}, money(one.correction.mean, { sign: true })), one.correction.half_width === null ? null : h('span', { class: 'soft small' }, ` ± ${number(one.correction.half_width, 2)}`))),
    h('td', { 'data-name': t('models.settled') }, number(one.correction.n))));
  return [h('h2', {}, t('models.corrections')), h('p', { class: 'soft small' }, t('models.corrections_text')),
    rows.length ? table([t('models.correction'), t('models.settled')], rows, t('lift.action')) : h('p', { class: 'empty' }, t('models.nocorrections'))];
}

/** Health: what was dropped and why, and everything else that is counted. @param {HTMLElement} place */
export function healthView(place) {
  const names = ['beacons', 'refusals', 'moments', 'outcomes', 'orders', 'answers'];
  const ready = h('p', { class: 'status-line', role: 'status' });
  const dropped = h('section', { class: 'panel' });
  const workers = h('section', { class: 'panel' });
  const panels = names.map((name) => /** @type {[string, any]} */ ([name, h('section', { class: 'panel' })]));
  const sdk = h('section', { class: 'panel' }, h('h2', {}, t('health.sdk', { version: state.version })),
    h('p', { class: 'soft small' }, t('health.sdk_text', { path: `/sdk/${state.version}/engage.js` })), h('code', { class: 'is-id' }, state.integrity));
  place.replaceChildren(h('h1', { class: 'page-title' }, t('health.title')), ready, workers, dropped, h('div', { class: 'tiles' }, panels.map(([, node]) => node)), sdk);
  return () => {
    const { counts, pulse, is_degraded: isDegraded, has_workers: hasWorkers, workers: heard } = state.levels;
    // A learner that is ready, and nobody who answers browsers, is no service.
    const isReady = pulse.ready && !(hasWorkers && !isDegraded && !heard.length);
    fill(ready, [isAway, isReady, isDegraded, heard.length, missed], () => renderReady(isReady, isDegraded));
    workers.hidden = !heard.length;
    fill(workers, [heard, isDegraded], () => renderWorkers(heard));
    fill(dropped, counts.dropped, () => [h('h2', {}, t('health.dropped')), h('p', { class: 'soft small' }, t('health.dropped_text')),
      Object.keys(counts.dropped).length ? tally(counts.dropped, (one) => word('dropped', one), number) : h('p', { class: 'empty' }, t('health.nodrops'))]);
    for (const [name, node] of panels) {
      fill(node, counts[name], () => [h('h2', {}, t(`health.${name}`)),
        Object.keys(counts[name]).length ? tally(counts[name], (one) => say(name, one), number) : h('p', { class: 'empty' }, t('health.empty'))]);
    }
  };
}

/** @param {boolean} isReady @param {boolean} isDegraded */
function renderReady(isReady, isDegraded) {
  const said = isAway ? 'health.away' : isReady ? isDegraded ? 'health.without' : 'health.ready' : 'health.not_ready';
  return [
    h('span', { class: `lamp${isReady && !isDegraded && !isAway ? ' is-on' : ' is-bad'}`, 'aria-hidden': 'true' }), t(said),
    h('span', { class: 'soft' }, ` · ${t(state.levels.workers.length ? 'health.since_all' : 'health.since')}${state.sites.length > 1 ? ` ${t('health.all_shops')}` : ''}`),
    missed ? h('span', { class: 'is-bad' }, ` ${t('health.missed', { n: number(missed) })}`) : null,
  ];
}

/** @param {Plain[]} workers */
function renderWorkers(workers) {
  const missing = silent();
  const rows = workers.map((one) => h('tr', {},
    h('th', { scope: 'row' }, h('span', { class: `lamp${missing.includes(one) ? ' is-bad' : isSilent(one) ? '' : ' is-on'}`, 'aria-hidden': 'true' }), `${one.index} `, h('span', { class: 'soft small' }, one.name)),
    h('td', { 'data-name': t('health.heard') }, isSilent(one) ? t('health.ago', { age: span(Math.round(one.silent_s)) }) : t('health.now')),
    h('td', { 'data-name': t('kpi.snapshot') }, `#${one.snapshot}`),
    h('td', { 'data-name': t('health.unshipped') }, number(one.unshipped))));
  return [h('h2', {}, t('health.workers')), table([t('health.heard'), t('kpi.snapshot'), t('health.unshipped')], rows, t('health.worker'))];
}

/** Returns a counter's label in words. @param {string} counter @param {string} label */
function say(counter, label) {
  if (counter === 'refusals') return word('refusal', label);
  if (counter === 'moments') return word('moment', label);
  if (counter !== 'outcomes') return word(counter, label);
  const [kind, name] = label.split(' ');
  // A chat that was started need not be called a chat twice.
  return name?.startsWith(kind) ? word('outcome', name) : `${word('kind', kind)} ${word('outcome', name ?? '')}`;
}
