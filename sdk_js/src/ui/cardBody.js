/** @import { Decision } from '../types.d.ts' */
import { element } from './element.js';
import { icon } from './icon.js';
import { itemList } from './itemList.js';
import { labels } from './labels.js';

/**
 * The card: a labelled region (or dialog) with heading, text, what its kind adds, and
 * its buttons. Saying no is as easy as saying yes. An offer that was made for this
 * visitor says so, unless the shop says it in its own words or sends none ('').
 *
 * @param {Decision} decision
 * @param {string} locale
 * @param {Record<string, (event: Event) => void>} act
 * @param {boolean} [modal]
 */
export function cardBody({ id, kind, content }, locale, act, modal) {
  const [no, close, copy, , , why] = labels(locale);
  const { title, text, cta, decline, code, terms, items = [] } = content;
  const { disclosure = (code || items[0]) && why } = content;
  const part = (/** @type {string} */ name, /** @type {any} */ child, tag = 'button', label = '') => {
    // A dialog is read from its heading on, and no button is pressed by accident.
    const autofocus = modal && tag === 'h2' && '-1';
    const attributes = { part: name, id: name, click: act[name], 'aria-label': label, autofocus, tabindex: autofocus };
    return child && element(tag, attributes, child);
  };
  return element(
    modal ? 'dialog' : 'section',
    {
      part: 'card',
      'aria-labelledby': 'title',
      'data-kind': kind,
      'data-decision': id,
    },
    element('header', {}, part('icon', icon(kind), 'i'), part('title', title, 'h2'), part('text', text, 'p')),
    items[0] && itemList(items, locale, act.follow),
    code && element('div', { part: 'code' }, element('code', {}, code), part('copy', copy)),
    part('terms', terms, 'small'),
    part('disclosure', disclosure, 'small'),
    element('footer', {}, part('accept', cta || (code ? copy : 'OK')), part('decline', decline || no)),
    part('close', icon('close'), 'button', close),
  );
}
