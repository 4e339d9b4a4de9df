import { createStore } from './createStore.js';
import { keyOf } from './keyOf.js';
import { randomId } from './randomId.js';

/** The ids of this site's visitor. Opening reads nothing; using it does. */
export function openStore() {
  return createStore(keyOf(), () => localStorage, Date.now, randomId);
}
