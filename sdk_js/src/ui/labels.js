/**
 * Our own few words: no, close, copy, copied, nobody is free. All others come from
 * the shop.
 *
 * @param {string} locale
 */
export function labels(locale) {
  return /^de/i.test(locale)
    ? ['Nein, danke', 'Schließen', 'Kopieren', 'Kopiert', 'Gerade ist niemand frei.']
    : ['No thanks', 'Close', 'Copy', 'Copied', 'Nobody is free right now.'];
}
