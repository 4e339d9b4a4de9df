// Asks before something that matters.

import { h } from './dom.js';
import { t } from './words.js';

const HUSH_MS = 800;

/**
 * @param {{ title: string, text: string, action: string, isDanger?: boolean, field?: string, isRequired?: boolean }} what
 * @returns {Promise<string | null>} what was typed (empty without a field); null if not wished
 */
export function confirm({ title, text, action, isDanger = false, field, isRequired = false }) {
  return new Promise((resolve) => {
    const input = field ? h('input', { type: 'text', maxlength: 200, id: 'dialog-field', required: isRequired }) : null;
    const dialog = h('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title', 'aria-describedby': 'dialog-text' },
      h('form', { method: 'dialog', onsubmit: hush },
        h('h2', { id: 'dialog-title' }, title), h('p', { id: 'dialog-text' }, text),
        input ? h('label', { for: 'dialog-field' }, field, input) : null,
        h('div', { class: 'buttons' },
          // No submit: Enter in the field is for the first of those, and means what was asked.
          h('button', { type: 'button', class: 'quiet', onclick: () => { hush(); dialog.close('no'); } }, t('cancel')),
          h('button', { value: 'yes', type: 'submit', class: isDanger ? 'danger' : 'main' }, action))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? input?.value ?? '' : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Enter pressed twice, or held, means it once: the button that asked has the focus again, and may do the opposite by now. */
function hush() {
  const since = performance.now();
  const deaf = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter') return;
    if (event.repeat || event.timeStamp - since < HUSH_MS) event.preventDefault();
    else window.removeEventListener('keydown', deaf, true);
  };
  window.addEventListener('keydown', deaf, true);
}
