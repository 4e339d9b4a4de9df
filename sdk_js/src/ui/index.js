// The chunk of cards: loaded when the first one is shown.
export { learnWords } from './labels.js';
export { present } from './present.js';
export { show } from './show.js';
