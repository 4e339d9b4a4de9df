// The chunk of what is seen: how the visitor behaves on the page, and what the page says
// of itself. Loaded after consent, beside the page's own work.
/** @import { Kit, Reducer } from '../types.d.ts' */
import { observePage } from '../page/observePage.js';
import { cursorReversal } from './cursorReversal.js';
import { deadClick } from './deadClick.js';
import { errorClick } from './errorClick.js';
import { exitIntent } from './exitIntent.js';
import { fieldTrouble } from './fieldTrouble.js';
import { hoverCta } from './hoverCta.js';
import { idle } from './idle.js';
import { createRoles } from './observe/createRoles.js';
import { createTrail } from './observe/createTrail.js';
import { observeFields } from './observe/observeFields.js';
import { observeHistory } from './observe/observeHistory.js';
import { observePointer } from './observe/observePointer.js';
import { observeScroll } from './observe/observeScroll.js';
import { observeTrouble } from './observe/observeTrouble.js';
import { rageClick } from './rageClick.js';
import { scrollTurn } from './scrollTurn.js';
import { tabHidden } from './tabHidden.js';
import { variantToggle } from './variantToggle.js';

/** Each signal with what changes it. A new one is one file and one line here. */
export const REDUCERS = /** @type {Reducer[]} */ ([
  [idle, 'tick'],
  [scrollTurn, 'scroll'],
  [hoverCta, 'move click leave hide off end'],
  [cursorReversal, 'move'],
  [rageClick, 'click scroll'],
  [deadClick, 'click tick scroll mutate focus off hide page'],
  [errorClick, 'click error'],
  [variantToggle, 'pick page'],
  [tabHidden, 'hide on off'],
  [fieldTrouble, 'focus invalid tick'],
  [exitIntent, 'move click key leave scroll on hide tick'],
]);

/**
 * Begin to observe; what is heard goes to the reducers, which the core drives.
 *
 * @param {Kit} kit
 */
export async function observe(kit) {
  const { core } = kit;
  const { store, options } = core;
  if (options.preset) {
    const { PRESETS, observeAdds } = await kit.loadChunk('presets');
    // Consent may be gone meanwhile.
    if (core.store !== store) return;
    core.preset = PRESETS[options.preset];
    if (core.preset) observeAdds(kit, core.preset);
  }
  const roleOf = createRoles(options.selectors, core.preset?.selectors);
  core.touch = navigator.maxTouchPoints > 0 && matchMedia('(pointer:coarse)').matches;
  core.reducers.push(...REDUCERS);
  observePage(kit, createTrail(kit));
  observePointer(kit, roleOf);
  observeScroll(kit);
  observeFields(kit, roleOf);
  observeTrouble(kit);
  if (options.spa !== false) observeHistory(kit);
}
