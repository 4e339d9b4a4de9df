import { core } from '../../core.js';
import { listen } from '../../listen.js';
import { track } from '../../track.js';
import { copyOverlap } from '../copyOverlap.js';

/**
 * Errors of the page, and a product's name being copied (to compare elsewhere): its
 * share and length, never the text.
 */
export function observeTrouble() {
  // Not of its pictures and scripts that did not come, which bubble no further.
  listen(window, 'error unhandledrejection', () => core.tell({ k: 'error' }), false);
  listen(document, 'copy', () => {
    const text = `${getSelection()}`;
    const title = core.goods?.item_name || document.querySelector('h1')?.textContent || '';
    const overlap = copyOverlap(title, text);
    if (overlap >= 0.6) track({ name: 'copy_name', overlap, length: text.length });
  });
}
