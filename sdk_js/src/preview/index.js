// The chunk for the person who writes a card, asked for by the page's address.
/** @import { CardKit, Core } from '../types.d.ts' */

/**
 * Show a card that is being written; nobody is told, nothing is kept.
 *
 * @param {Core} core
 * @param {string} site
 * @param {CardKit['loadChunk']} loadChunk
 * @param {CardKit['emit']} emit
 * @param {() => string} localeOf
 */
export async function preview(core, site, loadChunk, emit, localeOf) {
  const locale = localeOf();
  const asked = new URLSearchParams(location.search);
  const query = new URLSearchParams({ site, token: asked.get('engage_token') || '', locale });
  const path = encodeURIComponent(asked.get('engage_preview') || '');
  const response = await fetch(`${core.base}/v1/preview/${path}?${query}`);
  if (!response.ok) throw Error(`no preview: ${response.status}`);
  const [answer, { present, learnWords }] = await Promise.all([response.json(), loadChunk('ui')]);
  const decision = { ...(answer.decision || answer), token: '' };
  const kit = { emit, loadChunk, locale, core, report() {}, asked: Date.now() };
  await learnWords(decision, kit);
  core.card = present(decision, kit);
}
