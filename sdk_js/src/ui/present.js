/** @import { Card, Shown, Ui } from '../types.d.ts' */
import { cardBody } from './cardBody.js';
import { createActs } from './createActs.js';
import { element } from './element.js';
import { isBetterAside } from './isBetterAside.js';
import { labels } from './labels.js';
import { mount } from './mount.js';

/**
 * Show a card and see it through: shown, accepted, dismissed or expired. It moves
 * nothing on the page; a region takes no focus, a dialog takes it; both give it back.
 *
 * @type {Ui['present']}
 */
export function present(decision, kit) {
  const { core, report, emit, asked, locale } = kit;
  const { id, kind, content, expires_in_ms = 6e5 } = decision;
  const { options, store } = core;
  const modal = decision.modal ?? options.modal;
  /** @type {any} */
  let before = document.activeElement;
  const { host, root } = mount(options, locale);
  const live = element('p', { role: 'status' });
  const ends = asked + expires_in_ms;
  let isClicked = false;

  /** @type {Shown['tell']} */
  const tell = (what, by = '', href = '') => {
    options.onAction?.(decision, what);
    if (store && options.dataLayer !== false) {
      /** @type {any} */ (window)[options.dataLayer || 'dataLayer']?.push?.({
        event: 'engage_' + what,
        engage_action: decision.action,
        engage_kind: kind,
      });
    }
    return emit(what, { ...decision, decision: id, by, href });
  };
  // Only one tab has a card, and only while its page is there.
  const hold = () => store?.touch({ card: [core.tab, ends] });
  const free = () => store?.touch({ card: undefined });
  /** @type {Shown['close']} */
  const close = (by) => {
    clearTimeout(timer);
    removeEventListener('keydown', onKey);
    removeEventListener('pagehide', free);
    const hadFocus = modal || root.activeElement;
    host.remove();
    if (hadFocus) before?.focus?.({ preventScroll: true });
    if (core.card === card) core.card = undefined;
    free();
    if (by === 'expired') report('action_expired');
    else if (by && !isClicked) {
      report('action_dismissed', { by });
      tell('dismissed', by);
    }
  };
  const onKey = (/** @type {KeyboardEvent} */ { key, defaultPrevented }) =>
    key === 'Escape' && !defaultPrevented && close('escape');
  /** @type {Card} */
  const card = { id, host, close, away: () => content.code || close() };
  const timer = setTimeout(() => isClicked || close('expired'), ends - Date.now());
  const act = createActs(decision, {
    kit,
    tell,
    close,
    isDone: (/** @type {boolean | void} */ now) => (isClicked ||= !!now),
    say(part, word) {
      const target = root.getElementById(part);
      if (target) live.textContent = target.textContent = labels(locale)[word];
      if (part === 'text') root.getElementById('accept')?.remove();
    },
  });
  const body = core.templates[kind]?.(decision, element, act) || cardBody(decision, locale, act, modal);
  root.append(body, live);
  if (isBetterAside(body)) host.style.setProperty('--engage-side', 'var(--engage-inset,24px) auto');
  host.addEventListener('focusin', ({ relatedTarget }) => (before = relatedTarget || before));
  addEventListener('keydown', onKey);
  addEventListener('pagehide', free);
  hold();
  if (body instanceof HTMLDialogElement) {
    body.addEventListener('cancel', () => close('escape'));
    body.showModal();
  }
  // A live region speaks when its text changes, not when it appears.
  setTimeout(() => (live.textContent = /** @type {string} */ (content.title)), 100);
  report('action_shown');
  tell('shown');
  return card;
}
