import { core } from '../../core.js';
import { track } from '../../track.js';
import { checkoutBack } from '../checkoutBack.js';
import { quickBack } from '../quickBack.js';

/**
 * Follow the way through the shop: where the visitor was before, and how far on the way
 * to the order. Kept beside the ids, as it spans pages; to be called when address or page
 * kind change.
 *
 * @param {string} kind of the page now
 */
export function followTrail(kind) {
  const { store } = core;
  if (!store) return;
  const { trail } = store.touch();
  const { out: quick, ...here } = quickBack(trail, Date.now(), core.url || '');
  const { out: back, ...next } = checkoutBack(here, kind);
  if (next.path !== trail?.path || next.step !== trail.step) store.touch({ trail: next });
  track(quick);
  track(back);
}
