/** @import { Kept, Store } from './types.d.ts' */

/**
 * Visitor and session ids under one key; a session ends after 30 min of silence.
 * Read again on every use, so that tabs share a session; that it goes on is noted once
 * a second at most, as writing costs a start more than all reading. Where storage is
 * blocked, the ids live as long as the page.
 *
 * @param {string} key
 * @param {() => Storage} storage
 * @param {() => number} now
 * @param {(prefix: string) => string} id
 * @returns {Store}
 */
export function createStore(key, storage, now, id) {
  /** @type {Kept | undefined} */
  let kept;
  return {
    touch(changes) {
      try {
        // Nothing there is no error: a thrown one costs a fifth of the start.
        kept = JSON.parse(/** @type {string} */ (storage().getItem(key))) || kept;
      } catch {
        // Not ours, or forbidden: go on with what we remember.
      }
      const at = now();
      const silent = at - /** @type {any} */ (kept?.at);
      const fresh = !(silent < 1800000);
      const visitor = kept?.visitor || id('v_');
      const begun = fresh && { session: id('s_'), trail: undefined };
      /** @type {any} */
      const next = { ...kept, visitor, ...begun, ...changes };
      // Below -1000: the clock was set back.
      if (changes || !(Math.abs(silent) < 1000)) {
        kept = { ...next, at };
        try {
          storage().setItem(key, JSON.stringify(kept));
        } catch {
          // Full or forbidden: memory serves this page.
        }
      }
      return { ...next, fresh };
    },
    forget() {
      try {
        storage().removeItem(key);
      } catch {
        // Forbidden: nothing was stored.
      }
    },
  };
}
