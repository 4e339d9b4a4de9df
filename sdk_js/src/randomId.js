/**
 * A pseudonymous id: 16 characters (about 95 bits) of `[A-Za-z0-9_]` after the prefix.
 *
 * @param {string} prefix
 */
export function randomId(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const text = btoa(String.fromCharCode(...bytes));
  return prefix + text.replace(/[+/]/g, '_');
}
