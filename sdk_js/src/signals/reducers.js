/** @import { Reducer } from '../types.d.ts' */
import { cursorReversal } from './cursorReversal.js';
import { deadClick } from './deadClick.js';
import { errorClick } from './errorClick.js';
import { exitIntent } from './exitIntent.js';
import { fieldTrouble } from './fieldTrouble.js';
import { hoverCta } from './hoverCta.js';
import { idle } from './idle.js';
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
