// Small drawings: shares, scores, intervals. SVG where a scale is drawn, boxes where not.

import { h } from './dom.js';
import { number, percent } from './format.js';
import { begun, t } from './words.js';

/** @param {Record<string, string>} kinds @param {string} action */
export function kindOf(kinds, action) { return action === 'none' ? 'none' : kinds[action] ?? 'unknown'; }

/** @param {string} action */
export function nameOf(action) { return action === 'none' ? t('none') : action; }

/**
 * A distribution as one bar; the drawn action is solid and marked, the others are pale.
 * @param {Record<string, number>} distribution @param {Record<string, string>} kinds
 * @param {string} drawn @param {boolean} isGhost
 */
export function odds(distribution, kinds, drawn, isGhost) {
  const parts = Object.entries(distribution);
  const text = parts.map(([action, p]) => `${nameOf(action)} ${percent(p)}`).join(', ');
  return h('div', { class: `odds${isGhost ? ' is-ghost' : ''}`, role: 'img', 'aria-label': text, title: text },
    parts.map(([action, p]) => h('span', {
      class: `odds-part kind-${kindOf(kinds, action)}${action === drawn ? ' is-drawn' : ''}`,
      style: { 'flex-grow': String(Math.max(p, 0.004)) },
    })));
}

/** Three scores as small bars. @param {Record<string, number | null>} scores */
export function scoreBars(scores) {
  return h('dl', { class: 'scores' }, ['hesitation', 'dwell', 'intent'].map((name) => {
    const value = scores[name];
    const said = value === null || value === undefined ? '–' : number(value, 2);
    return h('div', { class: 'score', title: `${t(`score.${name}`)} ${value === null ? t('score.unknown') : said}` },
      h('dt', {}, begun(t(`score.${name}`))),
      h('dd', {}, meter(value ?? 0, `score-${name}`), h('span', { class: 'score-number' }, said)));
  }));
}

/** A share of a whole. @param {number} share @param {string} [cls] */
export function meter(share, cls = '') {
  return h('span', { class: `meter ${cls}`, 'aria-hidden': 'true' },
    h('span', { class: 'meter-fill', style: { width: `${Math.min(Math.max(share, 0), 1) * 100}%` } }));
}

/**
 * An estimate with its interval on a scale around zero.
 * @param {{ value: number, low: number | null, high: number | null, reach: number, label: string }} what
 */
export function interval({ value, low, high, reach, label }) {
  const at = (/** @type {number} */ x) => 100 + (Math.min(Math.max(x / reach, -1), 1) * 94);
  const side = low !== null && low > 0 ? 'is-good' : high !== null && high < 0 ? 'is-bad' : 'is-open';
  return h('svg', { class: `interval ${side}`, viewBox: '0 0 200 22', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    h('line', { x1: 0, x2: 200, y1: 11, y2: 11, class: 'interval-axis' }),
    h('line', { x1: 100, x2: 100, y1: 1, y2: 21, class: 'interval-zero' }),
    low === null ? null : h('rect', { x: at(low), width: Math.max(at(/** @type {number} */ (high)) - at(low), 1), y: 7, height: 8, class: 'interval-range' }),
    h('rect', { x: at(value) - 1.2, width: 2.4, y: 3, height: 16, class: 'interval-value' }));
}

/**
 * Counts by name as bars, the largest first.
 * @param {Record<string, number>} counts @param {(label: string) => string} name
 * @param {(n: number) => string} say
 */
export function tally(counts, name, say) {
  const parts = Object.entries(counts).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
  const most = parts[0]?.[1] ?? 1;
  return h('ul', { class: 'tally' }, parts.map(([label, n]) => h('li', {},
    h('span', { class: 'tally-name' }, begun(name(label))),
    meter(n / most), h('span', { class: 'tally-number' }, say(n)))));
}
