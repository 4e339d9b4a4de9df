import { applyConsent } from './applyConsent.js';
import { core } from './core.js';
import { guard } from './guard.js';
import { keyOf } from './keyOf.js';
import { listen } from './listen.js';
import { viewPage } from './viewPage.js';

/**
 * Whether the page is looked at and used, its end, its return from the bfcache, and the
 * second hand, which stands still while the page is hidden.
 */
export function observeAttention() {
  /** @type {any} */
  let timer;
  let last = '';
  const tick = guard(() => core.tell({ k: 'tick' }));
  const stop = () => clearInterval(timer);
  let isAlone = true;
  const back = guard(() => {
    core.transport.retry();
    viewPage();
  });
  const look = () => {
    // A page opened in the background was never left.
    const k = document.hidden ? last && 'hide' : document.hasFocus() ? 'on' : 'off';
    // Withdrawn in another tab: this one would write the key again. Nobody can before
    // this one loses the focus; and to hear of it makes the browser open all storage now.
    if (isAlone && k !== 'on') {
      isAlone = false;
      listen(window, 'storage', ({ key, newValue }) => newValue || key !== keyOf() || applyConsent(false));
    }
    if (k === last) return;
    last = k;
    core.tell({ k });
    stop();
    if (document.hidden) core.transport.flush(true);
    else timer = setInterval(tick, 1000);
  };
  listen(window, 'visibilitychange focus blur', look);
  listen(document, 'keydown input', (event) => {
    // The field, also where a component hides it.
    const [target] = event.composedPath();
    const isText = () => /text|search|mail|tel|url|pass|num/.test(target.type) || target.isContentEditable;
    if (event.type === 'input' && isText()) core.typedAt = Date.now();
    core.tell({ k: 'key' });
  });
  listen(window, 'pagehide', () => {
    core.tell({ k: 'end' });
    // The time until it is back, if it is kept, is no time of this view.
    if (last !== 'hide') core.tell({ k: 'off' });
    // What becomes hidden with its page was not left for another tab.
    last = 'hide';
    core.transport.flush(true);
    // Not heard before: each page that opens tells of it, too.
    addEventListener('pageshow', back, { once: true });
  });
  listen(window, 'online', core.transport.retry);
  core.undo.push(stop);
  look();
}
