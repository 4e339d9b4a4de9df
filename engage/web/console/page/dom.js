// Elements. No markup is ever parsed from a string, so the page runs under
// `require-trusted-types-for 'script'`; styles are set by property, never as text.

const SVG = new Set(['svg', 'circle', 'path', 'line', 'rect', 'g', 'text', 'pattern', 'defs']);

/**
 * Returns an element. `on…` attributes are listeners, `style` is an object of custom or
 * plain properties; `false`, `null` and `undefined` are left out, `true` is empty.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...any} children nodes, strings, arrays of them, or nothing
 * @returns {any}
 */
export function h(name, attributes = {}, ...children) {
  const node = SVG.has(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') {
      for (const [property, text] of Object.entries(value)) node.style.setProperty(property, text);
    } else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/** @param {string} d path data on a 24-unit grid @returns {SVGElement} a line icon */
export function icon(d) {
  return h('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('path', { d }));
}

// A browser forgets a click whose button was replaced between press and release.
/** @type {Node | null} */
let pressed = null;
const release = () => { pressed = null; };
window.addEventListener('pointerdown', (event) => { pressed = /** @type {Node} */ (event.target); }, true);
// Enter means it at once, the space bar when it is let go.
window.addEventListener('keydown', (event) => { if (event.key === ' ') pressed = /** @type {Node} */ (event.target); }, true);
for (const name of ['pointerup', 'pointercancel', 'keyup', 'contextmenu']) window.addEventListener(name, release, true);
window.addEventListener('blur', release);

/** Whether something in a place is being pressed: then it stays as it is until the next draw. @param {any} place */
export function isPressed(place) { return place.contains(pressed); }

/**
 * Puts new content into a place, unless it says what it said before or is being pressed.
 * Whoever had the focus in there keeps it (elements are told apart by `data-key`).
 * @param {any} place @param {any} data decides whether anything changed
 * @param {() => any[]} render
 */
export function fill(place, data, render) {
  const said = JSON.stringify(data);
  if (place.said === said || isPressed(place)) return;
  place.said = said;
  const active = /** @type {any} */ (document.activeElement);
  const key = place.contains(active) ? active.dataset.key : null;
  place.replaceChildren(...render().flat(3).filter(Boolean));
  if (key) place.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
