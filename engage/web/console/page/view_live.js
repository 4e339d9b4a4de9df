// Live: the pulse of the shop, the last decisions, and one of them in full.

import { named } from './address.js';
import { detail } from './detail.js';
import { fill, h, isPressed } from './dom.js';
import { number, percent, span } from './format.js';
import { row } from './row.js';
import { state } from './store.js';
import { t, word } from './words.js';

/** @typedef {Record<string, any>} Plain */

const FILTERS = {
  all: () => true,
  cards: (/** @type {Plain} */ d) => d.action !== 'none',
  ghosts: (/** @type {Plain} */ d) => d.ghost !== null && d.eligible.length > 1,
  fates: (/** @type {Plain} */ d) => d.outcomes.length > 0,
};

/** `linked` is what the address named last. @type {{ filter: keyof typeof FILTERS, held: Plain[] | null, chosen: string | null, linked: string | null, site: string }} */
const seen = { filter: 'all', held: null, chosen: null, linked: null, site: '' };

/** Builds the view into a place and returns what brings it up to date. @param {HTMLElement} place */
export function liveView(place) {
  // Another site's decisions are none of this one's.
  if (seen.site !== state.site) Object.assign(seen, { held: null, chosen: null, linked: null, site: state.site });
  const pulse = h('ul', { class: 'pulse' });
  const bar = h('div', { class: 'bar' });
  const list = h('ol', { class: 'rows', 'aria-label': t('live.list') });
  const pane = h('aside', { class: 'pane', 'aria-label': t('detail.title'), tabindex: '-1' });
  place.replaceChildren(pulse, h('div', { class: 'split' }, h('section', { class: 'feed' }, bar, list), pane));

  /** @param {string | null} id */
  const choose = (id) => {
    const former = seen.chosen;
    seen.chosen = seen.linked = id;
    // The address names the decision, so that it can be handed on.
    history.replaceState(null, '', id === null ? '#live' : `#live/${encodeURIComponent(id)}`);
    document.body.classList.toggle('has-pane', id !== null);
    update();
    if (id !== null) detail(pane, id, () => choose(null));
    else {
      showHint(pane);
      if (former) list.querySelector(`[data-key="${CSS.escape(former)}"]`)?.focus({ preventScroll: true });
    }
  };

  function update() {
    const linked = named('live');
    if (linked && linked !== seen.linked) return choose(linked);
    fill(pulse, pulseData(), renderPulse);
    const all = seen.held ?? state.decisions;
    const waiting = seen.held ? fresh(seen.held) : 0;
    fill(bar, [seen.filter, seen.held !== null, waiting], () => renderBar(waiting, update));
    const shown = all.filter(FILTERS[seen.filter]).slice(0, 60);
    sync(list, shown, choose);
  }

  showHint(pane);
  if (seen.chosen !== null) choose(seen.chosen);
  return update;
}

/** @param {Plain[]} held */
function fresh(held) {
  const newest = held[0]?.at ?? '';
  return state.decisions.filter((/** @type {Plain} */ d) => d.at > newest).length;
}

/** Brings the rows up to date one by one, so that nobody loses place or focus.
 * @param {any} list @param {Plain[]} shown @param {(id: string | null) => void} choose */
function sync(list, shown, choose) {
  if (isPressed(list)) return;
  if (shown.length === 0) {
    const text = state.decisions.length ? t('live.empty_filter') : t('live.empty');
    fill(list, text, () => [h('li', { class: 'empty' }, text)]);
    list.rows = new Map();
    return;
  }
  list.said = null;
  const former = list.rows ?? new Map();
  list.rows = new Map();
  const nodes = shown.map((one) => {
    const said = JSON.stringify([one, one.decision === seen.chosen]);
    const known = former.get(one.decision);
    const kept = known?.said === said ? known : { said, node: row(one, one.decision === seen.chosen, choose) };
    list.rows.set(one.decision, kept);
    return kept.node;
  });
  const key = list.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).dataset.key : null;
  let place = list.firstChild;
  for (const node of nodes) {
    if (node === place) place = place.nextSibling;
    else list.insertBefore(node, place);
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
  if (key && /** @type {any} */ (document.activeElement).dataset.key !== key) {
    list.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  }
}

/** @param {number} waiting @param {() => void} update */
function renderBar(waiting, update) {
  const isHeld = seen.held !== null;
  return [
    h('h1', {}, t('live.title')),
    h('div', { class: 'segments', role: 'group', 'aria-label': t('live.filter') },
      Object.keys(FILTERS).map((name) => h('button', {
        type: 'button', 'data-key': `filter-${name}`, 'aria-pressed': String(seen.filter === name),
        onclick: () => { seen.filter = /** @type {keyof typeof FILTERS} */ (name); update(); },
      }, t(`live.${name}`)))),
    h('button', {
      type: 'button', class: 'quiet', 'data-key': 'hold', 'aria-pressed': String(isHeld),
      onclick: () => { seen.held = isHeld ? null : state.decisions; update(); },
    }, isHeld ? t('live.resume', { n: waiting }) : t('live.hold')),
  ];
}

function pulseData() {
  const { pulse, models, counts } = state.levels;
  const dropped = Object.values(counts.dropped);
  return {
    visits: pulse.live_sessions, decisions: pulse.decisions, mode: pulse.mode, holdout: pulse.holdout_share,
    snapshot: models.snapshot, age: models.age_s === null ? null : Math.round(models.age_s),
    dropped: dropped.reduce((a, b) => a + b, 0), reasons: dropped.length,
    verdict: verdictOf(state.evidence.lift), missing: state.evidence.lift,
  };
}

/** @param {Plain | null} lift */
export function verdictOf(lift) {
  return lift === null || lift.since_s === null ? 'waiting' : lift.verdict;
}

function renderPulse() {
  const data = pulseData();
  const lift = state.evidence.lift;
  const orders = lift ? t('kpi.orders', { t: number(lift.treatment.ordering), h: number(lift.holdout.ordering) }) : '';
  // What a process counts it counts for all of its shops.
  const all = state.sites.length > 1 ? t('kpi.all_shops') : '';
  return [
    tile('#live', t('kpi.visits') + all, data.visits === null ? '–' : number(data.visits), t('kpi.mode', { mode: word('mode', data.mode) })),
    tile('#live', t('kpi.decisions') + all, number(data.decisions), t('kpi.since')),
    tile('#models', t('kpi.snapshot'), `#${data.snapshot}`, data.age === null ? t('kpi.none_yet') : t('kpi.age', { age: span(data.age) })),
    tile('#lift', t('kpi.lift'), t(`short.${data.verdict}`), orders),
    tile('#lift', t('kpi.holdout'), percent(data.holdout), ''),
    tile('#health', t('kpi.dropped') + all, data.dropped ? number(data.dropped) : t('kpi.nothing'), data.dropped ? t('kpi.reasons', { n: data.reasons }) : ''),
  ];
}

/** @param {string} href @param {string} name @param {string} value @param {string} note */
function tile(href, name, value, note) {
  return h('li', {}, h('a', { href, class: 'tile', 'data-key': `tile-${name}` },
    h('span', { class: 'tile-name' }, name), h('span', { class: 'tile-value' }, value), h('span', { class: 'tile-note' }, note)));
}

/** @param {HTMLElement} pane */
function showHint(pane) {
  pane.replaceChildren(h('p', { class: 'hint' }, t('live.pick')));
}
