import { observeEffect } from './observeEffect.js';

/**
 * Pointer moves (at most 20 a second), clicks, and leaving the window: one listener
 * each, for the whole page.
 *
 * @param {import('../../types.d.ts').Kit} kit
 * @param {(target: any) => string} roleOf
 */
export function observePointer({ core, listen, guard }, roleOf) {
  const watchEffect = observeEffect({ core, guard });
  const page = document.documentElement;
  let last = 0;
  const cta = (/** @type {any} */ target) => roleOf(target).replace(/variant|qty|search/, '');
  listen(document, 'pointermove', ({ timeStamp, pointerType, target, clientX: x, clientY: y }) => {
    if (timeStamp - last < 50) return;
    last = timeStamp;
    core.touch = pointerType === 'touch';
    // A finger that moves is input, but neither hovers nor thrashes.
    core.tell(core.touch ? { k: 'key' } : { k: 'move', x, y, role: cta(target) });
  });
  listen(document, 'click', ({ target, detail, clientX: x, clientY: y }) => {
    const within = (/** @type {string} */ selector) => target.closest(selector);
    if (within('engage-root,[data-engage-ignore]')) return;
    const role = roleOf(target);
    const isField = within('input,textarea,select,label,[contenteditable]');
    const live =
      !isField &&
      !within('[href]') &&
      (within('button,[role=button]') || getComputedStyle(target).cursor === 'pointer');
    // Steppers and carousels are clicked in succession; a third click selects a paragraph.
    const calm =
      isField || role === 'qty' || detail > 2 && `${getSelection()}` || within('[class*=carousel],[class*=swiper],canvas');
    core.tell({ k: 'click', x, y, of: target, role: cta(target) || 'other', near: core.touch ? 44 : 30, calm, live });
    if (live) watchEffect();
    if (/variant|size/.test(role) && !isField) core.tell({ k: 'pick', of: within('button,a,li') || target });
  });
  listen(page, 'mouseleave', ({ target, clientY: y }) => {
    if (target === page) core.tell({ k: 'leave', y });
  });
}
