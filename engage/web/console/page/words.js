// Every word of the console, in two languages.

import { de } from './words.de.js';
import { en } from './words.en.js';

const LANGUAGES = { de, en };
const KEPT = 'engage-console-language';

/** The language: chosen before, else the browser's, else English. */
export const lang = pick();

/** @returns {'de' | 'en'} */
function pick() {
  const wished = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  return wished === 'de' ? 'de' : 'en';
}

/** @param {'de' | 'en'} language */
export function choose(language) {
  localStorage.setItem(KEPT, language);
  location.reload();
}

/**
 * Returns a text with `{name}` filled in; where `n` is one, the text of its own for one.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const texts = /** @type {Record<string, string>} */ (LANGUAGES[lang]);
  const text = (String(values.n) === '1' && texts[`${key}.1`]) || texts[key];
  if (text === undefined) throw new Error(`no text for ${key} in ${lang}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Begins a label: a capital letter, but not for a lone symbol. @param {any} text */
export function begun(text) {
  return typeof text === 'string' && text.length > 1 ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/**
 * Returns the word for a name of the contract (a moment, a reason), else the name itself.
 * @param {string} family @param {string} name
 */
export function word(family, name) {
  return known(family, name) ?? name.replaceAll(/[_-]/g, ' ');
}

/**
 * Returns our word for a name, or nothing: what people wrote stays as they wrote it.
 * @param {string} family @param {string} name @returns {string | undefined}
 */
export function known(family, name) {
  return /** @type {Record<string, string>} */ (LANGUAGES[lang])[`${family}.${name}`];
}
