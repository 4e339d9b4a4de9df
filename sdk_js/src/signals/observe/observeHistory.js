/**
 * New addresses of a single-page shop: each is a page view, once the page has had
 * time to draw. Where another script wrapped the history after us, ours stays but
 * falls silent.
 *
 * @param {import('../../types.d.ts').Kit} kit
 */
export function observeHistory({ core, guard, listen, viewPage }) {
  const look = guard(() => {
    if (location.pathname + location.search !== core.url) viewPage();
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
