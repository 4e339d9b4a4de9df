let isTold = false;

/**
 * The same function, whose errors end here: told once, never to the page.
 *
 * @template {any[]} A
 * @template R
 * @param {(...args: A) => R} fn
 * @returns {(...args: A) => R | undefined}
 */
export function guard(fn) {
  return (...args) => {
    try {
      return fn(...args);
    } catch (error) {
      if (!isTold) console.warn('engage', error);
      isTold = true;
      return undefined;
    }
  };
}
