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
 * Each element is looked up once and remembered, so that pointer moves cost nothing;
 * and of most, which have none, by one look for all roles together.
 *
 * @param {Record<string, string>} [own] selectors of the shop, by role
 * @param {Record<string, string>} [more] selectors of its platform, beside the usual ones
 * @returns {(target: any) => string}
 */
export function createRoles(own, more = {}) {
  /** @type {WeakMap<Element, string>} */
  const known = new WeakMap();
  /** Made when something is first pointed at. @type {{role: string, at: string}[]} */
  let rules;
  return (target) => {
    const told = known.get(target);
    if (told != null || !target.closest) return told || '';
    rules ||= Object.entries(USUAL).map(([role, usual]) => ({
      role,
      at: `[data-engage=${role}],${own?.[role] || [usual, more[role]].filter(Boolean)}`,
    }));
    const isAny = target.closest(rules.map(({ at }) => at).join());
    const role = (isAny && rules.find(({ at }) => target.closest(at))?.role) || '';
    known.set(target, role);
    return role;
  };
}
