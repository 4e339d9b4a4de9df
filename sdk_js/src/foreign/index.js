// The chunk for what a page says in other words than GA4's: Universal Analytics, Segment,
// schema.org, Open Graph. Loaded where a page does.
export { readClassic as classic } from '../page/readClassic.js';
export { readSegment as segment } from '../page/readSegment.js';
export { describeProduct as page } from '../page/describeProduct.js';
