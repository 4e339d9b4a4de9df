/**
 * Where the page is scrolled to, at most ten times a second, and once at the start.
 *
 * @param {import('../../types.d.ts').Kit} kit
 */
export function observeScroll({ core, listen, guard }) {
  /** @type {any} */
  let timer;
  const look = (/** @type {string} */ k) => {
    timer ||= setTimeout(
      guard(() => {
        timer = 0;
        const y = scrollY;
        const high = innerHeight;
        const deep = Math.min(1, (y + high) / document.documentElement.scrollHeight);
        core.tell({ k, y, high, deep });
      }),
      100,
    );
  };
  listen(document, 'scroll', ({ target }) => look(target === document ? 'scroll' : 'key'));
  core.undo.push(() => clearTimeout(timer));
  look('depth');
}
