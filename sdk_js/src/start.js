import { attention } from './attention.js';
import { core } from './core.js';
import { createSignals } from './createSignals.js';
import { guard } from './guard.js';
import { listen } from './listen.js';
import { observeAttention } from './observeAttention.js';
import { openStore } from './openStore.js';
import { randomId } from './randomId.js';
import { observe } from './signals/observe.js';
import { REDUCERS } from './signals/reducers.js';
import { track } from './track.js';
import { viewPage } from './viewPage.js';

/**
 * Begin to measure. Called with consent only; a second call changes nothing. A page that
 * is prerendered begins when somebody sees it.
 */
export function start() {
  if (core.store || !core.options.site || !core.consent?.measure) return;
  if (/** @type {any} */ (document).prerendering) return listen(document, 'prerenderingchange', start);
  core.store = openStore();
  core.tab ||= randomId('t_');
  const more = (/** @type {import('./types.d.ts').Input} */ input) => {
    input.touch = core.touch;
    input.pingMs = core.card ? 10000 : 5000;
  };
  core.tell = createSignals([[attention], ...REDUCERS], more, guard(track));
  core.transport.open();
  observeAttention();
  viewPage();
  observe();
}
