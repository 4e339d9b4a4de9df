/**
 * Tell the page, by a DOM event `engage:name` on the document; window hears it, too.
 *
 * @param {string} name
 * @param {any} detail
 * @returns {boolean} false if a listener prevented what we would do next
 */
export function emit(name, detail) {
  return document.dispatchEvent(new CustomEvent('engage:' + name, { detail, cancelable: true, bubbles: true }));
}
