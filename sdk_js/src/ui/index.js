// The chunk of cards: loaded when the first one is shown.
export { present } from './present.js';
