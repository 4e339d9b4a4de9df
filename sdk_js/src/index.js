// The script tag: options from its attributes and from calls queued before it came.
import { core } from './core.js';
import { createApi } from './createApi.js';

const page = /** @type {any} */ (window);
const { src, dataset } = /** @type {HTMLScriptElement} */ (document.currentScript);
/** @type {{q?: any[], version?: string}} */
const before = page.engage || {};

// A second tag on the page changes nothing.
if (!before.version) {
  /** @type {any} */
  const api = (page.engage = createApi());
  core.base = new URL(src).origin;
  for (const name in dataset) {
    const text = dataset[name];
    // `data-debug` alone means yes.
    /** @type {any} */ (core.options)[name] = text !== 'false' && (text || true);
  }
  const queue = before.q || [];
  // Options and consent come last: whatever else was queued is known when it starts.
  for (const call of queue) if (call[0] !== 'init') api(...call);
  api.init(Object.assign({}, ...queue.map((call) => call[0] === 'init' && call[1])));
}
