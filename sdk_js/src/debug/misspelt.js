/** @import { Core } from '../types.d.ts' */

/** Options that are one word of a few; what is none of them is not heard. */
const WORDS = {
  consent: 'manual granted gcm tcf',
  preset: 'shopify woocommerce shopware',
  theme: 'light dark',
};

/**
 * What to say of options that mean nothing as they are written.
 *
 * @param {Core['options']} options
 */
export function misspelt(options) {
  return Object.entries(WORDS)
    .map(([name, known]) => [name, /** @type {any} */ (options)[name], known])
    .filter(([, value, known]) => value && !known.split(' ').includes(value))
    .map(([name, value, known]) => `; ${name} must be one of ${known}, got ${value}`)
    .join('');
}
