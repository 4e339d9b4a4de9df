/** @type {boolean | undefined} */
let isTold;

/**
 * The same function, whose errors end here: told once, never to the page.
 *
 * @template {any[]} A
 * @template R
 * @param {(...args: A) => R} fn of three arguments at most
 * @returns {(...args: A) => R | undefined}
 */
export function guard(fn) {
  /** @type {any} */
  const safe = (/** @type {any} */ a, /** @type {any} */ b, /** @type {any} */ c) => {
    try {
      return /** @type {any} */ (fn)(a, b, c);
    } catch (error) {
      if (!isTold) console.warn('engage', error);
      isTold = true;
    }
  };
  return safe;
}
