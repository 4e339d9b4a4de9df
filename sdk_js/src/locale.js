import { core } from './core.js';

/** The language of this page, as the shop or the page says; else the browser's. */
export function locale() {
  return core.options.locale || document.documentElement.lang || navigator.language;
}
