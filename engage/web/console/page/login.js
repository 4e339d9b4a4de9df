// The sign-in: one field. The token leaves the page once and is never kept by it.

import { Problem, ask } from './api.js';
import { h } from './dom.js';
import { t } from './words.js';

/** @param {() => void} done */
export function login(done) {
  document.title = `${t('login.title')} · engage`;
  const field = h('input', { type: 'password', id: 'token', autocomplete: 'current-password', required: true, maxlength: 500 });
  const said = h('p', { class: 'is-bad', role: 'alert' });
  document.body.replaceChildren(h('main', { class: 'login' }, h('form', {
    class: 'panel',
    onsubmit: async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      try {
        await ask('login', { method: 'POST', body: { token: field.value } });
        done();
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        said.textContent = error.status === 401 ? t('login.wrong') : error.message;
      }
    },
  }, h('img', { src: 'mark.svg', alt: '', width: 40, height: 40 }), h('h1', {}, t('login.title')),
  h('label', { for: 'token' }, t('login.token')), field, h('p', { class: 'soft small' }, t('login.hint')), said,
  h('button', { type: 'submit', class: 'main' }, t('login.do')))));
  field.focus();
}
