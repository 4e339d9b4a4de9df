/** @import { Decision } from '../types.d.ts' */
import { element } from './element.js';
import { icon } from './icon.js';
import { itemList } from './itemList.js';
import { labels } from './labels.js';

/**
 * The card: a labelled region with heading, text, what its kind adds, and its buttons.
 * Saying no is as easy as saying yes.
 *
 * @param {Decision} decision
 * @param {string} locale
 * @param {Record<string, (event: Event) => void>} act
 */
export function cardBody({ id, kind, content }, locale, act) {
  const { title, text, cta, decline, disclosure, code, terms, items = [] } = content;
  const [no, close, copy] = labels(locale);
  const part = (/** @type {string} */ name, /** @type {any} */ child, tag = 'button', label = '') =>
    child && element(tag, { part: name, id: name, click: act[name], 'aria-label': label }, child);
  return element(
    'section',
    {
      part: 'card',
      role: 'region',
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
