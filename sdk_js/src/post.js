import { log } from './log.js';

/**
 * One beacon on its way: `fetch` with keepalive. Where that fails at the end of a page
 * (its 64 KiB are used up by others), the browser is asked to send it later, or a
 * `sendBeacon` tries; the fate stays unknown, and the service recognises a second copy.
 * (Blockers swallow `sendBeacon` and still return true, so it is never the first choice.)
 *
 * @param {string} url
 * @param {string} body a string travels as text/plain, which needs no preflight
 * @param {boolean | void} [leaving]
 * @returns {Promise<{status: number, wait?: number, answer?: any}>} status 0: unknown fate
 */
export async function post(url, body, leaving) {
  /** @type {any} */
  const page = window;
  /** @type {RequestInit} */
  const request = { method: 'POST', body, keepalive: true, credentials: 'omit' };
  try {
    const response = await fetch(url, request);
    const { status } = response;
    // Problems say what is wrong (application/problem+json), for `debug`.
    const answer = await response.json().catch(() => {});
    log('status', status, answer);
    const wait = +(/** @type {any} */ (response.headers.get('retry-after')));
    return { status, wait, answer };
  } catch (error) {
    log('status', 0, error);
    try {
      if (leaving) page.fetchLater ? page.fetchLater(url, request) : navigator.sendBeacon(url, body);
    } catch {
      // Its quota is used up, too: the next page sends the stash.
    }
    return { status: 0 };
  }
}
