/** @import { Consent, Undo } from './types.d.ts' */
import { core } from './core.js';
import { tapDataLayer } from './tapDataLayer.js';

/**
 * Follows Google Consent Mode: `analytics_storage` allows to measure,
 * `personalization_storage` to personalise. An `update` is the visitor's own choice of
 * the types that it names, also where a default comes after it (a second container's);
 * tools that tell of one service at a time have chosen once they name the first.
 * Of several defaults the strictest holds, as nobody here knows the visitor's region.
 * A default that denies is no refusal: what the visitor chose on an earlier page is
 * brought by the tool, later. What was said before us is taken together.
 *
 * @param {(consent: Consent) => void} apply
 * @returns {Undo}
 */
export function watchGcm(apply) {
  /** @type {Record<string, string>} */
  const state = {};
  /** What was chosen, else as the defaults say. @type {typeof state} */
  const now = Object.create(state);
  /** @type {Consent | undefined} */
  let choice;
  /** @type {Undo | undefined} */
  let tell;
  const undo = tapDataLayer(({ 0: command, 1: action, 2: types }) => {
    if (command !== 'consent') return;
    for (const type in types) {
      if (action === 'update') now[type] = types[type];
      else if (types[type] === 'denied' || !(state[type] || types.region)) state[type] = types[type];
    }
    choice = {
      measure: now.analytics_storage === 'granted',
      personalise: now.personalization_storage === 'granted',
      explicit: Object.hasOwn(now, 'analytics_storage'),
    };
    tell?.();
  });
  tell = () => {
    if (choice?.measure || choice?.explicit || (choice && core.consent)) apply(choice);
  };
  tell();
  return undo;
}
