import { core } from './core.js';
import { guard } from './guard.js';

/**
 * Hands every entry of the page's `dataLayer` to `read`: those pushed before, then
 * each new one, after the page's own tools. The layer is made if it is not there yet,
 * as all who share it do.
 *
 * @param {(entry: any) => void} read
 * @param {WeakSet<object>} [seen] entries read in an earlier tap
 * @returns {() => void} undo; if another tool wrapped `push` after us, ours falls silent
 */
export function tapDataLayer(read, seen = new WeakSet()) {
  const layer = (/** @type {any} */ (window)[core.options.dataLayer || 'dataLayer'] ||= []);
  // Some pages keep something else under this name.
  if (!Array.isArray(layer)) return () => {};
  const { push } = layer;
  let isOn = true;
  const once = guard((/** @type {any} */ entry) => {
    if (!isOn || Object(entry) !== entry || seen.has(entry)) return;
    seen.add(entry);
    read(entry);
  });
  const own = (layer.push = (/** @type {any[]} */ ...entries) => {
    const length = push.apply(layer, entries);
    entries.forEach(once);
    return length;
  });
  layer.forEach(once);
  return () => {
    isOn = false;
    if (layer.push === own) layer.push = push;
  };
}
