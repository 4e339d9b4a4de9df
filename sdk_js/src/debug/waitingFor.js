/** @import { Core } from '../types.d.ts' */

/**
 * What has to happen before anything is observed; '' if it has.
 *
 * @param {Core} core
 */
export function waitingFor({ options, consent }) {
  if (!options.site) return 'no site key; set data-site or call init({ site })';
  if (/engage_preview=/.test(location.search)) return 'this is a preview, nothing is measured';
  if (/** @type {any} */ (document).prerendering) return 'the page is prerendered; waits until somebody sees it';
  if (consent) return '';
  if (options.consent === 'tcf') {
    return '__tcfapi' in window
      ? 'waits for the consent tool to say tcloaded or useractioncomplete'
      : 'waits for a consent tool with __tcfapi; there is none yet';
  }
  if (options.consent === 'gcm') return 'waits for gtag("consent", ...) with analytics_storage granted';
  return 'waits for setConsent';
}
