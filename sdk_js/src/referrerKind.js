/**
 * Where the visitor came from: one word, never the address.
 *
 * @param {string} referrer address of the page before, or ''
 * @param {{host: string, search: string}} here
 */
export function referrerKind(referrer, { host, search }) {
  const from = referrer.split('/')[2];
  return /clid=|=(cpc|paid)/.test(search)
    ? 'ad'
    : /=e?mail/.test(search)
      ? 'mail'
      : !from
        ? 'direct'
        : from === host
          ? 'internal'
          : /google|bing|duckduck|ecosia|yahoo/.test(from)
            ? 'search'
            : /facebook|instagram|pinterest|tiktok|youtu|reddit/.test(from)
              ? 'social'
              : 'other';
}
