import { attention } from './attention.js';
import { core } from './core.js';
import { createSignals } from './createSignals.js';
import { guard } from './guard.js';
import { listen } from './listen.js';
import { loadChunk } from './loadChunk.js';
import { log } from './log.js';
import { observeAttention } from './observeAttention.js';
import { observeHistory } from './observeHistory.js';
import { openStore } from './openStore.js';
import { pageKind } from './pageKind.js';
import { randomId } from './randomId.js';
import { readDataLayer } from './readDataLayer.js';
import { tapDataLayer } from './tapDataLayer.js';
import { track } from './track.js';
import { viewPage } from './viewPage.js';
import { viewProducts } from './viewProducts.js';

/** Begin to measure. Called with consent only; a second call changes nothing. */
export function start() {
  const { options } = core;
  if (core.store || !options.site) return;
  const store = (core.store = openStore());
  store.touch();
  core.tab ||= randomId('t_');
  core.touch = matchMedia('(pointer:coarse)').matches;
  core.reducers = [attention];
  core.tell = createSignals({
    reducers: core.reducers,
    now: Date.now,
    base: () => ({ touch: core.touch, pingMs: core.card ? 10000 : 5000 }),
    found: guard(track),
  });
  observeAttention();
  viewPage();
  listen(document, 'DOMContentLoaded', () => viewProducts());
  if (options.spa !== false) observeHistory();
  if (options.dataLayer !== false) {
    core.undo.push(tapDataLayer((entry) => track(readDataLayer(entry)), core.seen));
  }
  loadChunk('signals')
    .then(({ observe }) => {
      // Unless consent was withdrawn while it was on its way.
      if (core.store === store) observe({ core, listen, guard, track, pageKind });
    })
    .catch(log);
}
