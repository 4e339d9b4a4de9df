/**
 * Whether a card hides less of the page's buttons on the other side. Where cards come
 * many a shop has its way into the cart, and nothing is worth hiding that.
 *
 * @param {Element} card as it lies there now
 */
export function isBetterAside(card) {
  const { left, right, top, height } = card.getBoundingClientRect();
  const hidden = (/** @type {number} */ x) =>
    [...Array(25).keys()].filter((i) =>
      document
        .elementsFromPoint(x + (i % 5) * 90, top + (height * i) / 25)
        .some((seen) => seen.matches('button,[type=submit],[class*=btn],[class*=button]')),
    ).length;
  return hidden(innerWidth - right) < hidden(left);
}
