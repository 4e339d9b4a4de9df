/**
 * Call `fn` with the detail of every `engage:name` event.
 *
 * @param {string} name
 * @param {(detail: any) => void} fn
 * @returns {() => void} undo
 */
export function on(name, fn) {
  const listener = (/** @type {any} */ event) => fn(event.detail);
  document.addEventListener('engage:' + name, listener);
  return () => document.removeEventListener('engage:' + name, listener);
}
