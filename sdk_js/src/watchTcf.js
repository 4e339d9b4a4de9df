/** @import { Consent, Options, Undo } from './types.d.ts' */

/**
 * Follows an IAB TCF consent tool: all `purposes` (default 1 and 8) and the `vendor`,
 * if given, must be granted to measure; `personalise` (default the same) to
 * personalise. Waits for the tool's stub to appear.
 *
 * @param {(consent: Consent) => void} apply
 * @param {Options['tcf']} [settings]
 * @returns {Undo}
 */
export function watchTcf(apply, { purposes = [1, 8], personalise = purposes, vendor } = {}) {
  const page = /** @type {any} */ (window);
  /** @type {any} */
  let id;
  /** @type {any} */
  let timer;
  const read = (/** @type {any} */ tc) => {
    id = tc.listenerId;
    if (!/tcl|user/.test(tc.eventStatus)) return;
    const isFree = tc.gdprApplies === false;
    const isVendor = !vendor || tc.vendor.consents[vendor];
    const has = (/** @type {number[]} */ list) =>
      isFree || !!(isVendor && list.every((n) => tc.purpose.consents[n]));
    apply({ measure: has(purposes), personalise: has(personalise), explicit: !isFree });
  };
  const ask = () => {
    if (page.__tcfapi) page.__tcfapi('addEventListener', 2, read);
    else timer = setTimeout(ask, 500);
  };
  ask();
  return () => {
    clearTimeout(timer);
    page.__tcfapi?.('removeEventListener', 2, read, id);
  };
}
