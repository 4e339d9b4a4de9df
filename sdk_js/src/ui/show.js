/** @import { Ui } from '../types.d.ts' */
import { learnWords } from './labels.js';
import { obstacle } from './obstacle.js';
import { present } from './present.js';

/**
 * Show a decision, or report why not: never two at a time, and never where the page or
 * the visitor is busy with something else.
 *
 * @type {Ui['show']}
 */
export async function show(decision, kit) {
  const { core, store, report, log, pageKind } = kit;
  const { id } = decision;
  // Some pages change their whole body.
  if (!core.card?.host.isConnected) core.card?.close();
  let why = (core.card || core.loading) && 'busy';
  if (!why) {
    core.loading = true;
    await learnWords(decision, kit).catch((error) => log('error', error));
    core.loading = false;
    // Revoked, or consent withdrawn, while this was on its way.
    if (core.gone[id] || core.store !== store) return;
    why = obstacle(core, pageKind());
  }
  if (why) {
    log('not shown', why);
    report('action_not_shown', { reason: why });
  } else core.card = present(decision, kit);
}
