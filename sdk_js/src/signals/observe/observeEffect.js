/**
 * A function that watches the page for the first change after a click: an observer
 * costs nothing while nobody waits for it.
 *
 * @param {Pick<import('../../types.d.ts').Kit, 'core' | 'guard'>} kit
 * @returns {() => void}
 */
export function observeEffect({ core, guard }) {
  /** @type {MutationObserver | undefined} */
  let observer;
  const seen = guard(() => {
    observer?.disconnect();
    core.tell({ k: 'mutate' });
  });
  core.undo.push(() => observer?.disconnect());
  return () => {
    observer ||= new MutationObserver(seen);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  };
}
