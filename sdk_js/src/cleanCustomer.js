/** @import { Context } from './types.d.ts' */

/**
 * What may be sent of a customer. An id that is not opaque (an e-mail address, say) is
 * left out: the service would refuse every beacon that carries it.
 *
 * @param {NonNullable<Context['customer']>} customer
 */
export function cleanCustomer({ id = '', logged_in, type, orders = -1 }) {
  return {
    id: /^[\w.:-]{1,64}$/.test(id) ? `${id}` : undefined,
    logged_in: logged_in && true,
    type: type && `${type}`.slice(0, 99),
    orders: orders < 0 ? undefined : Math.round(orders),
  };
}
