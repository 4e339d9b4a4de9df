import { core } from './core.js';
import { keyOf } from './keyOf.js';

/**
 * Keep a text for the next page of this tab, '' to remove what is kept, or, without
 * one, take it out again. Used with consent only. That there ever was one is noted
 * beside the ids: opening the tab's storage costs each page more than reading the note.
 *
 * @param {string} [text]
 * @returns {string | null | void} what was kept
 */
export function stash(text) {
  const { store } = core;
  if (text == null && !store?.touch().left) return;
  try {
    const kept = sessionStorage.getItem(keyOf());
    if (text) {
      sessionStorage.setItem(keyOf(), text);
      store?.touch({ left: true });
    } else sessionStorage.removeItem(keyOf());
    return kept;
  } catch {
    // Full or forbidden: what is unsent is lost with the page.
  }
}
