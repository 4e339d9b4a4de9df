/** @import { Consent, Options, Undo } from './types.d.ts' */
import { core } from './core.js';

/**
 * Follows an IAB TCF consent tool: all `purposes` (default 1 and 8) and the `vendor`,
 * if given, must be granted to measure; `personalise` (default the same) to
 * personalise. Waits for the tool's stub to appear. Asks for version 2 (2.0 to 2.3 and
 * what follows them); a tool that knows it no longer is asked for its latest. Of an
 * answer in a shape that we do not know nothing counts as granted.
 *
 * @param {(consent: Consent) => void} apply
 * @param {Options['tcf']} [settings]
 * @returns {Undo}
 */
export function watchTcf(apply, { purposes = [1, 8], personalise = purposes, vendor } = {}) {
  const page = /** @type {any} */ (window);
  /** @type {2 | null} */
  let version = 2;
  /** @type {any} */
  let id;
  /** @type {any} */
  let timer;
  const call = (/** @type {string} */ command) => page.__tcfapi?.(command, version, read, id);
  const read = (/** @type {any} */ tc, /** @type {boolean} */ isKnown) => {
    if (!isKnown) {
      if (version && !id) {
        version = null;
        call('addEventListener');
      }
      return;
    }
    // Removing ourselves is answered, too, with a mere `true`.
    const { listenerId, eventStatus: status = '' } = tc;
    id = listenerId ?? id;
    // Its banner is open: a card must not be in the way.
    core.asking = /shown/.test(status);
    if (core.asking) core.card?.close();
    if (!/tcl|user/.test(status)) return;
    const isFree = tc.gdprApplies === false;
    const isVendor = tc.vendor?.consents?.[/** @type {number} */ (vendor)] || !vendor;
    const has = (/** @type {number[]} */ list) =>
      isFree || (isVendor && list.every((n) => tc.purpose?.consents?.[n]));
    apply({ measure: has(purposes), personalise: has(personalise), explicit: !isFree });
  };
  const ask = () => {
    if (page.__tcfapi) call('addEventListener');
    else timer = setTimeout(ask, 500);
  };
  ask();
  return () => {
    clearTimeout(timer);
    call('removeEventListener');
  };
}
