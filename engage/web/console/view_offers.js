// Offers: each intervention with its limits and its switch; who is there to chat.

import { ask } from './api.js';
import { meter } from './bars.js';
import { fill, h } from './dom.js';
import { money, number, percent, span } from './format.js';
import { apply, isOperator, state } from './store.js';
import { complain } from './notice.js';
import { t, word } from './words.js';
import { pairs } from './detail.js';

/** @typedef {Record<string, any>} Plain */

/** @param {HTMLElement} place */
export function offersView(place) {
  const cards = h('div', { class: 'cards' });
  const groups = h('section', { class: 'panel' });
  const caps = h('section', { class: 'panel' });
  place.replaceChildren(h('h1', { class: 'page-title' }, t('offers.title')), cards, h('div', { class: 'columns' }, groups, caps));
  return () => {
    const offers = state.levels.interventions;
    const reasons = recentRefusals();
    fill(cards, [offers, reasons, state.levels.switches], () => offers.map((/** @type {Plain} */ one) => card(one, reasons[one.id] ?? {})));
    fill(groups, state.levels.groups, () => renderGroups(state.levels.groups));
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
  return h('article', { class: `panel offer${isOn ? '' : ' is-off'}` },
    h('header', { class: 'offer-head' },
      h('div', {}, h('h2', {}, h('span', { class: `dot kind-${one.kind}`, 'aria-hidden': 'true' }), one.id), h('p', { class: 'soft small' }, `${word('kind', one.kind)} · ${t(`offers.${one.status}`)}`)),
      h('button', {
        type: 'button', role: 'switch', class: 'switch', 'data-key': `switch-${one.id}`, 'aria-checked': String(isOn), disabled: isFixed || !isOperator(),
        'aria-label': t('offers.switch', { id: one.id }),
        onclick: () => pause({ intervention: one.id, paused: isOn }),
      }, h('span', { class: 'switch-knob' }))),
    one.budget ? gauge(t('offers.budget'), one.budget.left_cents / one.budget.total_cents, t('offers.of', { left: money(one.budget.left_cents / 100, { digits: 0 }), total: money(one.budget.total_cents / 100, { digits: 0 }) })) : null,
    one.budget ? pairs([[t('offers.codes'), number(one.budget.codes_left)]]) : null,
    one.capacity ? pairs([[t('offers.capacity'), one.capacity.is_fresh && one.capacity.online ? t('offers.capacity_text', { free: one.capacity.free, online: one.capacity.online }) : t('offers.absent')]]) : null,
    one.accepted[0] && one.kind === 'chat' ? pairs([[t('offers.accepted'), t('offers.accepted_text', { started: number(one.accepted[1]), sent: number(one.accepted[0]) })]]) : null,
    launch(one.launch),
    pairs([[t('offers.where'), targets(one)]]),
    Object.keys(refused).length ? pairs([[t('offers.why'), Object.entries(refused).sort((a, b) => b[1] - a[1]).slice(0, 3).map(([reason, n]) => `${word('refusal', reason)} ${n}`).join(' · ')]]) : null);
}

/** @param {Plain} one */
function launch(one) {
  const isDone = one.seen >= one.until;
  const note = one.is_launching ? t('offers.launching', { share: percent(one.share), until: number(one.until) })
    : isDone ? t('offers.launched') : t('offers.seen', { seen: number(one.seen), until: number(one.until) });
  return gauge(t('offers.launch'), one.seen / one.until, note);
}

/** @param {string} name @param {number} share @param {string} note */
function gauge(name, share, note) {
  return h('div', { class: 'gauge is-small' }, h('span', { class: 'soft' }, name), meter(share), h('span', { class: 'figure' }, note));
}

/** @param {Plain} one */
function targets(one) {
  const parts = [
    ...one.pages.map((/** @type {string} */ p) => word('page', p)), ...one.categories,
    ...one.moments.map((/** @type {string} */ m) => word('moment', m)), ...one.segments.map((/** @type {string} */ s) => word('segment', s)),
  ];
  if (one.min_price_cents) parts.push(t('offers.price', { low: money(one.min_price_cents / 100, { digits: 0 }) }));
  for (const s of one.schedule) parts.push(`${s.from}–${s.to}`);
  return parts.length ? parts.join(', ') : t('offers.anywhere');
}

/** @param {Plain} wish */
export async function pause(wish) {
  try {
    apply('switches', await ask('pause', { method: 'POST', body: wish }));
    const one = state.levels.interventions.find((/** @type {Plain} */ i) => i.id === wish.intervention);
    if (one) one.status = wish.paused ? 'paused' : 'on';
  } catch (error) { complain(error); }
}

/** @param {Plain[]} groups */
function renderGroups(groups) {
  return [h('h2', {}, t('offers.groups')), h('p', { class: 'soft small' }, t('offers.groups_text')),
    groups.length ? h('ul', { class: 'groups' }, groups.map(group)) : h('p', { class: 'empty' }, t('offers.nogroups'))];
}

/** @param {Plain} one */
function group(one) {
  const isThere = one.is_fresh && one.online > 0;
  const field = (/** @type {string} */ name, /** @type {number} */ value) => h('label', {}, h('span', { class: 'soft small' }, t(`offers.${name}`)),
    h('input', { type: 'number', name, min: 0, max: 999, value, inputmode: 'numeric', 'data-key': `${name}-${one.group}` }));
  const send = async (/** @type {number} */ online, /** @type {number} */ free) => {
    try { await ask(`agents/${encodeURIComponent(one.group)}`, { method: 'POST', body: { online, free } }); } catch (error) { complain(error); }
  };
  return h('li', { class: `group${isThere ? ' is-there' : ''}` },
    h('div', {}, h('strong', {}, h('span', { class: `lamp${isThere ? ' is-on' : ''}`, 'aria-hidden': 'true' }), one.group),
      h('p', { class: 'soft small' }, [isThere ? t('offers.left', { n: number(one.left, 1) }) : one.online || one.is_fresh ? t('offers.absent') : t('offers.stale'), one.for.length ? t('offers.used', { names: one.for.join(', ') }) : null].filter(Boolean).join(' · '))),
    isOperator() ? h('form', {
      class: 'group-form',
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
        send(Number(data.get('online')), Number(data.get('free')));
      },
    }, field('online', one.online), field('free', one.free),
    h('button', { type: 'submit', 'data-key': `set-${one.group}` }, t('offers.set')),
    h('button', { type: 'button', class: 'quiet', 'data-key': `off-${one.group}`, disabled: !isThere, onclick: () => send(0, 0) }, t('offers.off')))
      : h('span', { class: 'figure' }, isThere ? t('offers.capacity_text', { free: one.free, online: one.online }) : t('offers.absent')));
}

function renderCaps() {
  const gates = state.gates;
  return [h('h2', {}, t('offers.caps')), pairs([
    [t('offers.cap_session'), number(gates.max_per_session)],
    [t('offers.cap_day'), number(gates.max_per_visitor_day)],
    [t('offers.cooldown'), span(gates.cooldown_s)],
    [t('offers.kind_pause'), span(gates.kind_pause_s)],
    [t('offers.dismissed_pause'), span(gates.dismissed_pause_s)],
  ])];
}
