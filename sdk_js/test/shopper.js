// Plays what a shopper does, as in test/fixtures.js, through the real listeners and
// reducers, on elements that are just enough of a DOM.
import { attention } from '../src/attention.js';
import { core } from '../src/core.js';
import { createSignals } from '../src/createSignals.js';
import { createRoles } from '../src/signals/observe/createRoles.js';
import { observePointer } from '../src/signals/observe/observePointer.js';
import { REDUCERS } from '../src/signals/reducers.js';

/** `tag.class#id[attribute=value]` as an element; `!` at the end: cursor is a hand. */
function elementOf(spec, parent) {
  const attributes = {};
  for (const [, name, , value = ''] of spec.matchAll(/\[([\w-]+)(=([^\]]*))?\]/g)) attributes[name] = value;
  const bare = spec.replace(/\[[^\]]*\]/g, '');
  const classes = [...bare.matchAll(/\.([\w-]+)/g)].map(([, name]) => name);
  if (classes[0]) attributes.class = classes.join(' ');
  const [, id] = /#([\w-]+)/.exec(bare) || [];
  if (id) attributes.id = id;
  const element = { tag: /^\w+/.exec(bare)[0], attributes, parent, cursor: spec.endsWith('!') ? 'pointer' : 'auto' };
  element.closest = (selector) => {
    for (let at = element; at; at = at.parent) if (matches(at, selector)) return at;
    return null;
  };
  return element;
}

/** Whether an element matches a list of compound selectors. */
function matches({ tag, attributes }, selector) {
  return selector.split(',').some((one) => {
    const [wanted] = /^\w*/.exec(one);
    if (wanted && wanted !== tag && one !== 'engage-root') return false;
    if (one === 'engage-root') return tag === 'engage';
    return [...one.matchAll(/\[([\w-]+)(([*^$]?=)([^\]]*))?\]|\.([\w-]+)|#([\w-]+)/g)].every(
      ([, name, , sign, value, klass, id]) => {
        if (klass) return (attributes.class || '').split(' ').includes(klass);
        if (id) return attributes.id === id;
        const own = attributes[name];
        if (own == null) return false;
        return { '*=': own.includes(value), '^=': own.startsWith(value), '$=': own.endsWith(value) }[sign] ?? (!sign || own === value);
      },
    );
  });
}

/** The last of a chain of elements, each within the one before. */
const targetOf = (spec) => spec.split(' ').reduce((parent, one) => elementOf(one, parent), null);

/** Names of the struggle signals that are found, in their order. */
export function shop(row) {
  const names = shopFacts(row).map(({ name }) => name);
  return names.filter((name) => /^(rage|dead|error)_click$|^exit_intent$/.test(name));
}

/**
 * What is found when a shopper does this.
 *
 * @param {{on?: string, phone?: boolean, does: string}} row
 * @returns {{name: string}[]} the facts, as they would be sent
 */
export function shopFacts({ on = 'button', phone = false, does }) {
  const heard = {};
  const found = [];
  let now = 0;
  let target = targetOf(on);
  let mutated = () => {};
  const heardBy = {
    addEventListener: (type, fn) => (heard[type] = fn),
    removeEventListener: (type) => delete heard[type],
  };
  const page = { tag: 'html', ...heardBy };
  const state = { buttons: 0, selection: '', focused: true, active: { tagName: 'BODY' }, framed: false };
  globalThis.self = Object.assign(globalThis, heardBy);
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { maxTouchPoints: phone ? 5 : 0 } });
  globalThis.document = {
    documentElement: page,
    hasFocus: () => state.focused,
    ...heardBy,
    get activeElement() { return state.active; },
  };
  globalThis.getComputedStyle = ({ cursor }) => ({ cursor });
  globalThis.getSelection = () => state.selection;
  globalThis.MutationObserver = class {
    constructor(fn) { this.fn = fn; }
    observe() { mutated = () => this.fn(); }
    disconnect() { mutated = () => {}; }
  };
  Object.assign(core, { undo: [], touch: phone });
  const reducers = [[attention], ...REDUCERS];
  core.tell = createSignals(reducers, (input) => (input.touch = core.touch), (fact) => found.push(fact), () => now);
  observePointer(createRoles());

  const wait = (ms) => {
    for (const end = now + ms; now < end; ) {
      const next = Math.min(end, (Math.floor(now / 1000) + 1) * 1000);
      now = next;
      if (now % 1000 === 0) core.tell({ k: 'tick' });
    }
  };
  const point = (text = '100,100') => {
    const [clientX, clientY] = text.split(',').map(Number);
    return { clientX, clientY, timeStamp: now, pointerType: phone ? 'touch' : 'mouse', target };
  };
  let inRow = { at: -Infinity, count: 0 };
  const acts = {
    click(at) {
      inRow = { count: now - inRow.at < 500 ? inRow.count + 1 : 1, at: now };
      heard.pointerdown?.({});
      heard.click({ ...point(at), detail: inRow.count });
    },
    // Between two samples nobody listens; here the virtual clock says when the next is due.
    move(at) {
      if (now - sampled < 100) return;
      sampled = now;
      sample(point(at));
    },
    leave: (y) => heard.mouseleave({ target: page, clientY: Number(y), buttons: state.buttons }),
    scroll: (y) => core.tell({ k: 'scroll', y: Number(y), high: 800 }),
    on: (spec) => (target = targetOf(spec)),
    key: () => core.tell({ k: 'key' }),
    mutate: () => mutated(),
    focus: () => core.tell({ k: 'focus', of: target, role: 'search' }),
    hide: () => core.tell({ k: 'hide' }),
    show: () => core.tell({ k: 'on' }),
    error: () => core.tell({ k: 'error' }),
    page: () => core.tell({ k: 'page' }),
    select: () => (state.selection = 'a paragraph'),
    drag: () => (state.buttons = 1),
    drop: () => (state.buttons = 0),
    elsewhere: () => (state.focused = false),
    within: (tagName) => (state.active = { tagName }),
    framed: () => (globalThis.top = {}),
    // Reading for six seconds: without it nobody is believed to leave.
    read: () => [300, 320, 310, 330, 320, 340].forEach((y) => (acts.move(`400,${y}`), wait(1000))),
  };
  globalThis.top = globalThis;
  const { pointermove: sample } = heard;
  let sampled = -Infinity;
  core.tell({ k: 'on' });
  for (const step of does.split(' ')) {
    const [, name, rest] = /^(\w+|\+)[:@]?(.*)$/.exec(step);
    if (name === '+') wait(Number(rest));
    else acts[name](rest || undefined);
  }
  core.undo.forEach((undo) => undo());
  return found;
}
