import { core } from './core.js';

/**
 * Call `fn` with the detail of every `engage:name` event, until `destroy`.
 *
 * @param {string} name
 * @param {(detail: any) => void} fn
 * @returns {() => void} undo
 */
export function on(name, fn) {
  const type = 'engage:' + name;
  const listener = (/** @type {any} */ event) => fn(event.detail);
  const undo = () => removeEventListener(type, listener);
  addEventListener(type, listener);
  core.watching.push(undo);
  return undo;
}
