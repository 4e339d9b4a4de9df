import { attention } from './attention.js';
import { cleanEvent } from './cleanEvent.js';
import { core } from './core.js';
import { createSignals } from './createSignals.js';
import { guard } from './guard.js';
import { listen } from './listen.js';
import { loadChunk } from './loadChunk.js';
import { observeAttention } from './observeAttention.js';
import { openStore } from './openStore.js';
import { pageKind } from './pageKind.js';
import { randomId } from './randomId.js';
import { tapDataLayer } from './tapDataLayer.js';
import { track } from './track.js';
import { viewPage } from './viewPage.js';
import { withChunk } from './withChunk.js';

/**
 * Begin to measure. Called with consent only; a second call changes nothing. A page that
 * is prerendered begins when somebody sees it.
 */
export function start() {
  const { options } = core;
  if (core.store || !options.site || !core.consent?.measure) return;
  const page = /** @type {any} */ (document);
  if (page.prerendering) return listen(page, 'prerenderingchange', start);
  const store = (core.store = openStore());
  store.touch();
  core.tab ||= randomId('t_');
  core.reducers = [[attention]];
  core.tell = createSignals({
    reducers: core.reducers,
    now: Date.now,
    more(input) {
      input.touch = core.touch;
      input.pingMs = core.card ? 10000 : 5000;
    },
    found: guard(track),
  });
  core.transport.open();
  observeAttention();
  viewPage();
  withChunk('signals', ({ observe }) => {
    // Unless consent was withdrawn while it was on its way.
    if (core.store !== store) return;
    return observe({ core, listen, guard, track, viewPage, pageKind, cleanEvent, tapDataLayer, loadChunk });
  });
}
