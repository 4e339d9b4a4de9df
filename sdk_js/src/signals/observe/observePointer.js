import { core } from '../../core.js';
import { listen } from '../../listen.js';
import { observeEffect } from './observeEffect.js';
import { sample } from './sample.js';

const OWN = 'engage-root,[data-engage-ignore]';
const FIELD = 'input,textarea,select,option,label,summary,[contenteditable]';
/** Works in ways that change nothing on the page, or does nothing and says so. */
const STILL = '[href],[disabled],canvas,video,audio';
const BUTTON = 'button,[role=button]';
/** Things that are clicked in quick succession for good reason. */
const CALM =
  '[aria-roledescription],[class*=carousel],[class*=swiper],[class*=slick],[class*=splide],[class*=slider],' +
  '[class*=gallery],[class*=stepper],[class*=quantity],[class*=calendar],[class*=zoom],canvas,video,audio';
const ANY = [OWN, FIELD, STILL, BUTTON, CALM].join();

/**
 * Pointer moves (ten a second tell the cursor signals as much as twenty, see
 * benchmarks/mouse_hesitation.py), clicks, and leaving the window: one listener each, for
 * the whole page.
 *
 * @param {(target: any) => string} roleOf
 */
export function observePointer(roleOf) {
  const watchEffect = observeEffect();
  const cta = (/** @type {string} */ role) => role && role.replace(/variant|qty|search/, '');
  sample('pointermove', ({ pointerType, target, clientX: x, clientY: y }) => {
    core.touch = pointerType === 'touch';
    // A finger that moves is input, but neither hovers nor thrashes.
    core.tell(core.touch ? { k: 'key' } : { k: 'move', x, y, role: cta(roleOf(target)) });
  });
  // Who presses a mouse moves it or clicks; a finger that lies still does neither.
  if (navigator.maxTouchPoints) listen(document, 'pointerdown', () => core.tell({ k: 'key' }));
  listen(document, 'click', ({ target, detail, clientX: x, clientY: y }) => {
    // Most places have none of these: one look tells.
    const isPlain = !target.closest(ANY);
    const within = (/** @type {string} */ selector) => !isPlain && target.closest(selector);
    if (within(OWN)) return;
    const role = roleOf(target);
    const isField = within(FIELD);
    const live =
      !isField &&
      !within(STILL) &&
      (within(BUTTON) || getComputedStyle(target).cursor === 'pointer');
    // A third click selects a paragraph.
    const calm = isField || role === 'qty' || (detail > 2 && `${getSelection()}`) || within(CALM);
    core.tell({ k: 'click', x, y, of: target, role: cta(role) || 'other', near: core.touch ? 44 : 30, calm, live });
    if (live) watchEffect();
    if (/variant|size/.test(role) && !isField) core.tell({ k: 'pick', of: target.closest('button,a,li') || target });
  });
  const leave = (/** @type {MouseEvent} */ { clientY: y, buttons }) => {
    // Dragging, a list that is open, a frame or the developer tools being used, our own
    // page being a frame: nobody is about to leave.
    const calm =
      !!buttons || top !== self || !document.hasFocus() || /^(IFRAME|SELECT)$/.test(document.activeElement?.tagName || '');
    core.tell({ k: 'leave', y, calm });
  };
  listen(document.documentElement, 'mouseleave', leave, false);
}
