import { core } from '../../core.js';
import { listen } from '../../listen.js';

/**
 * Entering fields, failing validation, choosing variants. Fields are told
 * apart, never named; values of variants are compared here and stay here.
 *
 * @param {(target: any) => string} roleOf
 */
export function observeFields(roleOf) {
  listen(document, 'focusin change invalid focusout', ({ type, target }) => {
    const role = roleOf(target);
    const tell = (/** @type {string} */ k, of = target) => core.tell({ k, of, role });
    // Buttons and boxes are no fields to be filled in.
    if (type === 'focusin' && target.type && !/button|submit|reset|box|radio/.test(target.type)) tell('focus');
    if (type === 'change' && /variant|size/.test(role)) tell('pick', target.value);
    // Shops that validate by script mark the field.
    if (type === 'invalid' || (type === 'focusout' && target.ariaInvalid === 'true')) tell('invalid');
  });
}
