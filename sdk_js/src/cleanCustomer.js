/**
 * What may be sent of a customer. An id that is not opaque (an e-mail address, say) is
 * left out: the service would refuse every beacon that carries it.
 *
 * @param {Record<string, any>} customer as the shop says
 */
export function cleanCustomer({ id = '', logged_in, type, orders }) {
  return {
    id: /^[\w.:-]{1,64}$/.test(id) ? `${id}` : undefined,
    logged_in: logged_in && true,
    type: type && `${type}`.slice(0, 99),
    orders: orders >= 0 ? Math.round(orders) : undefined,
  };
}
