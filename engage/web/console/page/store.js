// What the page knows, and how an event of the stream changes it.

const MOST = 120;

/** @typedef {Record<string, any>} Plain */

/**
 * @typedef {object} State
 * @property {Plain[]} decisions newest first
 * @property {Plain} levels @property {Plain} evidence @property {Plain[]} lineage
 */

/** Everything the page shows; null before the first state arrived. @type {any} */
export let state = null;

/** How many messages the stream had to leave out. */
export let missed = 0;

/** Whether the service does not answer: then what is known is as of before. */
export let isAway = false;

/** @param {boolean} isGone */
export function setAway(isGone) { isAway = isGone; }

/**
 * Applies one event.
 * @param {string} name @param {any} data
 */
export function apply(name, data) {
  if (name === 'state') { state = data; return; }
  if (state === null) return;
  const change = CHANGES[name];
  if (change !== undefined) change(data);
}

/** Whether whoever has signed in may change anything. @returns {boolean} */
export function isOperator() { return state.role === 'operator'; }

// A worker reports every two seconds.
const SILENT_S = 10;

/** Whether a worker says nothing any more. @param {Plain} one @returns {boolean} */
export function isSilent(one) { return one.silent_s >= SILENT_S; }

/** The workers that are missed; while Redis is away nobody is heard. @returns {Plain[]} */
export function silent() { return state.levels.is_degraded ? [] : state.levels.workers.filter(isSilent); }

/** @param {string} decision @returns {Plain | undefined} */
export function decision(decision) {
  return state?.decisions.find((/** @type {Plain} */ one) => one.decision === decision);
}

/** @type {Record<string, (data: any) => void>} */
const CHANGES = {
  decision(data) {
    state.decisions = [data, ...state.decisions.filter((/** @type {Plain} */ d) => d.decision !== data.decision)].slice(0, MOST);
  },
  outcome(data) {
    const known = decision(data.decision);
    if (known && !known.outcomes.some((/** @type {Plain} */ o) => o.name === data.name)) known.outcomes.push(data);
  },
  closed(data) {
    const known = decision(data.decision);
    if (known) known.reward = data.reward;
  },
  snapshot(data) {
    state.lineage = [data, ...state.lineage.filter((/** @type {Plain} */ s) => s.number !== data.number)].slice(0, 12);
    if (data.deciding !== data.number) return;
    Object.assign(state.levels.models, { snapshot: data.number, offset: data.offset, age_s: 0 });
  },
  levels(data) { state.levels = data; },
  evidence(data) { state.evidence = data; },
  switches(data) {
    state.levels.switches = data;
    for (const one of state.levels.interventions) {
      if (one.status === 'on' || one.status === 'paused') one.status = data.all_paused || data.paused.includes(one.id) ? 'paused' : 'on';
    }
  },
  pin(data) {
    state.levels.models.pin = data;
    if (data.number !== null) state.levels.models.snapshot = data.number;
  },
  trial(data) { state.trial = data; },
  missed(data) { missed += data.count; },
};
