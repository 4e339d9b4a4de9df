import { core } from '../core.js';
import { guard } from '../guard.js';
import { listen } from '../listen.js';

/**
 * Hears what the page tells Segment: calls that wait in the snippet's queue, then each
 * new one, after Segment itself; again when the real library has taken the queue's place.
 *
 * @param {(name: string, properties: Record<string, any>) => void} tell
 */
export function tapSegment(tell) {
  /** @type {any} */
  let tapped;
  const once = guard((/** @type {any[]} */ [name, properties]) => {
    // The queue is played to the library with the same objects.
    if (Object(properties) !== properties || core.seen.has(properties)) return;
    core.seen.add(properties);
    tell(name, properties);
  });
  const tap = guard(() => {
    /** @type {any} */
    const analytics = /** @type {any} */ (window).analytics;
    if (!analytics?.track || analytics === tapped) return;
    tapped = analytics;
    // The snippet's queue is an array.
    if (analytics.length) for (const [method, ...args] of analytics) if (method === 'track') once(args);
    if (!analytics.initialized) analytics.ready?.(tap);
    const before = analytics.track;
    const own = (analytics.track = (/** @type {any[]} */ ...args) => {
      const answer = before.apply(analytics, args);
      if (tapped) once(args);
      return answer;
    });
    core.undo.push(() => {
      tapped = undefined;
      if (analytics.track === own) analytics.track = before;
    });
  });
  tap();
  listen(window, 'DOMContentLoaded load', tap);
}
