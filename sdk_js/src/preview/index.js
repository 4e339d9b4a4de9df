// The chunk for the person who writes a card, asked for by the page's address.
/** @import { Core, Ui } from '../types.d.ts' */

/**
 * Show a card that is being written; nobody is told, nothing is kept.
 *
 * @param {Core} core
 * @param {Ui} ui the chunk of cards
 * @param {import('../types.d.ts').Emit} emit
 */
export async function preview(core, ui, emit) {
  const asked = new URLSearchParams(location.search);
  const locale = core.options.locale || document.documentElement.lang;
  const { site = '' } = core.options;
  const query = new URLSearchParams({ site, token: asked.get('engage_token') || '', locale });
  const path = encodeURIComponent(asked.get('engage_preview') || '');
  const response = await fetch(`${core.base}/v1/preview/${path}?${query}`);
  if (!response.ok) throw Error(`no preview: ${response.status}`);
  const answer = await response.json();
  const decision = { ...(answer.decision || answer), token: '' };
  core.card = ui.present(decision, core, () => {}, emit, Date.now());
}
