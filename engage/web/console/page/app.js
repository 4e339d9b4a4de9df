// Starts the page: frame, pages by fragment, the live stream, light and dark.

import { Problem, about, ask } from './api.js';
import { confirm } from './dialog.js';
import { fill, h, icon } from './dom.js';
import { clock, setCurrency } from './format.js';
import { login } from './login.js';
import { complain } from './notice.js';
import { apply, isAway, isOperator, setAway, silent, state } from './store.js';
import { stream } from './stream.js';
import { liftView } from './view_lift.js';
import { liveView } from './view_live.js';
import { healthView, modelsView } from './view_models.js';
import { interventionsView, pause } from './view_interventions.js';
import { visitorsView } from './view_visitors.js';
import { choose, lang, t, word } from './words.js';

/** @type {Record<string, [(place: HTMLElement) => () => void, string]>} */
const PAGES = {
  live: [liveView, 'M3 12h4l3-8 4 16 3-8h4'],
  lift: [liftView, 'M4 19V5M4 19h16M8 15l4-5 3 3 5-7'],
  interventions: [interventionsView, 'M4 6h16v10H9l-5 4z'],
  models: [modelsView, 'M12 3l8 4.500v9L12 21l-8-4.500v-9zM12 12l8-4.500M12 12v9M12 12L4 7.500'],
  health: [healthView, 'M12 21s-8-4.500-8-11a4.500 4.500 0 0 1 8-2.500A4.500 4.500 0 0 1 20 10c0 6.500-8 11-8 11z'],
  visitors: [visitorsView, 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21a8 8 0 0 1 16 0'],
};
const THEME = 'engage-console-theme';
const AGAIN_MS = 2000;
const OTHER = lang === 'de' ? 'en' : 'de';

document.documentElement.lang = lang;
const theme = localStorage.getItem(THEME);
if (theme) document.documentElement.dataset.theme = theme;

let stop = () => {};
let update = () => {};
let isDue = false;
let line = 'wait';
/** @type {any} */
let frame;

start();

async function start() {
  if (!frame) document.body.replaceChildren(h('main', { class: 'login' }, h('p', { class: 'soft late', role: 'status' }, t('detail.loading'))));
  try {
    apply('state', await ask('state'));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return login(start);
    return sayWhy(error);
  }
  about(state.site);
  setCurrency(state.currency);
  build();
  listen();
  window.addEventListener('hashchange', route);
  return route();
}

/** What is shown instead of a page that cannot begin. @param {unknown} error */
function sayWhy(error) {
  document.body.replaceChildren(h('main', { class: 'login' }, h('section', { class: 'panel' },
    h('h1', {}, t('not_begun')), h('p', { class: 'is-bad', role: 'alert' }, error instanceof Error ? error.message : String(error)),
    h('button', { type: 'button', class: 'main', onclick: start }, t('again')))));
}

function listen() {
  stop();
  stop = stream((name, data) => { apply(name, data); soon(); }, (now) => { line = now; setAway(now === 'off'); soon(); }, () => setTimeout(resume, AGAIN_MS));
}

/** Begins the stream anew once the service is back; after its restart nobody is signed in. */
async function resume() {
  try {
    apply('state', await ask('state'));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return login(start);
    return setTimeout(resume, AGAIN_MS);
  }
  return listen();
}

/** Draws at most once a frame, however much is told. */
function soon() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => { isDue = false; draw(); });
}

function draw() {
  fill(frame.status, [line, state.levels.switches], renderStatus);
  const { pulse, is_degraded: isDegraded, switches, models, at_s: atS, has_workers: hasWorkers, workers } = state.levels;
  fill(frame.banner, [isAway && atS, pulse.ready, isDegraded, hasWorkers && workers.length, silent().map((one) => one.name), state.is_demo, switches.all_paused, models.pin], renderBanner);
  update();
}

function route() {
  const wished = location.hash.slice(1).split('/')[0];
  const name = pages().includes(wished) ? wished : 'live';
  document.title = `${t(`nav.${name}`)} · ${state.name} · engage`;
  for (const link of frame.nav.querySelectorAll('a')) {
    if (link.dataset.page === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (frame.page !== name) {
    frame.page = name;
    document.body.classList.remove('has-pane');
    update = PAGES[name][0](frame.main);
    frame.main.scrollTo?.(0, 0);
    window.scrollTo(0, 0);
  }
  draw();
}

/** Who may only look is not offered what names visitors. */
function pages() {
  return Object.keys(PAGES).filter((name) => name !== 'visitors' || isOperator());
}

function build() {
  const nav = h('nav', { class: 'nav', 'aria-label': t('nav.name') }, h('ul', {}, pages().map((name) => h('li', {},
    h('a', { href: `#${name}`, 'data-page': name }, icon(PAGES[name][1]), h('span', {}, t(`nav.${name}`)))))));
  const status = h('div', { class: 'status' });
  const banner = h('div', { class: 'banners', role: 'status' });
  const main = h('main', { id: 'main', tabindex: '-1' });
  frame = { nav, status, banner, main, page: '' };
  document.body.replaceChildren(
    h('a', { class: 'skip', href: '#main', onclick: (/** @type {Event} */ e) => { e.preventDefault(); main.focus(); } }, t('skip')),
    h('header', { class: `top${state.sites.length > 1 ? ' has-sites' : ''}` },
      h('a', { class: 'brand', href: '#live' }, h('img', { src: 'mark.svg', alt: '', width: 26, height: 26 }), h('span', {}, state.sites.length > 1 ? 'engage' : state.name)),
      sites(), status,
      h('div', { class: 'tools' },
        h('button', { type: 'button', class: 'quiet', lang: OTHER, onclick: () => choose(OTHER) }, h('span', { class: 'whole' }, t('language')), h('span', { class: 'short', 'aria-hidden': 'true' }, OTHER.toUpperCase())),
        h('button', { type: 'button', class: 'quiet icon-button', 'aria-label': t('theme'), title: t('theme'), onclick: toggleTheme }, icon('M12 3v18a9 9 0 0 0 0-18zM12 3a9 9 0 0 0 0 18')),
        state.is_signed_in ? h('button', { type: 'button', class: 'quiet icon-button', 'aria-label': t('signout'), title: t('signout'), onclick: signOut }, icon('M14 4h5v16h-5M4 12h10M10 8l4 4-4 4')) : null)),
    nav, banner, main);
}

function sites() {
  if (state.sites.length < 2) return null;
  const select = h('select', { 'aria-label': t('site'), onchange: () => { about(select.value); location.hash = '#live'; start(); } },
    state.sites.map((/** @type {any} */ one) => h('option', { value: one.key, selected: one.key === state.site }, one.name)));
  return select;
}

function renderStatus() {
  const isPaused = state.levels.switches.all_paused;
  return [
    h('span', { class: `link is-${line}` }, h('span', { class: 'lamp', 'aria-hidden': 'true' }), h('span', { class: 'link-text' }, t(`link.${line}`))),
    h('span', { class: 'tag' }, word('mode', state.levels.pulse.mode)),
    isOperator() ? h('button', { type: 'button', class: isPaused ? 'main' : 'danger', 'data-key': 'pause-all', onclick: () => (isPaused ? pause({ all: false }) : pauseAll()) }, t(isPaused ? 'resume.all' : 'pause.all'))
      : h('span', { class: 'tag tag-reader' }, t('reader')),
  ];
}

/** What an operator must know whichever page is open, the worst first. */
function renderBanner() {
  const { models: { pin }, pulse, is_degraded: isDegraded, at_s: atS, has_workers: hasWorkers, workers } = state.levels;
  const bad = [
    isAway ? t('link.lost', { at: clock(atS) }) : null,
    pulse.ready ? null : t('health.notready'),
    isDegraded ? t('health.degraded') : null,
    hasWorkers && !isDegraded && !workers.length ? t('health.no_workers') : null,
    ...silent().map((one) => t('health.silent', { n: one.index, at: clock(atS - one.silent_s) })),
  ].filter(Boolean);
  return [
    bad.map((text) => h('p', { class: 'banner is-bad' }, text)),
    pin.number === null ? null : h('p', { class: 'banner' }, t('models.pinned', { n: pin.number, why: pin.why })),
    state.levels.switches.all_paused ? h('p', { class: 'banner is-bad' }, t('pause.banner')) : null,
    state.is_demo ? h('p', { class: 'banner' }, t('demo')) : null,
  ];
}

async function pauseAll() {
  const why = await confirm({ title: t('pause.ask'), text: t('pause.text'), action: t('pause.do'), isDanger: true, field: t('pause.why') });
  if (why !== null) { await pause({ all: true, why }); soon(); }
}

async function signOut() {
  try {
    await ask('logout', { method: 'POST', body: {} });
    stop();
    login(start);
  } catch (error) { complain(error); }
}

function toggleTheme() {
  const isDark = document.documentElement.dataset.theme === 'dark'
    || (!document.documentElement.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = isDark ? 'light' : 'dark';
  localStorage.setItem(THEME, isDark ? 'light' : 'dark');
}
