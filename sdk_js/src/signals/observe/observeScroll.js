import { core } from '../../core.js';
import { sample } from './sample.js';

/** Where the page is scrolled to, and once at the start. */
export function observeScroll() {
  let k = 'depth';
  const hear = (/** @type {Event} */ { target }) => {
    k = target === document ? 'scroll' : 'key';
  };
  sample('scroll', hear, () => {
    const y = scrollY;
    const high = innerHeight;
    const deep = Math.min(1, (y + high) / document.documentElement.scrollHeight);
    core.tell({ k, y, high, deep });
  });
}
