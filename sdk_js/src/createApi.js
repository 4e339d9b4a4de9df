import { applyConsent } from './applyConsent.js';
import { begin } from './begin.js';
import { connect } from './connect.js';
import { core } from './core.js';
import { guard } from './guard.js';
import { on } from './on.js';
import { sdkVersion } from './sdkVersion.js';
import { showDecision } from './showDecision.js';
import { stop } from './stop.js';
import { tellEvent } from './tellEvent.js';
import { track } from './track.js';
import { viewPage } from './viewPage.js';

/**
 * The public functions, as engage.d.ts describes them. `engage('name', ...)` and
 * `engage.name(...)` are the same.
 *
 * @returns {import('../engage.d.ts').Engage}
 */
export function createApi() {
  connect();
  const { transport } = core;
  /** @type {Record<string, (...args: any[]) => any>} */
  const calls = {
    init: begin,
    track: tellEvent,
    pageView: viewPage,
    setContext(context) {
      core.arrive?.();
      Object.assign(core.context, context);
      core.noticed?.('');
    },
    setConsent: applyConsent,
    getConsent: () => ({ measure: !!core.consent?.measure, personalise: !!core.consent?.personalise }),
    ids() {
      const { visitor, session } = core.store?.touch() || {};
      return { visitor, session };
    },
    identify(id) {
      core.context.customer = { ...core.context.customer, id };
    },
    forget() {
      transport.clear();
      track({ name: 'forget' });
      transport.flush(true);
      applyConsent(false);
    },
    decide: () => track({ name: 'ask' }),
    show: (decision) => decision && showDecision(decision),
    dismiss: () => core.card?.close('close'),
    on,
    registerTemplate(kind, template) {
      core.templates[kind] = template;
    },
    use: (plugin) => plugin.setup(api),
    flush: () => transport.flush(true),
    destroy() {
      transport.flush(true);
      stop();
      for (const undo of core.watching.splice(0)) undo();
    },
  };
  /** @type {any} */
  const api = guard((/** @type {string} */ name, /** @type {any} */ a, /** @type {any} */ b) => api[name](a, b));
  for (const name in calls) api[name] = guard(calls[name]);
  api.version = sdkVersion();
  return api;
}
