// The script tag: options from its attributes and from calls queued before it came.
import { core } from './core.js';
import { createApi } from './createApi.js';

const page = /** @type {any} */ (window);
// A module is not told its tag: then `init` has to say it all.
const tag = /** @type {HTMLScriptElement | null} */ (document.currentScript);
/** @type {{q?: any[], version?: string}} */
const before = page.engage || {};

// A second tag on the page changes nothing.
if (!before.version) {
  /** @type {any} */
  const api = (page.engage = createApi());
  if (tag) {
    core.base = tag.src.split('/', 3).join('/');
    // Not by `dataset`, whose first use costs a page half a millisecond; nor by a pattern.
    for (const { name, value } of tag.attributes) {
      // Of two words there is this one option.
      const option = name.slice(5).replace('-l', 'L');
      // `data-debug` alone means yes.
      if (name.startsWith('data-')) /** @type {any} */ (core.options)[option] = value !== 'false' && (value || true);
    }
  }
  const queue = before.q || [];
  // Options and consent come last: whatever else was queued is known when it starts.
  for (const call of queue) if (call[0] !== 'init') api(...call);
  api.init(Object.assign({}, ...queue.map((call) => call[0] === 'init' && call[1])));
}
