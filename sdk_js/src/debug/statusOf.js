/**
 * What the service's answer to a beacon means for the page.
 *
 * @param {number} status 0 when there was none
 */
export function statusOf(status) {
  if (status === 204) {
    return (
      'taken; nothing to show. The browser is not told why: no moment yet, the draw gave none, ' +
      'the shop is in the shadow, or this visitor is in the holdout or taken for a robot' +
      (navigator.webdriver ? ' (this browser says that it is one)' : '') +
      '. The console of the service shows each decision with its refusals'
    );
  }
  if (status === 200) return 'taken; with an answer';
  // To an origin that is none of the site's the browser hands no answer on.
  if (!status) {
    return (
      `no answer that the page may read: ${location.origin} is not among the site's \`origins\`, or the service is ` +
      'away, or blocked (CSP, ad blocker); it is tried again, later and later'
    );
  }
  if (status === 403) return 'refused: unknown site key, or this origin is not among the site\'s `origins`';
  if (status === 429 || status === 503) return `busy (${status}); it is tried again when the service says`;
  if (status < 500) return `refused (${status}), this beacon is dropped`;
  return `failed (${status}); it is tried again`;
}
