// A table of figures that folds into a list on a narrow screen.

import { h } from './dom.js';

/** @param {string[]} heads @param {any[]} rows @param {string} first */
export function table(heads, rows, first) {
  return h('div', { class: 'scroll' }, h('table', { class: 'figures' },
    h('thead', {}, h('tr', {}, first ? h('th', { scope: 'col' }, first) : h('td', {}), heads.map((head) => h('th', { scope: 'col' }, head)))),
    h('tbody', {}, rows)));
}
