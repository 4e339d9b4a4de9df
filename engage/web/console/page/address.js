// What the page's address names behind the page: a decision, a visitor.

/** An address may be another page's already while this one is drawn for the last time.
 * @param {string} page who asks @returns {string} '' if it names nothing on this page */
export function named(page) {
  const [of, part = ''] = location.hash.slice(1).split('/');
  if (of !== page) return '';
  // Whoever types an address may leave half a percent code in it.
  try { return decodeURIComponent(part); } catch { return part; }
}
