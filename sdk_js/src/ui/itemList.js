/** @import { Suggestion } from '../types.d.ts' */
import { element } from './element.js';
import { safeUrl } from './safeUrl.js';

/**
 * Products as links with picture, title and price, as people write it
 * here. Never a former price: the law ties those to the lowest of 30 days, which a card
 * cannot know.
 *
 * @param {Suggestion[]} items
 * @param {string} locale
 * @param {(event: Event) => void} follow
 */
export function itemList(items, locale, follow) {
  return element(
    'div',
    { part: 'items' },
    ...items.map((item) => {
      const { price, currency } = item;
      // Some shop systems write de_DE, which no formatter takes.
      const language = locale.replace('_', '-');
      const src = safeUrl(item.image_link);
      const picture = src && element('img', { src, role: 'none', width: 56, height: 56 });
      // No broken picture on a shop's page; and nothing moves when one does not come.
      if (picture) picture.onerror = () => (picture.style.visibility = 'hidden');
      return element(
        'a',
        { part: 'item', href: safeUrl(item.link), click: follow },
        picture,
        element('b', {}, item.title),
        element('span', {}, currency ? price?.toLocaleString(language, { style: 'currency', currency }) : price),
      );
    }),
  );
}
