/** @import { Core } from '../types.d.ts' */
import { misspelt } from './misspelt.js';
import { reasonOf } from './reasonOf.js';
import { statusOf } from './statusOf.js';
import { waitingFor } from './waitingFor.js';

const KNOWN =
  /^(page_view|view_(item|item_list|cart|search_results)|select_item|add_to_(cart|wishlist)|remove_from_cart|begin_checkout|add_(shipping|payment)_info|purchase|ping|idle|scroll_turn|hover_cta|cursor_reversal|(rage|dead|error)_click|variant_toggle|tab_(hidden|visible)|copy_name|coupon_(focus|failed)|field_(refocus|error)|checkout_back|quick_back|exit_intent|ask|forget|action_\w+|chat_(started|rated))$/;

/**
 * By subject: one sentence on what happened and why, and the values to look at.
 *
 * @type {Record<string, (core: Core, ...rest: any[]) => unknown[]>}
 */
const SENTENCES = {
  ready(core) {
    const wait = waitingFor(core);
    return [(wait ? `at rest: ${wait}` : 'set up, and the visitor has chosen') + misspelt(core.options), { ...core.options }];
  },
  consent: (core, consent) => [
    consent.measure
      ? `consent to measure${consent.personalise ? ' and personalise' : ' only: nothing will be shown'}`
      : 'no consent: nothing is observed, stored or sent',
    consent,
  ],
  event: (core, event) => [
    `saw ${event.name}${KNOWN.test(event.name) ? '' : ', which the contract does not know: the service ignores it'}` +
      (core.store ? '' : '; kept in memory until there is consent'),
    event,
  ],
  dropped: (core, name) => [
    `ignored ${name}: ${core.consent?.measure === false ? 'the visitor refused' : 'it belongs to no decision of this page'}`,
  ],
  beacon: (core, beacon) => [
    `sends beacon ${beacon.seq} of a ${beacon.page.kind} page: ${beacon.events.map((/** @type {any} */ e) => e.name).join(', ')}`,
    beacon,
  ],
  status: (core, status, detail) => [statusOf(status), ...(detail ? [detail] : [])],
  answer: (core, decision, revoked) => [
    decision ? `was told to show ${decision.action} (${decision.kind}) at moment ${decision.moment}` : 'was told what to close',
    decision || revoked,
  ],
  'not shown': (core, reason) => [`nothing shown: ${reasonOf(reason)}`],
  error: (core, error) => ['an error of ours, the page goes on', error],
};

/**
 * Say one thing in the console.
 *
 * @param {Core} core
 * @param {string} subject
 * @param {...any} rest
 */
export function explain(core, subject, ...rest) {
  const sentence = SENTENCES[subject];
  console.info('engage', ...(sentence ? sentence(core, ...rest) : [subject, ...rest]));
}
