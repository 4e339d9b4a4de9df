// A small chat panel with a scripted agent, so that the way from invite to conversation
// can be walked in a demo. A real shop opens its own chat here.

import { h, icon, lang } from './dom.js';
import { engage } from './sdk.js';
import { SCRIPT } from './chat_script.js';
import { t } from './words.js';

const CROSS = 'M6 6l12 12M18 6L6 18';
// Long enough to be read as thinking, short enough not to annoy; milliseconds.
const PAUSE_MS = 900;

/** @param {any} decision the accepted one: id, content.group */
export function openChat(decision) {
  document.querySelector('.chat')?.remove();
  const agent = SCRIPT[decision.content?.group] ?? SCRIPT.audio;
  const log = h('ol', { class: 'chat-log', role: 'log', 'aria-live': 'polite' });
  const choices = h('div', { class: 'chat-choices' });
  const input = h('input', { 'aria-label': t('chat.input'), placeholder: t('chat.input'), maxlength: 300, autocomplete: 'off' });
  const talk = conversation({ agent, log, choices });
  const panel = h('aside', { class: 'chat', 'aria-label': t('chat.label') },
    h('header', {},
      h('span', { class: 'chat-face', 'aria-hidden': 'true' }, agent.name[0]),
      h('div', {}, h('strong', {}, agent.name), h('span', {}, agent.role[lang])),
      h('button', {
        type: 'button', 'aria-label': t('chat.close'),
        onclick: () => rate(panel, decision),
      }, icon(CROSS))),
    log, choices,
    h('form', {
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        if (input.value.trim()) talk(input.value.trim(), agent.otherwise[lang]);
        input.value = '';
      },
    }, input, h('button', { class: 'button small' }, t('chat.send'))),
    h('p', { class: 'chat-note' }, t('chat.demo')));
  document.body.append(panel);
  input.focus();
  engage('track', 'chat_started', { decision: decision.id });
}

/**
 * Greets, offers the agent's questions, and returns what says a line and answers it.
 * @param {{agent: any, log: any, choices: any}} parts
 */
function conversation({ agent, log, choices }) {
  const say = (/** @type {string} */ text, /** @type {string} */ who) => {
    log.append(h('li', { class: who }, text));
    log.scrollTop = log.scrollHeight;
  };
  const talk = (/** @type {string} */ said, /** @type {string} */ answer) => {
    say(said, 'you');
    setTimeout(() => say(answer, 'agent'), PAUSE_MS);
  };
  say(agent.hello[lang], 'agent');
  for (const { ask, answer } of agent.lines) {
    choices.append(h('button', {
      type: 'button',
      onclick: (/** @type {any} */ event) => {
        event.currentTarget.remove();
        talk(ask[lang], answer[lang]);
      },
    }, ask[lang]));
  }
  return talk;
}

/** Asks for a verdict before the panel goes. @param {HTMLElement} panel @param {any} decision */
function rate(panel, decision) {
  if (panel.dataset.rated !== undefined) { panel.remove(); return; }
  panel.dataset.rated = '';
  const give = (/** @type {number} */ rating) => {
    engage('track', 'chat_rated', { decision: decision.id, rating });
    row.replaceChildren(h('p', { role: 'status' }, t('chat.thanks')));
    setTimeout(() => panel.remove(), 1500);
  };
  const row = h('div', { class: 'chat-rate' },
    h('p', {}, t('chat.rate')),
    h('div', {}, [1, 2, 3, 4, 5].map((n) => h('button', {
      type: 'button', 'aria-label': t('chat.rate.n', { n }), onclick: () => give(n),
    }, String(n)))));
  panel.querySelector('form')?.replaceWith(row);
  panel.querySelector('.chat-choices')?.remove();
  row.querySelector('button')?.focus();
}
