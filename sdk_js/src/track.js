/** @import { Fact, Item } from './types.d.ts' */
import { core } from './core.js';
import { log } from './log.js';

/**
 * Take in one event, of the page or of a signal. Before the visitor has chosen it
 * waits in memory; after a refusal it is dropped.
 *
 * @param {Fact | undefined} event
 */
export function track(event) {
  if (!event?.name) return;
  const { name } = event;
  if (core.consent?.measure === false) return log('dropped', name);
  const item = /** @type {Item | undefined} */ (event.item);
  if (event.decision) event.token ||= core.tokens[/** @type {string} */ (event.decision)];
  // An outcome without its token (of a preview) would cost the whole beacon.
  if (/^(action|chat)_/.test(name) && !event.token) return log('dropped', name);
  if (name === 'view_item') {
    // An advertiser's, with ids of its own: the page's mark is to be told.
    if (!item) return;
    // The page's mark and its dataLayer tell of the same view.
    if (core.told[name] && item.item_id === core.goods?.item_id) return;
    core.goods = item;
  }
  core.told[name] = true;
  log('event', event);
  // The rest may wait: the service has no answer to it.
  core.transport.push(event, !/^(page|ping|idle|scroll|field|tab_h|select|view_item_)/.test(name));
  core.noticed?.(name);
}
