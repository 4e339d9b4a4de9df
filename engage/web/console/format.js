// Numbers as people read them. Every figure of the page goes through here.

import { lang, t } from './words.js';

const LOCALE = lang === 'de' ? 'de-DE' : 'en-GB';
let currency = 'EUR';

/** @param {string} code ISO 4217 */
export function setCurrency(code) { currency = code; }

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** @param {number} value units of the site's currency @param {{ sign?: boolean, digits?: number }} [how] */
export function money(value, { sign = false, digits = 2 } = {}) {
  return signed(new Intl.NumberFormat(LOCALE, {
    style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    signDisplay: sign ? 'exceptZero' : 'auto',
  }).format(Math.abs(value) < 0.005 ? 0 : value));
}

/** @param {number} value a share @param {number} [digits] @param {boolean} [sign] */
export function percent(value, digits = 0, sign = false) {
  return signed(new Intl.NumberFormat(LOCALE, {
    style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
    signDisplay: sign ? 'exceptZero' : 'auto',
  }).format(value));
}

/** A minus sign that stays with its figure (word joiner), for the hyphen. @param {string} text */
function signed(text) { return text.replace('-', '\u2212\u2060'); }

/** @param {string | number} at RFC 3339 or epoch seconds @returns {string} time of day */
export function clock(at) {
  const date = new Date(typeof at === 'number' ? at * 1000 : at);
  return date.toLocaleTimeString(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}

/** @param {string | number} at @returns {string} day and time */
export function moment(at) {
  const date = new Date(typeof at === 'number' ? at * 1000 : at);
  return date.toLocaleString(LOCALE, { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

/** @param {number} seconds @returns {string} a length of time in its own unit */
export function span(seconds) {
  if (seconds < 120) return t('seconds', { n: number(seconds, seconds < 10 && seconds % 1 ? 1 : 0) });
  if (seconds < 7200) return t('minutes', { n: number(seconds / 60) });
  if (seconds < 172800) return t('hours', { n: number(seconds / 3600) });
  return t('days', { n: number(seconds / 86400) });
}
