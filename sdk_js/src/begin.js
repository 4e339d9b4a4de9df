/** @import { Options } from './types.d.ts' */
import { applyConsent } from './applyConsent.js';
import { core } from './core.js';
import { emit } from './emit.js';
import { guard } from './guard.js';
import { loadChunk } from './loadChunk.js';
import { locale } from './locale.js';
import { log } from './log.js';
import { start } from './start.js';
import { watchGcm } from './watchGcm.js';
import { watchTcf } from './watchTcf.js';
import { withChunk } from './withChunk.js';

/**
 * Set up for a site: show a preview, or follow the consent tool. Nothing else happens
 * before consent.
 *
 * @param {Options} [options] win over earlier ones
 */
export function begin(options) {
  const { consent, site, tcf, endpoint } = Object.assign(core.options, options);
  core.base = endpoint?.replace(/\/$/, '') ?? core.base;
  log('ready');
  if (!site) return;
  if (/engage_preview/.test(location.search)) {
    // Whoever writes a card is no visitor, whatever the page says of consent.
    core.options.site = '';
    withChunk('preview', ({ preview }) => preview(core, site, loadChunk, emit, locale));
  } else if (consent === 'gcm') core.watching.push(watchGcm(applyConsent));
  else if (consent === 'tcf') core.watching.push(watchTcf(guard(applyConsent), tcf));
  else if (consent === 'granted') applyConsent(core.consent || { measure: true, personalise: true, explicit: false });
  else start();
}
