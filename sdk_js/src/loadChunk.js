import { core } from './core.js';
import { sdkVersion } from './sdkVersion.js';

/**
 * A part that is loaded when it is needed, from its versioned address. `import()` and
 * not a script element: it needs no Trusted Types policy, and the nonce of this script
 * carries over.
 *
 * @param {'foreign' | 'ui' | 'words' | 'presets' | 'chat' | 'preview' | 'debug'} name
 * @returns {Promise<any>}
 */
export function loadChunk(name) {
  return import(`${core.base}/sdk/${sdkVersion()}/engage-${name}.js`);
}
