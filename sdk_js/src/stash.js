import { keyOf } from './keyOf.js';

/**
 * Keep a text for the next page of this tab, or, without one, take it out again.
 * Used with consent only. '' removes what is kept.
 *
 * @param {string} [text]
 * @returns {string | null | void} what was kept
 */
export function stash(text) {
  try {
    const kept = sessionStorage.getItem(keyOf());
    if (text) sessionStorage.setItem(keyOf(), text);
    else sessionStorage.removeItem(keyOf());
    return kept;
  } catch {
    // Full or forbidden: what is unsent is lost with the page.
    return '';
  }
}
