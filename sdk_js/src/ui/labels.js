/** @import { Ui } from '../types.d.ts' */

/** Our own few words: no, close, copy, copied, nobody is free, why this offer. */
const WORDS = /** @type {Record<string, string>} */ ({
  en: 'No thanks|Close|Copy|Copied|Nobody is free right now.|This offer was chosen automatically, based on your visit.',
  de: 'Nein, danke|Schließen|Kopieren|Kopiert|Gerade ist niemand frei.|Dieses Angebot wurde automatisch anhand Ihres Besuchs ausgewählt.',
});

/**
 * The words in the language of a locale, or in English. All others come from the shop.
 *
 * @param {string} locale
 */
export function labels(locale) {
  return (WORDS[locale.slice(0, 2).toLowerCase()] || WORDS.en).split('|');
}

/**
 * Settle which language a card is in, the page's or that of its texts, and learn the
 * words of a further one before the first card in it.
 *
 * @type {Ui['learnWords']}
 */
export async function learnWords({ content }, kit) {
  kit.locale = content.locale || kit.locale;
  if (/^(fr|es|it)/i.test(kit.locale)) Object.assign(WORDS, (await kit.loadChunk('words')).WORDS);
}
