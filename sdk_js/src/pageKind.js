import { core } from './core.js';

const KINDS = /^(home|list|search|product|cart|checkout|payment|thanks|content)$/;

/**
 * Kind of the page now: as the shop says by `setContext` or `data-engage-page`, as
 * its events tell, or a guess of what the page says to search engines.
 *
 * @returns {string} `other` also for words that the contract does not know
 */
export function pageKind() {
  const marked = document.querySelector('[data-engage-page]');
  /** @type {any} */
  const kind =
    core.context.page || marked?.getAttribute('data-engage-page') || core.guess || core.kindOf?.();
  return KINDS.test(kind) ? kind : 'other';
}
