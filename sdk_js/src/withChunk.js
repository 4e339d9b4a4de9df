import { loadChunk } from './loadChunk.js';
import { log } from './log.js';

/**
 * Do something with a part once it has come; if it does not come, only `debug` says so.
 *
 * @param {Parameters<typeof loadChunk>[0]} name
 * @param {(chunk: any) => any} use
 */
export function withChunk(name, use) {
  loadChunk(name).then(use).catch((error) => log('error', error));
}
