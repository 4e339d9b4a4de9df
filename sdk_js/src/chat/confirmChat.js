/** @import { Decision } from '../types.d.ts' */

/**
 * Ask the service whether a chat is still good: an agent free, not expired, not revoked.
 *
 * @param {string} base of the service
 * @param {Decision} decision
 * @returns {Promise<boolean>} false also when nobody answers
 */
export async function confirmChat(base, { id, token }) {
  const body = JSON.stringify({ token });
  const { ok } = await fetch(`${base}/v1/decisions/${id}/confirm`, { method: 'POST', body }).catch(Response.error);
  return ok;
}
