import { core } from './core.js';

/** Stop measuring: no card, no listener, nothing waiting to be sent. */
export function stop() {
  core.card?.close();
  for (const undo of core.undo.splice(0)) undo();
  core.transport.clear();
  core.store = undefined;
  core.url = '';
  core.tell = () => {};
}
