import { core } from './core.js';
import { guard } from './guard.js';

/**
 * Listen until measuring stops. Passive and capturing: the page is never held up,
 * and what it stops from bubbling is still seen.
 *
 * @param {EventTarget} target
 * @param {string} types separated by spaces
 * @param {(event: any) => void} fn
 */
export function listen(target, types, fn) {
  const options = { passive: true, capture: true, signal: core.life.signal };
  const safe = guard(fn);
  for (const type of types.split(' ')) target.addEventListener(type, safe, options);
}
