// What the help says; used by the help pages and folded into product pages.

import { h } from './dom.js';

/** EU size, foot length in centimetres, UK size */
const SIZES = [
  ['37', '23,5', '4'], ['38', '24,1', '5'], ['39', '24,8', '6'], ['40', '25,4', '6,5'], ['41', '26,1', '7,5'],
  ['42', '26,8', '8'], ['43', '27,4', '9'], ['44', '28,1', '9,5'], ['45', '28,8', '10,5'], ['46', '29,4', '11'],
];

/** @param {string[]} texts */
const paragraphs = (texts) => texts.map((text) => h('p', {}, text));

/** @type {Record<string, (lang: 'de' | 'en') => any[]>} */
export const HELP = {
  'size-guide': (lang) => [
    ...paragraphs(lang === 'de' ? [
      'Stell dich abends mit der Ferse an eine Wand, leg ein Blatt unter den Fuß und miss bis zum längsten Zeh. Der größere Fuß zählt.',
      'Böe und Pause fallen klein aus: nimm eine Nummer mehr. Moor fällt groß aus. Alle anderen sitzen wie gewohnt.',
    ] : [
      'In the evening, stand with your heel against a wall on a sheet of paper and measure to the longest toe. The larger foot counts.',
      'Gust and Pause run small: take one size up. Moor runs large. All others fit as usual.',
    ]),
    h('table', {}, h('thead', {}, h('tr', {}, (lang === 'de' ? ['EU', 'Fußlänge (cm)', 'UK'] : ['EU', 'Foot length (cm)', 'UK']).map((name) => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, SIZES.map(([eu, cm, uk]) => h('tr', {}, h('th', { scope: 'row' }, eu),
        [cm, uk].map((cell) => h('td', {}, lang === 'de' ? cell : cell?.replace(',', '.'))))))),
  ],
  returns: (lang) => paragraphs(lang === 'de' ? [
    'Du hast 30 Tage Zeit, und zwar zum Benutzen: spielen, tragen, fotografieren. Gefällt es nicht, schick es zurück.',
    'Das Etikett liegt im Paket, die Rückgabe ist kostenlos. Das Geld ist spätestens drei Tage nach Eingang wieder bei dir.',
    'Schuhe bitte nur drinnen anprobieren, Saiten dürfen gerissen sein. Beides verstehen wir.',
  ] : [
    'You have 30 days, and they are for using it: play, wear, photograph. If you do not like it, send it back.',
    'The label is in the parcel, returns are free. Your money is back no later than three days after we have it.',
    'Please try shoes on indoors only; strings may be broken. We understand both.',
  ]),
  shipping: (lang) => paragraphs(lang === 'de' ? [
    'Standardversand kostet 4,90 €, ab 100 € Warenwert nichts. Das Paket braucht zwei bis drei Werktage.',
    'Express kostet 9,90 €: bis 14 Uhr bestellt, am nächsten Tag bis 18 Uhr da.',
    'Verstärker über 20 kg kommen mit einer Spedition, die vorher anruft. Der Preis bleibt gleich.',
  ] : [
    'Standard shipping costs €4.90, and nothing from €100 of goods. The parcel takes two to three working days.',
    'Express costs €9.90: order by 2 pm, there by 6 pm the next day.',
    'Amplifiers above 20 kg come with a carrier who calls first. The price stays the same.',
  ]),
};
