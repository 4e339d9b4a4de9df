/** @import { Decision } from './types.d.ts' */
import { core } from './core.js';
import { emit } from './emit.js';
import { loadChunk } from './loadChunk.js';
import { locale } from './locale.js';
import { log } from './log.js';
import { pageKind } from './pageKind.js';
import { track } from './track.js';

/**
 * Show a decision, or report why not. What may be shown when, the chunk of cards knows.
 *
 * @param {Decision} decision
 */
export async function showDecision(decision) {
  const { id, token } = decision;
  const { store } = core;
  const asked = Date.now();
  const report = (/** @type {string} */ name, /** @type {any} */ fields) =>
    track({ name, decision: id, token, ...fields });
  try {
    const { show } = await loadChunk('ui');
    await show(decision, { core, store, report, emit, log, asked, pageKind, locale: locale(), loadChunk });
  } catch (error) {
    log('error', error);
    report('action_not_shown', { reason: 'error' });
  }
}
