/** @import { Ui } from '../types.d.ts' */
import { isBannerOpen } from './isBannerOpen.js';

/**
 * Why no card may be shown now, or '': the payment step, typing, another window, a
 * consent banner, a card in another tab of this visitor.
 *
 * @type {Ui['obstacle']}
 */
export function obstacle({ store, tab, typedAt = 0, asking }, kind) {
  const [holder, until = 0] = store?.touch().card || [];
  return (
    (kind === 'payment' && 'payment_step') ||
    (Date.now() - typedAt < 3000 && 'typing') ||
    (document.hidden && 'hidden') ||
    ((asking || isBannerOpen()) && 'consent_banner') ||
    (holder !== tab && Date.now() < until && 'other_tab') ||
    ''
  );
}
