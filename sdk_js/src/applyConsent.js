/** @import { Consent } from './types.d.ts' */
import { core } from './core.js';
import { log } from './log.js';
import { openStore } from './openStore.js';
import { start } from './start.js';
import { stop } from './stop.js';

/**
 * Take the visitor's choice: begin, go on, or withdraw, which also removes what an
 * earlier visit left.
 *
 * @param {boolean | Partial<Consent>} choice
 */
export function applyConsent(choice) {
  // Nothing but `true` is a yes: some tools say 'denied'.
  const { measure = choice, personalise = choice, explicit = true } = Object(choice);
  const consent = { measure: measure === true, personalise: personalise === true && measure === true, explicit };
  core.consent = consent;
  log('consent', consent);
  if (consent.measure) {
    start();
  } else {
    stop();
    openStore().forget();
  }
  if (!consent.personalise) core.card?.close();
}
