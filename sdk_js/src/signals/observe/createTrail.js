import { checkoutBack } from '../checkoutBack.js';
import { quickBack } from '../quickBack.js';

/**
 * A function that follows the way through the shop: where the visitor was before, and
 * how far on the way to the order. Kept beside the ids, as it spans pages; to be called
 * when address or page kind change.
 *
 * @param {import('../../types.d.ts').Kit} kit
 */
export function createTrail({ core, track, pageKind }) {
  return () => {
    const { store } = core;
    if (!store) return;
    const { trail } = store.touch();
    const { out: quick, ...here } = quickBack(trail, Date.now(), core.url || '');
    const { out: back, ...next } = checkoutBack(here, pageKind());
    if (next.path !== trail?.path || next.step !== trail.step) store.touch({ trail: next });
    track(quick);
    track(back);
  };
}
