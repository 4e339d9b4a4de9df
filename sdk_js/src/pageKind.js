import { core } from './core.js';
import { markOf } from './page/markOf.js';

const KINDS = /^(home|list|search|product|cart|checkout|payment|thanks|content)$/;

/**
 * Kind of the page now: as the shop says by `setContext` or `data-engage-page`, as
 * its events tell, or a guess of what the page says to search engines.
 *
 * @returns {string} `other` also for words that the contract does not know
 */
export function pageKind() {
  /** @type {any} */
  const kind = core.context.page || markOf('page') || core.guess || core.kindOf?.();
  return KINDS.test(kind) ? kind : 'other';
}
