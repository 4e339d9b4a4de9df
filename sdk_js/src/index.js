// The script tag: options from its attributes and from calls queued before it came.
import { core } from './core.js';
import { createApi } from './createApi.js';

const page = /** @type {any} */ (window);
const tag = /** @type {HTMLScriptElement} */ (document.currentScript);
/** @type {{q?: any[], version?: string}} */
const before = page.engage || {};

// A second tag on the page changes nothing.
if (!before.version) {
  /** @type {any} */
  const api = (page.engage = createApi());
  core.base = tag.src.split('/', 3).join('/');
  // Not by `dataset`, whose first use costs a page half a millisecond; nor by a pattern.
  for (const name of tag.getAttributeNames()) {
    const text = tag.getAttribute(name);
    // Of two words there is this one option.
    const option = name.slice(5).replace('-layer', 'Layer');
    // `data-debug` alone means yes.
    if (name.startsWith('data-')) /** @type {any} */ (core.options)[option] = text !== 'false' && (text || true);
  }
  const queue = before.q || [];
  // Options and consent come last: whatever else was queued is known when it starts.
  for (const call of queue) if (call[0] !== 'init') api(...call);
  api.init(Object.assign({}, ...queue.map((call) => call[0] === 'init' && call[1])));
}
