/** @import { Kit, Preset } from '../types.d.ts' */

/**
 * Goods put into the cart by the platform's own forms and buttons, where no `dataLayer`
 * tells of them. On a product's page the form means that product.
 *
 * @param {Kit} kit
 * @param {Preset} preset
 */
export function observeAdds({ core, listen, track, cleanEvent, pageKind }, { form, button }) {
  const tell = (/** @type {any} */ item) => {
    if (!core.isTagged) track(cleanEvent('add_to_cart', { item }));
  };
  listen(document, 'submit', ({ target }) => {
    if (!target.matches(form)) return;
    const field = (/** @type {string} */ name) => target.querySelector(name)?.value;
    const item =
      pageKind() === 'product' && core.goods
        ? core.goods
        : { item_id: field('[name=id],[name=add-to-cart],[name$="[id]"]') };
    tell({ ...item, quantity: field('[name=quantity],[name$="[quantity]"]') || 1 });
  });
  listen(document, 'click', ({ target }) => {
    const { product_id, product_sku, quantity } = (button && target.closest(button)?.dataset) || {};
    if (product_id) tell({ item_id: product_sku || product_id, quantity });
  });
}
