// Interventions: each with its limits and its switch; who is there to chat.

import { ask } from './api.js';
import { meter } from './bars.js';
import { fill, h } from './dom.js';
import { about, money, number, percent, span, weekdays } from './format.js';
import { apply, isOperator, state } from './store.js';
import { complain } from './notice.js';
import { begun, t, word } from './words.js';
import { pairs } from './detail.js';

/** @typedef {Record<string, any>} Plain */

/** @param {HTMLElement} place */
export function interventionsView(place) {
  const cards = h('div', { class: 'cards' });
  const groups = h('section', { class: 'panel' });
  const caps = h('section', { class: 'panel' });
  place.replaceChildren(h('h1', { class: 'page-title' }, t('interventions.title')), cards, h('div', { class: 'columns' }, groups, caps));
  return () => {
    const known = state.levels.interventions;
    const reasons = recentRefusals();
    fill(cards, [known, reasons, state.levels.switches], () => known.map((/** @type {Plain} */ one) => card(one, reasons[one.id] ?? {})));
    fillGroups(groups, state.levels.groups);
    fill(caps, state.gates, renderCaps);
  };
}

/** Refusals by intervention among the recent decisions. @returns {Record<string, Record<string, number>>} */
function recentRefusals() {
  /** @type {Record<string, Record<string, number>>} */
  const counts = {};
  for (const one of state.decisions) {
    for (const [action, reason] of Object.entries(one.refused)) {
      counts[action] ??= {};
      counts[action][String(reason)] = (counts[action][String(reason)] ?? 0) + 1;
    }
  }
  return counts;
}

/** @param {Plain} one @param {Record<string, number>} refused */
function card(one, refused) {
  const isOn = one.status === 'on';
  const isFixed = one.status === 'paused_in_settings' || one.status === 'preview_only' || state.levels.switches.all_paused;
  return h('article', { class: `panel intervention${isOn ? '' : ' is-off'}` },
    h('header', { class: 'panel-head' },
      h('div', {}, h('h2', {}, h('span', { class: `dot kind-${one.kind}`, 'aria-hidden': 'true' }), one.id), h('p', { class: 'soft small' }, `${word('kind', one.kind)} · ${t(`interventions.${one.status}`)}`)),
      h('button', {
        type: 'button', role: 'switch', class: 'switch', 'data-key': `switch-${one.id}`, 'aria-checked': String(isOn), disabled: isFixed || !isOperator(),
        'aria-label': t('interventions.switch', { id: one.id }),
        onclick: () => pause({ intervention: one.id, paused: isOn }),
      }, h('span', { class: 'switch-knob' }))),
    one.budget ? stock(one.budget) : null,
    one.kind === 'chat' ? pairs([[t('interventions.capacity'), one.capacity ? presence(one.capacity) : t('interventions.unknown')]]) : null,
    one.accepted[0] && one.kind === 'chat' ? pairs([[t('interventions.accepted'), t('interventions.accepted_text', { started: number(one.accepted[1]), sent: number(one.accepted[0]) })]]) : null,
    launch(one.launch),
    pairs([[t('interventions.where'), targets(one)]]),
    Object.keys(refused).length ? pairs([[t('interventions.why'), Object.entries(refused).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([reason, n]) => `${word('refusal', reason)} ${number(n)}`.replaceAll(' ', '\u00a0')).join('\u00a0· ')]], 'is-long') : null);
}

/** What a pool can still give. @param {Plain} budget */
function stock({ left_cents: left, total_cents: total, codes_left: codes }) {
  if (left === null) return pairs([[t('interventions.budget'), t('interventions.unknown')], [t('interventions.codes'), t('interventions.unknown')]]);
  const whole = (/** @type {number} */ cents) => money(cents / 100, { digits: 0 });
  return [gauge(t('interventions.budget'), left / total, t('interventions.of', { left: whole(left), total: whole(total) })),
    pairs([[t('interventions.codes'), number(codes)]])];
}

/** Who is there to chat. @param {Plain} group */
function presence({ is_fresh: isFresh, online, free }) {
  return isFresh && online ? t('interventions.capacity_text', { n: number(free), online: number(online) }) : t('interventions.absent');
}

/** @param {Plain} one */
function launch(one) {
  const isDone = one.seen >= one.until;
  const note = one.is_launching ? t('interventions.launching', { share: percent(one.share), until: number(one.until) })
    : isDone ? t('interventions.launched') : t('interventions.seen', { seen: number(one.seen), until: number(one.until) });
  return gauge(t('interventions.launch'), one.seen / one.until, note);
}

/** @param {string} name @param {number} share @param {string} note */
function gauge(name, share, note) {
  return h('div', { class: 'gauge is-small' }, h('span', { class: 'soft' }, begun(name)), meter(share), h('span', { class: 'figure' }, note));
}

/** @param {Plain} one */
function targets(one) {
  const parts = [
    ...one.pages.map((/** @type {string} */ p) => word('page', p)), ...one.categories,
    ...one.moments.map((/** @type {string} */ m) => word('moment', m)), ...one.segments.map((/** @type {string} */ s) => word('segment', s)),
  ];
  if (one.min_price_cents) parts.push(t('interventions.price', { low: money(one.min_price_cents / 100, { digits: 0 }) }));
  for (const { days, from, to } of one.schedule) parts.push([days.length < 7 && weekdays(days), `${from}–${to}`].filter(Boolean).join(' '));
  return parts.length ? parts.join(', ') : t('interventions.anywhere');
}

/** @param {Plain} wish */
export async function pause(wish) {
  try { apply('switches', await ask('pause', { method: 'POST', body: wish })); } catch (error) { complain(error); }
}

/** @param {HTMLElement} place @param {Plain[] | null} groups */
function fillGroups(place, groups) {
  fill(place, groups && groups.map((one) => one.group), () => renderGroups(groups));
  for (const node of place.querySelectorAll('.group')) {
    const one = groups?.find((each) => each.group === /** @type {HTMLElement} */ (node).dataset.key);
    if (!one) continue;
    const [said, setting] = node.children;
    fill(said, one, () => renderGroup(one));
    // What was typed and not yet set is nobody's to replace.
    if (![...setting.querySelectorAll('input')].some((input) => input.value !== input.defaultValue)) fill(setting, one, () => [renderSetting(one)]);
  }
}

/** @param {Plain[] | null} groups */
function renderGroups(groups) {
  const title = [h('h2', {}, t('interventions.groups')), h('p', { class: 'soft small' }, t('interventions.groups_text'))];
  if (groups === null) return [...title, h('p', { class: 'empty' }, t('interventions.unknown'))];
  return [...title, groups.length ? h('ul', { class: 'groups' }, groups.map((one) => h('li', { class: 'group', 'data-key': one.group }, h('div'), h('div'))))
    : h('p', { class: 'empty' }, t('interventions.nogroups'))];
}

/** @param {Plain} one */
function isThere(one) { return one.is_fresh && one.online > 0; }

/** @param {Plain} one */
function renderGroup(one) {
  return [h('strong', {}, h('span', { class: `lamp${isThere(one) ? ' is-on' : ''}`, 'aria-hidden': 'true' }), one.group),
    h('p', { class: 'soft small' }, [isThere(one) ? t('interventions.left', { n: about(one.left) }) : one.online || one.is_fresh ? t('interventions.absent') : t('interventions.stale'), one.for.length ? t('interventions.used', { names: one.for.join(', ') }) : t('interventions.unused')].join(' · '))];
}

/** @param {Plain} one */
function renderSetting(one) {
  if (!isOperator()) return h('span', { class: 'figure' }, presence(one));
  const field = (/** @type {string} */ name, /** @type {number} */ value) => h('label', {}, h('span', { class: 'soft small' }, t(`interventions.${name}`)),
    h('input', { type: 'number', name, min: 0, max: 999, value, inputmode: 'numeric', 'data-key': `${name}-${one.group}` }));
  const send = async (/** @type {number} */ online, /** @type {number} */ free) => {
    try { await ask(`agents/${encodeURIComponent(one.group)}`, { method: 'POST', body: { online, free } }); } catch (error) { complain(error); }
  };
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    for (const input of form.querySelectorAll('input')) input.defaultValue = input.value;
    const data = new FormData(form);
    send(Number(data.get('online')), Number(data.get('free')));
  };
  return h('form', { class: 'group-form', onsubmit: submit }, field('online', one.online), field('free', one.free),
    h('button', { type: 'submit', 'data-key': `set-${one.group}` }, t('interventions.set')),
    h('button', { type: 'button', class: 'quiet', 'data-key': `off-${one.group}`, disabled: !isThere(one), onclick: (/** @type {any} */ event) => { event.target.form.reset(); send(0, 0); } }, t('interventions.off')));
}

function renderCaps() {
  const gates = state.gates;
  return [h('h2', {}, t('interventions.caps')), pairs([
    [t('interventions.cap_session'), number(gates.max_per_session)],
    [t('interventions.cap_day'), number(gates.max_per_visitor_day)],
    [t('interventions.cooldown'), span(gates.cooldown_s)],
    [t('interventions.kind_pause'), span(gates.kind_pause_s)],
    [t('interventions.dismissed_pause'), span(gates.dismissed_pause_s)],
  ])];
}
