/** @import { Fact } from './types.d.ts' */
import { cleanFields } from './cleanFields.js';

/**
 * An event of the page as it may be sent, or nothing if what the service requires is
 * missing. GA4's `items` are trimmed to 20; a single one becomes `item`.
 *
 * @param {string} name
 * @param {Record<string, any>} [fields]
 * @returns {Fact | undefined}
 */
export function cleanEvent(name, fields = {}) {
  const items = [].concat(fields.item || fields.items || [])
    .map((item) => cleanFields(item, true))
    .filter((item) => item.item_id || item.item_name)
    .slice(0, 20);
  const clean = cleanFields(fields);
  if (name === 'purchase' && !clean.transaction_id) return;
  return {
    // An object, as it goes to the dataLayer, would cost the whole beacon.
    name: name && `${name}`,
    ...clean,
    ...(items[1] ? { items } : items[0] && { item: items[0] }),
  };
}
