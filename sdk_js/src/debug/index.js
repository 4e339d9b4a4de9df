// The chunk for the person who puts the SDK into a shop: loaded only with `debug`.
export { explain } from './explain.js';
