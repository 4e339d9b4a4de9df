// The chunk of fine signals: how the visitor behaves on the page. Loaded after consent
// and after the page's own work, so that neither pays for the other.
/** @import { Input, Kit, Step } from '../types.d.ts' */
import { cursorReversal } from './cursorReversal.js';
import { deadClick } from './deadClick.js';
import { errorClick } from './errorClick.js';
import { exitIntent } from './exitIntent.js';
import { fieldTrouble } from './fieldTrouble.js';
import { hoverCta } from './hoverCta.js';
import { idle } from './idle.js';
import { createRoles } from './observe/createRoles.js';
import { observeFields } from './observe/observeFields.js';
import { observePointer } from './observe/observePointer.js';
import { observeScroll } from './observe/observeScroll.js';
import { observeTrail } from './observe/observeTrail.js';
import { observeTrouble } from './observe/observeTrouble.js';
import { rageClick } from './rageClick.js';
import { readJsonLd } from './readJsonLd.js';
import { scrollTurn } from './scrollTurn.js';
import { tabHidden } from './tabHidden.js';
import { variantToggle } from './variantToggle.js';

/** A new signal is one file and one word here. */
export const REDUCERS = /** @type {((state: any, input: Input) => Step<any>)[]} */ ([
  idle, scrollTurn, hoverCta, cursorReversal, rageClick, deadClick, errorClick,
  variantToggle, tabHidden, fieldTrouble, exitIntent,
]);

/**
 * Begin to observe; what is heard goes to the reducers, which the core drives.
 *
 * @param {Kit} kit
 */
export function observe(kit) {
  const { core } = kit;
  const roleOf = createRoles(core.options.selectors);
  core.reducers.push(...REDUCERS);
  core.describe = readJsonLd;
  observePointer(kit, roleOf);
  observeScroll(kit);
  observeFields(kit, roleOf);
  observeTrouble(kit);
  observeTrail(kit);
}
