/** @import { Fact } from '../types.d.ts' */
import { core } from '../core.js';
import { guard } from '../guard.js';
import { listen } from '../listen.js';
import { loadChunk } from '../loadChunk.js';
import { pageKind } from '../pageKind.js';
import { followTrail } from '../signals/observe/followTrail.js';
import { tapDataLayer } from '../tapDataLayer.js';
import { tellEvent } from '../tellEvent.js';
import { withChunk } from '../withChunk.js';
import { guessPageKind } from './guessPageKind.js';
import { KINDS } from './kinds.js';
import { readDataLayer } from './readDataLayer.js';
import { tapSegment } from './tapSegment.js';
import { viewProducts } from './viewProducts.js';

/**
 * What the page says of itself: its kind, its goods, and the shop events that it tells
 * other tools, also those told before.
 */
export function observePage() {
  const { preset, options } = core;
  core.kindOf = () => {
    const said = location.pathname + ' ' + document.body?.className;
    for (const kind in preset?.kinds) if (preset.kinds[kind].test(said)) return kind;
    return guessPageKind(document, location.pathname);
  };
  const interpret = (/** @type {(readers: any) => void} */ use) => withChunk('foreign', use);
  /** @type {any} */
  let timer;
  // A shop may change the address first, and draw the product once it has come.
  const look = guard((turn = 0) => {
    clearTimeout(timer);
    if (!viewProducts(turn && interpret, turn > 2) && turn < 3) timer = setTimeout(look, 1000, turn + 1);
  });
  let last = '';
  core.noticed = (name) => {
    const isPage = name === 'page_view';
    const told = KINDS[name];
    // Goods are listed beside a product, a cart or a payment, too.
    if (told && !(told === 'list' && core.guess)) core.guess = told;
    const kind = isPage || told ? pageKind() : last;
    if (isPage || kind !== last) {
      last = kind;
      followTrail(kind);
      // Nothing disturbs a payment.
      if (kind === 'payment') core.card?.close();
    }
    if (isPage || !name) look();
    // Who doubts or asks may see a card soon: it is fetched beside the question.
    if (/^(ask|exit|hover|coupon)/.test(name)) loadChunk('ui').catch(() => {});
  };
  const tell = (/** @type {Fact | undefined} */ event) => event && tellEvent(event.name, event);
  const read = (/** @type {any} */ entry) => {
    const { ecommerce } = entry;
    /** @type {(foreign?: any) => void} */
    const tag = (foreign) => {
      const event = foreign?.classic(ecommerce) || readDataLayer(entry);
      core.isTagged ||= event;
      tell(event);
    };
    // GA4 has its goods under `items`; Universal Analytics under what was done.
    if (!ecommerce || ecommerce.items) tag();
    else interpret(tag);
  };
  const tap = () => options.dataLayer !== false && core.undo.push(tapDataLayer(read, core.seen));
  tap();
  if (options.segment !== false) {
    tapSegment((name, properties) => interpret((foreign) => tell(foreign.segment(name, properties))));
  }
  listen(window, 'DOMContentLoaded', () => {
    // A script that comes from the cache is there before pages that say `dataLayer = [...]`.
    tap();
    look();
  });
  for (const name in core.told) core.noticed(name);
}
