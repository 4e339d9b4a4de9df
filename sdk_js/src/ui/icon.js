import { element } from './element.js';

const PATHS = /** @type {Record<string, string>} */ ({
  chat: 'M4 5h16v11H10l-5 4v-4H4zM8 10h8',
  discount: 'M4 4h8l8 8-8 8-8-8zM8 8v0',
  alternative: 'M4 8h16l-4-4M20 16H4l4 4',
  close: 'M7 7l10 10M17 7 7 17',
});

/**
 * The drawing for a kind of card, or the cross; decoration, hidden from screen readers.
 *
 * @param {string} name
 */
export function icon(name) {
  const path = element('path', { d: PATHS[name] || 'M9 9a3 3 0 1 1 3 4v2M12 19v0' });
  return element('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, path);
}
