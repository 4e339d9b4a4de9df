// What the demo's agents say, by chat group.

const say = (/** @type {string} */ de, /** @type {string} */ en) => ({ de, en });
const otherwise = say(
  'Gute Frage. In dieser Demo kenne ich nur ein paar Antworten, aber ein Mensch an meiner Stelle wüsste es.',
  'Good question. In this demo I know only a few answers, but a person in my place would know.',
);

/** @type {Record<string, any>} */
export const SCRIPT = {
  guitars: {
    name: 'Mara', role: say('Gitarren und Verstärker', 'Guitars and amplifiers'), otherwise,
    hello: say('Moin, hier ist Mara aus der Werkstatt. Worum geht es bei deiner nächsten Gitarre?',
      'Hello, this is Mara from the workshop. What should your next guitar be about?'),
    lines: [
      { ask: say('Passt sie für Anfänger?', 'Is it good for beginners?'),
        answer: say('Ja. Wichtiger als das Modell ist die Einstellung, und die machen wir vor dem Versand. Kleine Hände mögen die Lee.',
          'Yes. The set-up matters more than the model, and we do it before it ships. Small hands like the Lee.') },
      { ask: say('Welcher Verstärker dazu?', 'Which amplifier with it?'),
        answer: say('Fürs Zimmer der Kreisel 5. Mit Band der Kachel 15, der hat Luft nach oben.',
          'For the room the Kreisel 5. With a band the Kachel 15, it has headroom.') },
      { ask: say('Kann ich sie probespielen?', 'Can I try it first?'),
        answer: say('30 Tage zu Hause, an deinem Verstärker, mit deinen Ohren. Rückgabe kostet nichts.',
          '30 days at home, through your amp, with your ears. Returns cost nothing.') },
    ],
  },
  cameras: {
    name: 'Ole', role: say('Kameras', 'Cameras'), otherwise,
    hello: say('Hallo, ich bin Ole. Was möchtest du fotografieren?', 'Hello, I am Ole. What would you like to photograph?'),
    lines: [
      { ask: say('Menschen, oft drinnen', 'People, mostly indoors'),
        answer: say('Dann zählt Licht: Die Null ist stabilisiert, die Rand leise. Beide sehen bei Kerzenschein noch gut.',
          'Then light counts: the Zero is stabilised, the Edge is quiet. Both see well by candlelight.') },
      { ask: say('Reisen, wenig Gepäck', 'Travel, little luggage'),
        answer: say('Taschenspiegel. 290 Gramm, passt in die Jacke.', 'The Pocket. 290 grams, fits in the jacket.') },
    ],
  },
  shoes: {
    name: 'Fenja', role: say('Schuhe', 'Shoes'), otherwise,
    hello: say('Hi, Fenja hier. Unsicher bei der Größe?', 'Hi, Fenja here. Unsure about the size?'),
    lines: [
      { ask: say('Ich liege zwischen zwei Größen', 'I am between two sizes'),
        answer: say('Bei Böe und Pause die größere, bei Moor die kleinere, sonst die gewohnte.',
          'For Gust and Pause the larger, for Moor the smaller, otherwise your usual one.') },
      { ask: say('Kann ich zwei Größen bestellen?', 'May I order two sizes?'),
        answer: say('Gern. Die Rückgabe ist kostenlos.', 'Gladly. Returns are free.') },
    ],
  },
  audio: {
    name: 'Ilja', role: say('Kopfhörer', 'Headphones'), otherwise,
    hello: say('Hallo, Ilja hier. Wo hörst du meistens Musik?', 'Hello, Ilja here. Where do you mostly listen?'),
    lines: [
      { ask: say('Unterwegs', 'On the move'),
        answer: say('Bohne, wenn es klein sein soll. Halle, wenn es still sein soll.', 'Bohne if it should be small. Halle if it should be quiet.') },
      { ask: say('Zu Hause, konzentriert', 'At home, with care'),
        answer: say('Weite: offen, ehrlich, stundenlang bequem.', 'Weite: open, honest, comfortable for hours.') },
    ],
  },
};
