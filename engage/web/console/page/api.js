// Requests to the service. Whatever changes something carries our own header.

import { t } from './words.js';

/** The site the page is about; the first one until it is chosen. */
let site = '';

/** @param {string} key */
export function about(key) { site = key; }

/** A problem document, as an error. */
export class Problem extends Error {
  /** @param {number} status @param {string} detail */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** What needs no detail of the service, which speaks English. */
const KNOWN = new Map([[401, t('signed_out')], [403, t('forbidden')], [429, t('too_often')], [503, t('not_ready')]]);

/** @param {string} path below the API @returns {string} */
export function url(path) {
  return `api/${path}${site ? `?site=${encodeURIComponent(site)}` : ''}`;
}

/**
 * @param {string} path @param {{ method?: string, body?: unknown }} [what]
 * @returns {Promise<any>} the answer's JSON, or null without a body
 */
export async function ask(path, { method = 'GET', body } = {}) {
  const headers = { 'X-Engage-Console': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) };
  // The line may break at the head as well as in the midst of the body.
  const lost = () => { throw new Problem(0, t('unreachable')); };
  const answer = await fetch(url(path), {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(lost);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw new Problem(answer.status, KNOWN.get(answer.status) ?? problem.detail ?? String(answer.status));
  }
  return answer.status === 204 ? null : answer.json().catch(lost);
}
