import { addressNow } from '../../addressNow.js';
import { core } from '../../core.js';
import { guard } from '../../guard.js';
import { listen } from '../../listen.js';
import { viewPage } from '../../viewPage.js';

/**
 * New addresses of a single-page shop: each is a page view, once the page has had
 * time to draw. Where another script wrapped the history after us, ours stays but
 * falls silent.
 */
export function observeHistory() {
  const look = guard(() => {
    if (addressNow() !== core.url) viewPage();
  });
  const wait = () => setTimeout(look, 50);
  for (const name of /** @type {const} */ (['pushState', 'replaceState'])) {
    const before = history[name];
    const own = (history[name] = (...args) => {
      before.apply(history, args);
      wait();
    });
    core.undo.push(() => {
      if (history[name] === own) history[name] = before;
    });
  }
  listen(window, 'popstate', wait);
}
