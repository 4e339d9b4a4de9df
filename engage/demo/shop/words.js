// Every word of the shop's own, in two languages.

import { lang } from './dom.js';
import { de } from './words.de.js';
import { en } from './words.en.js';

/** @type {Record<string, string>} */
const words = lang === 'en' ? en : de;

/**
 * Returns a text with `{name}` filled in.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = words[key];
  if (text === undefined) throw new Error(`no text for ${key} in ${lang}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}
