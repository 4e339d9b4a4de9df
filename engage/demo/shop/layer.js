// GA4 e-commerce events on the data layer, as any shop with a tag manager pushes them.

import { lang } from './dom.js';

/**
 * @param {import('./catalogue.js').Product} p
 * @param {{quantity?: number, index?: number, variant?: number, size?: string}} [more]
 */
export function gaItem(p, { quantity = 1, index, variant = 0, size } = {}) {
  const item = {
    item_id: p.id, item_name: p.title[lang], item_brand: p.maker, item_category: p.category,
    item_variant: [p.variants[variant]?.name[lang], size].filter(Boolean).join(' / '),
    price: p.price_cents / 100, currency: 'EUR', quantity, in_stock: p.stock > 0,
  };
  return index === undefined ? item : { ...item, index };
}

/** @param {Record<string, any>} entry */
export function push(entry) {
  const page = /** @type {any} */ (window);
  page.dataLayer = page.dataLayer || [];
  page.dataLayer.push(entry);
}

/** @param {string} event @param {Record<string, any>} ecommerce */
export function pushEcommerce(event, ecommerce) {
  push({ ecommerce: null });
  push({ event, ecommerce: { currency: 'EUR', ...ecommerce } });
}
