/**
 * A pseudonymous id: 96 random bits, about 20 characters of `[a-z0-9]` after the prefix.
 *
 * @param {string} prefix
 */
export function randomId(prefix) {
  return crypto.getRandomValues(new Uint32Array(3)).reduce((id, part) => id + part.toString(36), prefix);
}
