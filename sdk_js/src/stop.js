import { core } from './core.js';

/** Stop measuring: no card, no listener, nothing waiting to be sent. */
export function stop() {
  core.card?.close();
  // The last first: what was put around another is taken off before it.
  while (core.undo[0]) core.undo.pop()?.();
  core.transport.clear();
  core.store = undefined;
  core.url = '';
  core.tell = () => {};
}
