// The chunk for shops on a known platform: loaded only where `preset` names one.
/** @import { Preset } from '../types.d.ts' */
export { observeAdds } from './observeAdds.js';

/**
 * By platform: page kinds by what the address and the classes of `<body>` say (first
 * match wins), where roles are found beside the usual places, what a search without
 * results shows, and which forms and buttons put something into the cart.
 *
 * @type {Record<string, Preset>}
 */
export const PRESETS = {
  shopify: {
    kinds: {
      thanks: /\/thank[_-]you|\/orders\//,
      checkout: /\/checkouts?\b/,
      product: /\/products\//,
      list: /\/collections\b/,
      cart: /\/cart\b/,
      search: /\/search\b/,
      content: /\/(pages|blogs|policies)\//,
      home: /^\/(\w\w(-\w\w)?\/?)? /,
    },
    selectors: {
      cart: '.shopify-payment-button,.product-form__submit',
      variant: 'variant-selects,variant-radios,[name^=option]',
      qty: 'quantity-input',
      price: '.price',
    },
    none: '.template-search__no-results,.template-search--empty',
    form: 'form[action*="/cart/add"]',
  },
  woocommerce: {
    kinds: {
      thanks: /woocommerce-order-received/,
      checkout: /woocommerce-checkout/,
      cart: /woocommerce-cart/,
      product: /single-product/,
      search: /\bsearch-(no-)?results/,
      list: /tax-product|post-type-archive-product/,
      home: / home\b/,
    },
    selectors: {
      cart: '.single_add_to_cart_button,.add_to_cart_button',
      checkout: '.checkout-button,#place_order',
      variant: '.variations',
      qty: '.quantity',
      coupon: '#coupon_code',
      price: '.price',
      shipping: '.woocommerce-shipping-methods,.shipping-calculator-form',
    },
    none: '.woocommerce-no-products-found,.search-no-results',
    form: 'form.cart',
    button: '.ajax_add_to_cart[data-product_id]',
  },
  shopware: {
    kinds: {
      thanks: /is-act-finishpage/,
      checkout: /is-act-(confirm|checkoutregister)page/,
      cart: /is-act-cartpage/,
      product: /is-ctl-product/,
      search: /is-ctl-search/,
      home: /is-act-home/,
      list: /is-ctl-navigation/,
      content: /is-ctl-(landingpage|cms)/,
    },
    selectors: {
      cart: '.btn-buy',
      checkout: '.begin-checkout-btn,#confirmFormSubmit',
      variant: '.product-detail-configurator',
      qty: '.quantity-selector-group',
      coupon: '[id^=addPromotion]',
      price: '.product-detail-price',
      shipping: '.product-detail-tax-link',
    },
    none: '.is-ctl-search .cms-listing-col .alert,.search-empty',
    form: 'form[action*="/checkout/line-item/add"]',
  },
};
