import { core } from '../../core.js';
import { guard } from '../../guard.js';

/**
 * Where the page is scrolled to, at most ten times a second, and once at the start.
 * While it is being looked up nobody listens: a handler that returns at once costs, too.
 */
export function observeScroll() {
  /** @type {any} */
  let timer;
  const listenOnce = () => document.addEventListener('scroll', hear, { capture: true, once: true });
  const look = guard((/** @type {string} */ k) => {
    listenOnce();
    const y = scrollY;
    const high = innerHeight;
    const deep = Math.min(1, (y + high) / document.documentElement.scrollHeight);
    core.tell({ k, y, high, deep });
  });
  const wait = (/** @type {string} */ k) => (timer = setTimeout(() => look(k), 100));
  const hear = guard(({ target }) => wait(target === document ? 'scroll' : 'key'));
  core.undo.push(() => {
    clearTimeout(timer);
    document.removeEventListener('scroll', hear, true);
  });
  wait('depth');
}
