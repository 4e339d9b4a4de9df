/** @import { Card, Ui } from '../types.d.ts' */
import { cardBody } from './cardBody.js';
import { element } from './element.js';
import { labels } from './labels.js';
import { mount } from './mount.js';
import { safeUrl } from './safeUrl.js';

/**
 * Show a card and see it through: shown, accepted, dismissed or expired. It takes no
 * focus, moves nothing on the page, and gives the focus back when it goes.
 *
 * @type {Ui['present']}
 */
export function present(decision, core, report, emit, asked) {
  const { id, kind, content, token, expires_in_ms } = decision;
  const { code } = content;
  const { options } = core;
  const locale = options.locale || document.documentElement.lang || navigator.language;
  const { host, root } = mount(options, locale);
  const [, , , copied, busy] = labels(locale);
  const live = element('p', { role: 'status' });
  const say = (/** @type {string} */ part, /** @type {string} */ text) => {
    const target = root.getElementById(part);
    if (target) live.textContent = target.textContent = text;
  };
  let isClicked = false;
  /** @type {any} */
  let before;

  const tell = (/** @type {string} */ what, by = '') => {
    options.onAction?.(decision, what);
    return emit(what, { ...decision, decision: id, by });
  };
  const click = () => {
    if (!isClicked) report('action_clicked');
    isClicked = true;
  };
  const act = {
    copy() {
      click();
      navigator.clipboard?.writeText(code || '').catch(() => {});
      say('copy', copied);
    },
    follow(/** @type {Event} */ event) {
      click();
      if (!tell('accepted')) event.preventDefault();
    },
    async accept() {
      if (code) act.copy();
      else click();
      if (kind === 'chat' && token) {
        const url = `${core.base}/v1/decisions/${id}/confirm`;
        const body = JSON.stringify({ token });
        const { ok } = await fetch(url, { method: 'POST', body }).catch(Response.error);
        if (!ok) return say('text', busy), root.getElementById('accept')?.remove();
      }
      const to = safeUrl(content.href || content.items?.[0]?.link);
      if (tell('accepted') && to) location.assign(to);
      if (!code) close();
    },
    decline: () => close('decline'),
    close: () => close('close'),
  };
  const close = (/** @type {string | void} */ by) => {
    clearTimeout(timer);
    removeEventListener('keydown', onKey);
    if (root.activeElement) before?.focus?.({ preventScroll: true });
    host.remove();
    if (core.card === card) core.card = undefined;
    if (by === 'expired') report('action_expired');
    else if (by && !isClicked) {
      report('action_dismissed', { by });
      tell('dismissed', by);
    }
  };
  const onKey = (/** @type {KeyboardEvent} */ { key }) => key === 'Escape' && close('escape');
  /** @type {Card} */
  const card = { id, close };
  const timer =
    expires_in_ms && setTimeout(() => isClicked || close('expired'), asked + expires_in_ms - Date.now());

  root.append(core.templates[kind]?.(decision, element, act) || cardBody(decision, locale, act), live);
  host.addEventListener('focusin', ({ relatedTarget }) => (before = relatedTarget || before));
  addEventListener('keydown', onKey);
  // A live region speaks when its text changes, not when it appears.
  setTimeout(() => (live.textContent = content.title || ''), 100);
  report('action_shown');
  tell('shown');
  return card;
}
