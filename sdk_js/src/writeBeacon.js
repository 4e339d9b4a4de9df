/** @import { Fact } from './types.d.ts' */
import { buildBeacon } from './buildBeacon.js';
import { core } from './core.js';
import { guard } from './guard.js';
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
  if (!store || !consent) return '';
  const { visitor, session, fresh } = store.touch();
  // Back after a long silence: the new session begins with a view of this page.
  if (fresh) setTimeout(guard(viewPage));
  const beacon = buildBeacon({
    site: options.site,
    visitor,
    session,
    tab: core.tab,
    seq,
    consent,
    page: {
      url: location.origin + location.pathname,
      kind: pageKind(),
      locale: options.locale || document.documentElement.lang || navigator.language,
    },
    customer: context.customer,
    events,
    now: Date.now(),
    gpc: /** @type {any} */ (navigator).globalPrivacyControl,
    automated: navigator.webdriver,
  });
  log('beacon', beacon);
  return JSON.stringify(beacon);
}
