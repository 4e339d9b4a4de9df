import { core } from './core.js';
import { createStore } from './createStore.js';
import { randomId } from './randomId.js';

/** The ids of this site's visitor. Opening reads nothing; using it does. */
export function openStore() {
  return createStore({
    key: 'engage.' + core.options.site,
    storage: () => localStorage,
    now: Date.now,
    id: randomId,
  });
}
