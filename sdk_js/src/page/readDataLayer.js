/** @import { Fact } from '../types.d.ts' */
import { KINDS } from './kinds.js';

/**
 * The shop event in one entry of a `dataLayer`, as it was told: an object of GA4, with
 * the goods under `ecommerce` or beside the name, or the arguments of a `gtag` call.
 *
 * @param {any} entry
 * @returns {Fact | undefined}
 */
export function readDataLayer(entry) {
  const { event: name = entry[1], ecommerce } = entry;
  if (!(name in KINDS)) return;
  return { ...entry, ...ecommerce, ...entry[2], name };
}
