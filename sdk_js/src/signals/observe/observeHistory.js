import { addressNow } from '../../addressNow.js';
import { core } from '../../core.js';
import { guard } from '../../guard.js';
import { listen } from '../../listen.js';
import { viewPage } from '../../viewPage.js';

/**
 * New addresses of a single-page shop: each is a page view, once the page has had
 * time to draw. Another query that `replaceState` puts in place of the one before (a
 * variant was chosen, a campaign's mark cut off) is the same view. Where another script
 * wrapped the history after us, ours stays but falls silent.
 */
export function observeHistory() {
  const look = (core.arrive = guard(() => {
    if (addressNow() !== core.url) viewPage();
  }));
  const wait = () => setTimeout(look, 50);
  for (const name of /** @type {const} */ (['replaceState', 'pushState'])) {
    const before = history[name];
    const own = (history[name] = (...args) => {
      const seen = addressNow() === core.url && location.pathname;
      before.apply(history, args);
      if (name === 'replaceState' && seen === location.pathname) core.url = addressNow();
      wait();
    });
    core.undo.push(() => {
      if (history[name] === own) history[name] = before;
    });
  }
  listen(window, 'popstate', wait);
}
