/** Where shops usually keep these things; `data-engage` attributes come first. */
const USUAL = {
  cart: '[name=add],[name=add-to-cart],[id*=add-to-cart],[class*=add-to-cart],[class*=add_to_cart]',
  coupon: '[name*=coupon],[name*=voucher],[name*=discount]',
  checkout: '[href*=checkout],[name=checkout]',
  price: '[itemprop=price]',
  qty: '[name=quantity],[name=qty]',
  size: '[name*=size]',
  variant: '[name*=variant],[name*=color]',
  search: '[type=search]',
  shipping: '[href*=shipping],[href*=versand]',
};

/**
 * A function that tells the role of an element (`cart`, `price`, ... or '').
 * Each element is looked up once and remembered, so that pointer moves cost nothing.
 *
 * @param {Record<string, string>} [own] selectors of the shop, by role
 * @returns {(target: any) => string}
 */
export function createRoles(own) {
  /** @type {WeakMap<Element, string>} */
  const known = new WeakMap();
  const rules = Object.entries({ ...USUAL, ...own });
  return (target) => {
    let role = known.get(target);
    if (role == null && target.closest) {
      [role = ''] = rules.find(([name, at]) => target.closest(`[data-engage=${name}],${at}`)) || [];
      known.set(target, role);
    }
    return role || '';
  };
}
