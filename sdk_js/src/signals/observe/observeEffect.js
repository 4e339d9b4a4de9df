import { core } from '../../core.js';
import { guard } from '../../guard.js';

/**
 * A function that watches the page for the first change after a click: an observer
 * costs nothing while nobody waits for it.
 *
 * @returns {() => void}
 */
export function observeEffect() {
  const observer = new MutationObserver(
    guard(() => {
      observer.disconnect();
      core.tell({ k: 'mutate' });
    }),
  );
  core.undo.push(() => observer.disconnect());
  return () =>
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}
