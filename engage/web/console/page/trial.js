// The challenger: how far its trial is, what it has shown, and what an operator may do.

import { ask } from './api.js';
import { interval, meter } from './bars.js';
import { pairs } from './detail.js';
import { confirm } from './dialog.js';
import { h } from './dom.js';
import { currency, moment, money, number, percent, points } from './format.js';
import { complain } from './notice.js';
import { isOperator } from './store.js';
import { table } from './table.js';
import { known, t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

const STAGES = ['shadow', 'canary', 'ramp', 'half', 'promoted'];
const OVER = ['promoted', 'rolled_back'];
// A standard error either side of this makes 95 %; verdicts hold at every look besides.
const WIDTH = 1.96;
const IN_MONEY = ['surrogate', 'value', 'discount'];

/** Whether somebody has unfolded the card; it is drawn anew with each verdict. */
let isCardOpen = false;

/** @param {Plain} trial @param {boolean} isPinned @returns {any[]} */
export function renderTrial({ present, moves }, isPinned) {
  const title = h('h2', {}, t('trial.title'));
  if (present === null) return [title, h('p', { class: 'empty' }, t('trial.never'))];
  const isOver = OVER.includes(present.stage);
  return [
    h('div', { class: 'trial-head' }, h('div', {}, title, h('p', { class: 'soft small is-id' }, t('trial.who', { candidate: present.candidate, n: present.snapshot }))),
      (isOver && !present.has_taken_over) || !isOperator() ? null : h('div', { class: 'buttons' },
        isOver || present.is_forced ? null : h('button', { type: 'button', 'data-key': 'trial-force', onclick: () => order('force') }, t('trial.force')),
        h('button', { type: 'button', class: 'danger', 'data-key': 'trial-withdraw', onclick: () => order('withdraw') }, t('trial.withdraw')))),
    steps(present, moves),
    isPinned && !isOver ? h('p', { class: 'note' }, t('trial.pinned')) : null,
    isOver ? null : progress(present),
    h('div', { class: 'trial-columns' },
      h('div', {}, h('h3', {}, t('trial.evidence')), ...evidence(present)),
      h('div', {}, h('h3', {}, t('trial.moves')), h('ol', { class: 'moves' }, moves.map(move)), card(present))),
  ];
}

/** The way from the shadow to everybody. @param {Plain} present @param {Plain[]} moves */
function steps(present, moves) {
  const isBack = present.stage === 'rolled_back';
  const last = isBack ? moves.find((one) => one.candidate === present.candidate && one.to === 'rolled_back')?.from : present.stage;
  const place = STAGES.indexOf(last ?? 'shadow');
  return h('ol', { class: 'steps', 'aria-label': t('trial.stages') }, STAGES.map((stage, n) => h('li', {
    class: n < place ? 'is-done' : n > place ? '' : isBack ? 'is-back' : 'is-now', 'aria-current': n === place && !isBack ? 'step' : null,
  }, word('stage', stage))), isBack ? h('li', { class: 'is-back is-now', 'aria-current': 'step' }, word('stage', 'rolled_back')) : null);
}

/** @param {Plain} present */
function progress({ stage, have, need, why, is_forced: isForced, share }) {
  return h('div', {},
    h('div', { class: 'gauge is-wide' }, h('span', { class: 'soft' }, t(`trial.need_${stage === 'shadow' ? 'shadow' : stage === 'half' ? 'half' : 'own'}`)), meter(have / need),
      h('span', { class: 'figure' }, t('trial.of', { have: number(have), need: number(need) }))),
    h('p', { class: 'soft small' }, [t('trial.share', { share: percent(share) }), why && !isForced ? verdict(why) : null, isForced ? t('trial.forced') : null].filter(Boolean).join(' · ')));
}

/** @param {Plain} present @returns {any[]} */
function evidence({ evidence: seen }) {
  const gain = pairs([
    [t('trial.gain'), seen.gain.n ? `${money(seen.gain.difference, { sign: true, digits: 3 })} ± ${number(WIDTH * seen.gain.se, 3)} · n ${number(seen.gain.n)}` : '–'],
    [t('trial.better'), seen.gain.n ? `${signed(seen.better.difference)} ± ${number(WIDTH * seen.better.se, 2)} ${currency()}²` : '–'],
  ]);
  const arms = Object.entries(seen.arms).filter(([, one]) => one.visitors[0] > 0 && one.visitors[1] > 0);
  if (!arms.length) return [gain, h('p', { class: 'soft small' }, t('trial.noarms'))];
  return [gain, table([t('trial.challenger'), t('trial.champion'), t('trial.difference'), t('trial.visitors')], arms.map(row), t('trial.outcome')),
    h('p', { class: 'soft small' }, t('trial.arms_text'))];
}

/** @param {[string, Plain]} entry */
function row([name, one]) {
  const say = (/** @type {number} */ value, sign = false) => (IN_MONEY.includes(name) ? money(value, { sign }) : sign ? points(value) : percent(value, 1));
  const reach = Math.max(Math.abs(one.difference) + WIDTH * one.se, 1e-4) * 1.2;
  const isWorseUp = ['dismissals', 'errors', 'discount'].includes(name);
  const low = one.difference - WIDTH * one.se;
  const high = one.difference + WIDTH * one.se;
  const label = `${say(one.difference, true)}, ${say(low, true)} – ${say(high, true)}`;
  const drawn = isWorseUp ? { value: -one.difference, low: -high, high: -low } : { value: one.difference, low, high };
  return h('tr', {}, h('th', { scope: 'row' }, word('compared', name)),
    h('td', { 'data-name': t('trial.challenger') }, say(one.challenger)),
    h('td', { 'data-name': t('trial.champion') }, say(one.champion)),
    h('td', { 'data-name': t('trial.difference'), class: 'wide' }, h('span', {}, say(one.difference, true), h('span', { class: 'soft small' }, ` ± ${number(WIDTH * one.se * (IN_MONEY.includes(name) ? 1 : 100), IN_MONEY.includes(name) ? 2 : 1)}`)), interval({ ...drawn, reach, label })),
    h('td', { 'data-name': t('trial.visitors') }, `${number(one.visitors[0])} / ${number(one.visitors[1])}`));
}

/** @param {Plain} one */
function move(one) {
  return h('li', {}, h('time', { class: 'soft small' }, moment(one.at_s)),
    h('span', {}, h('b', {}, one.from === one.to ? word('stage', one.to) : `${word('stage', one.from)} → ${word('stage', one.to)}`),
      h('span', { class: 'soft small is-id' }, ` #${one.snapshot}: ${verdict(one.why)}`)));
}

/** A verdict in words; what somebody wrote stays as it is. @param {string} why */
function verdict(why) {
  const [head, text] = why.split(/: (.*)/s);
  return head === 'withdrawn' ? `${known('verdict', head) ?? head}: ${known('verdict', text) ?? text}` : known('verdict', why) ?? why;
}

/** Where the candidate comes from. @param {Plain} present */
function card({ card: told, alpha }) {
  const plain = Object.entries(told).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return h('details', { open: isCardOpen, ontoggle: (/** @type {any} */ event) => { isCardOpen = event.target.open; } }, h('summary', {}, t('trial.card')),
    pairs([...plain.map(([name, value]) => /** @type {[string, any]} */ ([name.replaceAll('_', ' '), h('span', { class: 'is-id' }, String(value))])), [t('trial.alpha'), percent(alpha, 2)]]));
}

/** @param {number} value */
function signed(value) { return `${value > 0 ? '+' : value < 0 ? '−' : ''}${number(Math.abs(value), 2)}`; }

/** Asks for the reason, then hands the wish over. @param {'force' | 'withdraw'} what */
async function order(what) {
  const why = await confirm({
    title: t(`trial.${what}_ask`), text: t(`trial.${what}_text`), action: t(`trial.${what}`),
    isDanger: what === 'withdraw', field: t('pause.why'), isRequired: true,
  });
  if (why === null) return;
  try { await ask('trial', { method: 'POST', body: { what, why } }); } catch (error) { complain(error); }
}
