/** @import { Consent, Fact } from './types.d.ts' */
import { addressNow } from './addressNow.js';
import { buildBeacon } from './buildBeacon.js';
import { cleanCustomer } from './cleanCustomer.js';
import { core } from './core.js';
import { guard } from './guard.js';
import { locale } from './locale.js';
import { log } from './log.js';
import { pageKind } from './pageKind.js';
import { viewPage } from './viewPage.js';

/**
 * The bytes of one beacon from what is known now; '' without consent. The page's
 * address goes without query and fragment.
 *
 * @param {(Fact & {at: number})[]} events
 * @param {number} seq
 */
export function writeBeacon(events, seq) {
  const { store, consent, context, options } = core;
  if (!store) return '';
  const { visitor, session, fresh } = store.touch();
  // Back after a long silence: the new session begins with a view of this page.
  if (fresh) setTimeout(guard(viewPage));
  // The last words of a view are said when the address is already the next one's.
  if (addressNow() === core.url || !core.page) {
    core.page = {
      url: (origin + location.pathname).slice(0, 2048),
      kind: pageKind(),
      locale: locale().slice(0, 35),
    };
  }
  const beacon = buildBeacon({
    site: options.site,
    visitor,
    session,
    tab: core.tab,
    seq,
    consent: /** @type {Consent} */ (consent),
    page: core.page,
    customer: context.customer && cleanCustomer(context.customer),
    events,
    now: Date.now(),
    gpc: /** @type {any} */ (navigator).globalPrivacyControl,
    // Left out of the JSON unless a robot says that it is one.
    automated: navigator.webdriver || undefined,
  });
  log('beacon', beacon);
  return JSON.stringify(beacon);
}
