/** @import { Answer } from './types.d.ts' */
import { core } from './core.js';
import { emit } from './emit.js';
import { log } from './log.js';
import { showDecision } from './showDecision.js';

/**
 * Act on the answer to a beacon: close what was revoked, show what was decided. The
 * same decision may come twice, as the answer to a repeated beacon.
 *
 * @param {Answer} answer
 */
export function receive({ decision, revoked = [] }) {
  log('answer', decision, revoked);
  for (const id of revoked) {
    core.gone[id] = true;
    if (core.card?.id === id) core.card.close();
  }
  if (!decision || decision.id in core.tokens) return;
  core.tokens[decision.id] = decision.token;
  emit('decision', decision);
  if (core.options.onDecision?.(decision) === false) log('not shown', 'taken_over');
  else showDecision(decision);
}
