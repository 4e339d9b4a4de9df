import { core } from './core.js';

const KINDS = /^(home|list|search|product|cart|checkout|payment|thanks|content)$/;

/**
 * Kind of the page now: as the shop says by `setContext` or `data-engage-page`, as
 * its events tell, or a guess of what the page says to search engines.
 *
 * @returns {string} `other` also for words that the contract does not know
 */
export function pageKind() {
  /** @type {HTMLElement | null} */
  const marked = document.querySelector('[data-engage-page]');
  const kind =
    core.context.page ||
    marked?.dataset.engagePage ||
    core.guess ||
    core.kindOf?.() ||
    '';
  return KINDS.test(kind) ? kind : 'other';
}
