/** @import { Fact, Item } from './types.d.ts' */
import { core } from './core.js';
import { log } from './log.js';

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
 * Take in one event, of the page or of a signal. Before the visitor has chosen it
 * waits in memory; after a refusal it is dropped.
 *
 * @param {Fact | undefined} event
 */
export function track(event) {
  if (!event || core.consent?.measure === false) return;
  const { name } = event;
  const item = /** @type {Item | undefined} */ (event.item);
  if (event.decision) event.token ||= core.tokens[/** @type {string} */ (event.decision)];
  // An outcome without its token (of a preview) would cost the whole beacon.
  if (/^(action|chat)_/.test(name) && !event.token) return;
  if (name === 'view_item') {
    // The page's mark and its dataLayer tell of the same view.
    if (core.told[name] && item?.item_id === core.product?.item_id) return;
    core.product = item;
  }
  core.told[name] = true;
  log(name, event);
  // The rest may wait: the service has no answer to it.
  core.transport.push(event, !/^(page|ping|idle|scroll|field|tab_h|select|view_item_)/.test(name));
  if (!KINDS[name]) return;
  core.guess = KINDS[name];
  core.follow?.();
}
