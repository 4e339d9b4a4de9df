import { createApi } from './createApi.js';

/** The SDK at rest, for shops that bundle their scripts: call `engage.init({...})`. */
export const engage = createApi();
