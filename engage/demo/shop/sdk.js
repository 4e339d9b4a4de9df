// The one place where the shop talks to engage. The SDK loads late or not at all;
// nothing here waits for it.

/**
 * Calls a method of the SDK, or queues the call until it is there.
 * @param {string} method @param {...any} values
 */
export function engage(method, ...values) {
  const page = /** @type {any} */ (window);
  if (typeof page.engage?.[method] === 'function') return page.engage[method](...values);
  if (typeof page.engage !== 'function') {
    const queue = function () { (queue.q = queue.q || []).push(arguments); };
    /** @type {any[] | undefined} */ queue.q = undefined;
    page.engage = queue;
  }
  return page.engage(method, ...values);
}

/** @returns {{visitor: string | null, session: string | null}} null without consent or SDK */
export function ids() {
  const known = /** @type {any} */ (window).engage?.ids?.() ?? {};
  return { visitor: known.visitor ?? null, session: known.session ?? null };
}

/**
 * Calls back for each accepted card.
 * @param {(decision: any) => void} act
 */
export function onAccepted(act) {
  document.addEventListener('engage:accepted', (/** @type {any} */ event) => {
    event.preventDefault(); // the shop goes there itself, and keeps the language
    act(event.detail);
  });
}
