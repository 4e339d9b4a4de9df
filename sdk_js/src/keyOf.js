import { core } from './core.js';

/** The one name under which this site's ids, and what waits to be sent, are kept. */
export function keyOf() {
  return 'engage.' + core.options.site;
}
