import { core } from './core.js';
import { guessPageKind } from './guessPageKind.js';

/**
 * Kind of the page now: as the shop says by `setContext` or `data-engage-page`, as
 * its events tell, or a guess.
 *
 * @returns {string}
 */
export function pageKind() {
  return (
    core.context.page ||
    document.querySelector('[data-engage-page]')?.getAttribute('data-engage-page') ||
    core.guess ||
    guessPageKind(document, location.pathname)
  );
}
