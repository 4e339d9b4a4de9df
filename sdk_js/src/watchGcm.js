/** @import { Consent, Undo } from './types.d.ts' */
import { tapDataLayer } from './tapDataLayer.js';

/**
 * Follows Google Consent Mode: `analytics_storage` allows to measure,
 * `personalization_storage` to personalise. An `update` is the visitor's own choice.
 * Of several defaults the strictest holds, as nobody here knows the visitor's region.
 *
 * @param {(consent: Consent) => void} apply
 * @returns {Undo}
 */
export function watchGcm(apply) {
  /** @type {Record<string, string>} */
  const state = {};
  return tapDataLayer(({ 0: command, 1: action, 2: choice }) => {
    if (command !== 'consent') return;
    const explicit = action === 'update';
    for (const type in choice) {
      const isDenied = choice[type] === 'denied';
      if (explicit || isDenied || !(state[type] || choice.region)) state[type] = choice[type];
    }
    apply({
      measure: state.analytics_storage === 'granted',
      personalise: state.personalization_storage === 'granted',
      explicit,
    });
  });
}
