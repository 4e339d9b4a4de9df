/** @import { Decision } from './types.d.ts' */
import { core } from './core.js';
import { emit } from './emit.js';
import { loadChunk } from './loadChunk.js';
import { log } from './log.js';
import { pageKind } from './pageKind.js';
import { track } from './track.js';

/**
 * Show a decision, or report why not: never two at a time, never on the payment step,
 * never while the visitor types or looks elsewhere.
 *
 * @param {Decision} decision
 */
export async function showDecision(decision) {
  const { id, token } = decision;
  const asked = Date.now();
  const report = (/** @type {string} */ name, /** @type {any} */ fields) =>
    track({ name, decision: id, token, ...fields });
  const refuse = (/** @type {string} */ reason) => report('action_not_shown', { reason });
  if (core.card || core.loading) return refuse('busy');
  core.loading = id;
  try {
    const ui = await loadChunk('ui');
    // Revoked or withdrawn while the chunk was on its way.
    if (core.loading !== id) return;
    if (pageKind() === 'payment') refuse('payment_step');
    else if (Date.now() - core.typedAt < 3000) refuse('typing');
    else if (document.hidden) refuse('hidden');
    else core.card = ui.present(decision, core, report, emit, asked);
  } catch (error) {
    log(error);
    refuse('error');
  }
  core.loading = '';
}
