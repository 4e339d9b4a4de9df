const ALLOWED = /^(item_(id|name|brand|category|variant)|in_stock|price|quantity|value|discount|currency|coupon|transaction_id|results|count|rating|decision|token)$/;

/**
 * Of what a page hands over, the fields that may be sent: search terms, names and
 * addresses stay on the page. What does not fit is mended or left out, so that it
 * cannot cost the whole beacon.
 *
 * @param {Record<string, any>} fields
 * @returns {Record<string, any>}
 */
export function cleanFields(fields) {
  /** @type {Record<string, any>} */
  const clean = {};
  for (const name in fields) {
    let value = fields[name];
    if (/price|quan|value|disc|resu|coun|rati/.test(name)) {
      value = parseFloat(value);
      if (!(value >= 0 && value <= 1e7)) continue;
    } else if (value === '' || value == null) continue;
    else if (name !== 'in_stock') value = `${value}`.slice(0, 100);
    if (/_id/.test(name)) value = value.replace(/[^\w.:-]/g, '_').slice(0, 64);
    if (ALLOWED.test(name) && (name !== 'currency' || /^[A-Z]{3}$/.test(value))) clean[name] = value;
  }
  return clean;
}
