/**
 * Page kind from what the page tells search engines (OpenGraph, schema.org), or `other`.
 *
 * @param {ParentNode} root
 * @param {string} path
 */
export function guessPageKind(root, path) {
  const said = [...root.querySelectorAll('[property="og:type"],[type="application/ld+json"]')]
    .map((element) => element.getAttribute('content') || element.textContent)
    .join(' ');
  if (/"(CollectionPage|ItemList)"/.test(said)) return 'list';
  if (/"Product|\bproduct/.test(said)) return 'product';
  return path === '/' ? 'home' : 'other';
}
