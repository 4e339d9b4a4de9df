/** @import { Fact, Kit } from '../types.d.ts' */
import { guessPageKind } from './guessPageKind.js';
import { readDataLayer } from './readDataLayer.js';
import { tapSegment } from './tapSegment.js';
import { viewProducts } from './viewProducts.js';

/** Page kind told by an event, where the page itself does not say. */
const KINDS = /** @type {Record<string, string>} */ ({
  view_item: 'product',
  view_item_list: 'list',
  view_search_results: 'search',
  view_cart: 'cart',
  begin_checkout: 'checkout',
  add_payment_info: 'payment',
  purchase: 'thanks',
});

/**
 * What the page says of itself: its kind, its goods, and the shop events that it tells
 * other tools, also those told before.
 *
 * @param {Kit} kit
 * @param {() => void} follow called when address or kind may have changed
 */
export function observePage(kit, follow) {
  const { core, guard, listen, track, cleanEvent, pageKind, tapDataLayer } = kit;
  const { preset, options } = core;
  core.kindOf = () => {
    const said = `${location.pathname} ${document.body?.className}`;
    const known = Object.entries(preset?.kinds || {}).find(([, pattern]) => pattern.test(said));
    return known?.[0] || guessPageKind(document, location.pathname);
  };
  const look = () => {
    viewProducts(kit, false);
    setTimeout(guard(viewProducts), 1000, kit, true);
  };
  core.noticed = (name) => {
    const isPage = name === 'page_view';
    core.guess = KINDS[name] || core.guess;
    if (isPage || KINDS[name]) {
      follow();
      // Nothing disturbs a payment.
      if (pageKind() === 'payment') core.card?.close();
    }
    if (isPage || !name) look();
    // Who doubts or asks may see a card soon: it is fetched beside the question.
    if (/^(ask|exit|hover|coupon)/.test(name)) kit.loadChunk('ui').catch(() => {});
  };
  const tell = (/** @type {Fact | undefined} */ event) => event && track(cleanEvent(event.name, event));
  if (options.dataLayer !== false) {
    const read = (/** @type {any} */ entry) => {
      const event = readDataLayer(entry);
      core.isTagged ||= !!event;
      tell(event);
    };
    core.undo.push(tapDataLayer(read, core.seen));
  }
  if (options.segment !== false) tapSegment(kit, tell);
  listen(document, 'DOMContentLoaded', look);
  Object.keys(core.told).forEach(core.noticed);
}
