// A table of figures that folds into a list on a narrow screen.

import { h } from './dom.js';
import { begun } from './words.js';

/** @param {string[]} heads @param {any[]} rows @param {string} first */
export function table(heads, rows, first) {
  for (const cell of rows.flatMap((row) => [...row.querySelectorAll('[data-name]')])) cell.dataset.name = begun(cell.dataset.name);
  return h('div', { class: 'scroll' }, h('table', { class: 'figures' },
    h('thead', {}, h('tr', {}, first ? h('th', { scope: 'col' }, begun(first)) : h('td', {}), heads.map((head) => h('th', { scope: 'col' }, begun(head))))),
    h('tbody', {}, rows)));
}
