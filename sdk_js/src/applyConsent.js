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
  const { measure, personalise, explicit = true } =
    typeof choice === 'object' ? choice : { measure: choice, personalise: choice };
  core.consent = { measure: !!measure, personalise: !!(measure && personalise), explicit };
  log('consent', core.consent);
  if (measure) {
    start();
  } else {
    stop();
    openStore().forget();
  }
  if (!personalise) core.card?.close();
}
