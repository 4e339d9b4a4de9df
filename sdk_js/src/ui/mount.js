/** @import { Options } from '../types.d.ts' */
import css from './card.css';
import { element } from './element.js';

/**
 * An `engage-root` at the end of the page, with our styles and nothing else. Styles
 * are adopted, which the strictest Content-Security-Policy allows; a browser that
 * cannot gets no card.
 *
 * @param {Options} options
 * @param {string} locale
 */
export function mount({ theme }, locale) {
  const isDark = matchMedia('(prefers-color-scheme:dark)').matches;
  const host = element('engage-root', {
    lang: locale,
    dir: /^(ar|fa|he|ur)/.test(locale) ? 'rtl' : 'ltr',
    'data-theme': theme || (isDark && 'dark'),
  });
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  document.body.append(host);
  return { host, root };
}
