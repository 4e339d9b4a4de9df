import { core } from './core.js';
import { guard } from './guard.js';

/**
 * Listen until measuring stops. Capturing: what the page stops from bubbling is still
 * seen. None of these events waits for its listeners, so none needs to be passive; and
 * taking each off by hand costs the start of a page less than a signal that does.
 *
 * @param {EventTarget} target
 * @param {string} types separated by spaces
 * @param {(event: any) => void} fn
 * @param {boolean} [isCapturing] false: only what happens to the target itself, of an
 *   event that does not bubble; its elements then need not tell of theirs
 */
export function listen(target, types, fn, isCapturing = true) {
  const safe = guard(fn);
  for (const type of types.split(' ')) {
    target.addEventListener(type, safe, isCapturing);
    core.undo.push(() => target.removeEventListener(type, safe, isCapturing));
  }
}
