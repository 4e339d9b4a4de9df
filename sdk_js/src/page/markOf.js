/**
 * What the page says by `data-engage-<name>` on one element, wherever that is.
 *
 * @param {string} name
 */
export function markOf(name) {
  return document.querySelector(`[data-engage-${name}]`)?.getAttribute(`data-engage-${name}`);
}
