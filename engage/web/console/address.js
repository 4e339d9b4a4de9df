// What the page's address names behind the page: a decision, a visitor.

/** @returns {string} '' if it names nothing */
export function named() {
  const part = location.hash.split('/')[1] ?? '';
  // Whoever types an address may leave half a percent code in it.
  try { return decodeURIComponent(part); } catch { return part; }
}
