import { cleanEvent } from '../cleanEvent.js';
import { core } from '../core.js';
import { listen } from '../listen.js';
import { observePage } from '../page/observePage.js';
import { pageKind } from '../pageKind.js';
import { track } from '../track.js';
import { withChunk } from '../withChunk.js';
import { createRoles } from './observe/createRoles.js';
import { observeFields } from './observe/observeFields.js';
import { observeHistory } from './observe/observeHistory.js';
import { observePointer } from './observe/observePointer.js';
import { observeScroll } from './observe/observeScroll.js';
import { observeTrouble } from './observe/observeTrouble.js';

/**
 * Begin to observe how the visitor behaves on the page, and what the page says of itself:
 * where it names its platform, once that is known.
 */
export function observe() {
  const { store, options } = core;
  if (!options.preset) return observeAll();
  withChunk('presets', ({ PRESETS, observeAdds }) => {
    // Consent may be gone meanwhile.
    if (core.store !== store) return;
    core.preset = PRESETS[/** @type {string} */ (options.preset)];
    if (core.preset) observeAdds({ core, listen, track, cleanEvent, pageKind }, core.preset);
    observeAll();
  });
}

/** What is heard goes to the reducers. */
function observeAll() {
  const { options, preset } = core;
  const roleOf = createRoles(options.selectors, preset?.selectors);
  core.touch = navigator.maxTouchPoints && matchMedia('(pointer:coarse)').matches;
  observePage();
  observePointer(roleOf);
  observeScroll();
  observeFields(roleOf);
  observeTrouble();
  if (options.spa !== false) observeHistory();
}
