import { element } from './element.js';

/**
 * An address that may be followed (http or https), or ''.
 *
 * @param {string | null | undefined} address absolute or relative to the page
 */
export function safeUrl(address) {
  const { href } = /** @type {HTMLAnchorElement} */ (element('a', { href: address }));
  return /^http/.test(href) ? href : '';
}
