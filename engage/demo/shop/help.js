// The help pages: size guide, returns, shipping.

import { h, lang, link } from './dom.js';
import { HELP } from './help_texts.js';
import { t } from './words.js';

/**
 * @param {import('./shop.js').Catalogue} catalogue @param {string} topic
 * @returns {import('./shop.js').Page | null}
 */
export function help(catalogue, topic) {
  if (!(topic in HELP)) return null;
  return {
    title: t(`help.${topic}`),
    content: h('article', { class: 'help' },
      h('nav', { 'aria-label': t('foot.help') }, h('ul', {}, Object.keys(HELP).map((other) => h('li', {},
        h('a', { href: link(`/help/${other}`), 'aria-current': other === topic ? 'page' : null }, t(`help.${other}`)))))),
      h('div', { class: 'prose' }, h('h1', {}, t(`help.${topic}`)), HELP[topic](lang))),
  };
}
