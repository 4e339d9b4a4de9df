/**
 * Share of the words of a title that a copied text contains, 0 to 1.
 *
 * @param {string} title
 * @param {string} text
 */
export function copyOverlap(title, text) {
  /** @type {(s: string) => string[]} */
  const words = (s) => s.toLowerCase().match(/[\p{L}\d]+/gu) || [];
  const [all, copied] = [title, text].map(words);
  return all.filter((word) => copied.includes(word)).length / (all.length || 1);
}
