// Of Usercentrics, Sourcepoint, tarteaucitron, Axeptio, Shopify and CCM19 a part is enough;
// OneTrust has `consent` in what is around it.
const NAMES =
  /cookie|consent|centrics|didomi|\bcmp|gdpr|iubenda|sp_mess|tarte|axep|pc__b|ccm-|engage-ba/i;

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
