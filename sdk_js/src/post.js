/**
 * One beacon on its way: `fetch` with keepalive, and `sendBeacon` where that fails at
 * the end of a page. (Blockers swallow `sendBeacon` and still return true, so it is
 * never the first choice.)
 *
 * @param {string} url
 * @param {string} body a string travels as text/plain, which needs no preflight
 * @param {boolean} [leaving]
 * @returns {Promise<{status: number, wait?: number, answer?: any}>} status 0: unknown fate
 */
export async function post(url, body, leaving) {
  try {
    const response = await fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' });
    const { status, headers } = response;
    const answer = status === 200 && (await response.json());
    return { status, wait: +(headers.get('retry-after') || 0), answer };
  } catch {
    return { status: leaving && navigator.sendBeacon(url, body) ? 204 : 0 };
  }
}
