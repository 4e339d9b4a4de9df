/**
 * The shop events of GA4, with the kind of page that each tells, where the page itself does
 * not say.
 */
export const KINDS = /** @type {Record<string, string>} */ ({
  view_item: 'product',
  view_item_list: 'list',
  view_search_results: 'search',
  view_cart: 'cart',
  begin_checkout: 'checkout',
  add_payment_info: 'payment',
  purchase: 'thanks',
  select_item: '',
  add_to_cart: '',
  add_to_wishlist: '',
  add_shipping_info: '',
  remove_from_cart: '',
});
