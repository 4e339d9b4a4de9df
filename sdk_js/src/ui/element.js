/**
 * Makes an element. Attributes that are functions become click listeners, empty ones are left
 * out; children are put in as nodes or text, never as markup.
 *
 * @type {import('../types.d.ts').H}
 */
export function element(tag, attributes = {}, ...children) {
  const space = /svg|path/.test(tag) ? '2000/svg' : '1999/xhtml';
  /** @type {any} */
  const made = document.createElementNS('http://www.w3.org/' + space, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener('click', value);
    else if (value) made.setAttribute(name, value);
  }
  made.append(.../** @type {string[]} */ (children.filter(Boolean)));
  return made;
}
