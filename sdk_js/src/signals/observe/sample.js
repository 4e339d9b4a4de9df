import { core } from '../../core.js';
import { guard } from '../../guard.js';

/**
 * Hear one type of event ten times a second at most. In between nobody listens: a handler
 * that returns at once costs, too.
 *
 * @param {string} type
 * @param {(event: any) => void} hear at once
 * @param {() => void} [look] a tenth of a second later, and once at the beginning
 */
export function sample(type, hear, look) {
  /** @type {any} */
  let timer;
  const wait = () => (timer = setTimeout(listenOnce, 100));
  const safe = guard((event) => {
    wait();
    hear(event);
  });
  const listenOnce = guard(() => {
    addEventListener(type, safe, { capture: true, once: true });
    look?.();
  });
  core.undo.push(() => {
    clearTimeout(timer);
    removeEventListener(type, safe, true);
  });
  // What is to be looked up makes a page lay itself out: not while it begins.
  if (look) wait();
  else listenOnce();
}
