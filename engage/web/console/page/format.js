// Numbers as people read them. Every figure of the page goes through here.

import { lang, t } from './words.js';

const LOCALE = lang === 'de' ? 'de-DE' : 'en-GB';
let code = 'EUR';

/** @param {string} wished ISO 4217 */
export function setCurrency(wished) { code = wished; }

/** @returns {string} the site's currency, ISO 4217 */
export function currency() { return code; }

/** @param {number} value @param {number} [digits] */
export function number(value, digits = 0) {
  return signed(new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value));
}

/** @param {number} value @returns {string} with one digit behind the point if it says anything */
export function about(value) { return number(value, Math.round(value * 10) % 10 ? 1 : 0); }

/** @param {number} value units of the site's currency @param {{ sign?: boolean, digits?: number }} [how] */
export function money(value, { sign = false, digits = 2 } = {}) {
  return signed(new Intl.NumberFormat(LOCALE, {
    style: 'currency', currency: code, minimumFractionDigits: digits, maximumFractionDigits: digits,
    signDisplay: sign ? 'exceptZero' : 'auto',
  }).format(Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value));
}

/** @param {number} value a share @param {number} [digits] @param {boolean} [sign] */
export function percent(value, digits = 0, sign = false) {
  return signed(new Intl.NumberFormat(LOCALE, {
    style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
    signDisplay: sign ? 'exceptZero' : 'auto',
  }).format(value));
}

/** A difference of shares is no share. @param {number} value @param {number} [digits] */
export function points(value, digits = 1) {
  const text = new Intl.NumberFormat(LOCALE, {
    minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'exceptZero',
  }).format(value * 100);
  return t('points', { n: signed(text) });
}

/** A sign that stays with its figure (word joiner), a minus for the hyphen. @param {string} text */
function signed(text) { return text.replace(/[-+]/, (sign) => `${sign === '-' ? '\u2212' : sign}\u2060`); }

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

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** @param {string[]} days as in the settings @returns {string} in short, a run of them as such */
export function weekdays(days) {
  const places = days.map((day) => WEEK.indexOf(day)).sort();
  const isRun = places.length > 2 && places[places.length - 1] - places[0] === places.length - 1;
  // The first of January 2024 was a Monday.
  const said = (/** @type {number} */ n) => new Date(Date.UTC(2024, 0, 1 + n)).toLocaleDateString(LOCALE, { weekday: 'short', timeZone: 'UTC' });
  return isRun ? `${said(places[0])}–${said(places[places.length - 1])}` : places.map(said).join(' ');
}

/** @param {number} seconds @returns {string} a length of time in its own unit */
export function span(seconds) {
  // Of few units a part of one matters.
  const few = (/** @type {number} */ n) => (n < 10 ? about(n) : number(n));
  if (seconds < 120) return t('seconds', { n: few(seconds) });
  if (seconds < 7200) return t('minutes', { n: few(seconds / 60) });
  if (seconds < 172800) return t('hours', { n: few(seconds / 3600) });
  return t('days', { n: few(seconds / 86400) });
}
