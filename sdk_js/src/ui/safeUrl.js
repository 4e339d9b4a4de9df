/**
 * An address that may be followed (http or https), or ''.
 *
 * @param {string | null | undefined} address absolute or relative to the page
 */
export function safeUrl(address) {
  const link = document.createElement('a');
  link.href = address || '';
  return address && /^http/.test(link.href) ? link.href : '';
}
