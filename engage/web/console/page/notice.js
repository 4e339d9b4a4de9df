// A short notice at the edge of the page, read out; gone after eight seconds.

import { h } from './dom.js';
import { t } from './words.js';

/** @param {unknown} error */
export function complain(error) {
  const detail = error instanceof Error ? error.message : String(error);
  document.querySelector('.toast')?.remove();
  const box = h('div', { class: 'toast', role: 'alert' }, t('failed', { detail }));
  document.body.append(box);
  setTimeout(() => box.remove(), 8000);
}
