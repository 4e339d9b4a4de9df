/** @import { Context } from './types.d.ts' */
import { addressNow } from './addressNow.js';
import { core } from './core.js';
import { referrerKind } from './referrerKind.js';
import { track } from './track.js';

/**
 * A page view begins: the first, a new address of an SPA, a page back from the bfcache,
 * or a tab that a visitor comes back to in a new session.
 *
 * @param {Context} [context] what the shop says about the page
 */
export function viewPage(context) {
  const { store, url: last } = core;
  if (store && last) {
    // Time and events so far belong to the page before.
    core.tell({ k: 'end' });
    core.transport.flush();
    if (last !== addressNow()) {
      core.context = { customer: core.context.customer };
      core.former = core.goods?.item_id;
      core.goods = undefined;
      core.guess = '';
      core.card?.away();
    }
  }
  // Before consent it is kept for the first view, which begins with it.
  Object.assign(core.context, context);
  if (!store) return;
  core.url = addressNow();
  core.told = {};
  core.tell({ k: 'page' });
  track({ name: 'page_view', referrer_kind: last ? 'internal' : referrerKind(document.referrer, location) });
}
