// Elements, links and money. No markup is ever parsed from a string, so the shop runs
// under `require-trusted-types-for 'script'`.

const SVG = new Set(['svg', 'circle', 'path', 'line', 'polyline', 'rect']);

/** The page's language, as the server wrote it: `?lang=`, else the browser's. */
export const lang = document.documentElement.lang === 'en' ? 'en' : 'de';

/** Whether somebody has chosen it: then links hand it on. */
export const isChosen = new URLSearchParams(location.search).has('lang');

/**
 * Returns an element. `on…` attributes are listeners, `false`, `null` and `undefined`
 * are left out, `true` is an empty attribute.
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
    else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.flat(3).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

/**
 * Returns a path of this shop; a language that was chosen lives in links only.
 * @param {string} path may hold a query and a fragment
 * @param {string} [language]
 */
export function link(path, language = lang) {
  const url = new URL(path, location.origin);
  if (isChosen || language !== lang) url.searchParams.set('lang', language);
  return url.pathname + url.search + url.hash;
}

/** @param {number} cents @returns {string} `1.849 €` or `€1,849`, cents only if any */
export function money(cents) {
  return new Intl.NumberFormat(lang === 'en' ? 'en-IE' : 'de-DE', {
    style: 'currency', currency: 'EUR', minimumFractionDigits: cents % 100 ? 2 : 0,
  }).format(cents / 100);
}

/** @param {string} d path data on a 24-unit grid @returns {SVGElement} a line icon */
export function icon(d) {
  return h('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, h('path', { d }));
}

/** The shop's mark: a disc lit from one side. @param {string} [cls] */
export function mark(cls = 'mark') {
  return h('svg', { class: cls, viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    h('circle', { cx: 16, cy: 16, r: 13, class: 'mark-ring' }),
    h('path', { d: 'M16 3a13 13 0 0 1 0 26z', class: 'mark-half' }));
}

/**
 * A short notice at the edge of the page, read out politely; gone after eight seconds.
 * @param {...any} content
 */
export function toast(...content) {
  document.querySelector('.toast')?.remove();
  const box = h('div', { class: 'toast', role: 'status' }, ...content);
  document.body.append(box);
  setTimeout(() => box.remove(), 8000);
}
