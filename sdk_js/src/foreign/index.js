// The chunk for what a page says in other words than GA4's: Universal Analytics, Segment,
// schema.org, Open Graph. Loaded where a page does.
export { readClassic } from '../page/readClassic.js';
export { readSegment } from '../page/readSegment.js';
export { describeProduct } from '../page/describeProduct.js';
