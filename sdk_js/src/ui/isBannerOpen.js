const NAMES = /cookie|consent|usercentrics|onetrust|didomi|\bcmp|gdpr|iubenda|sp_message|data-engage-banner/i;

/**
 * Whether a consent banner lies over the page: what is seen in the middle or at the
 * lower edge belongs to something named like one, or marked `data-engage-banner`.
 */
export function isBannerOpen() {
  return [2, 8, 2.1, 1.1].some((x, i) => {
    let seen = document.elementFromPoint(innerWidth / x, innerHeight / (i ? 1 : 2) - 24);
    for (; seen?.parentElement && seen !== document.body; seen = seen.parentElement) {
      if (NAMES.test(`${seen.tagName} ${seen.id} ${seen.className} ${seen.getAttributeNames()}`)) return true;
    }
    return false;
  });
}
