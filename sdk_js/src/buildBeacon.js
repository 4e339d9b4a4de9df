/** @import { Consent, Context, Fact } from './types.d.ts' */

/**
 * The beacon as tests/wire has it. Events carry their age at sending, so that the
 * clock of this device does not matter. Under GPC nothing is personalised unless the
 * visitor said so here.
 *
 * @param {{site?: string, visitor: string, session: string, tab?: string, seq: number,
 *   consent: Consent, gpc?: boolean, automated?: boolean, now: number,
 *   page: {url: string, kind: string, locale: string}, customer?: Context['customer'],
 *   events: (Fact & {at: number})[]}} parts
 */
export function buildBeacon({ consent, gpc, now, events, ...parts }) {
  return {
    v: 1,
    ...parts,
    consent: {
      ...consent,
      personalise: consent.personalise && (consent.explicit || !gpc),
    },
    events: events.map(({ at, name, ...fields }) => ({
      name,
      age_ms: Math.min(Math.max(now - at, 0), 864e5),
      ...fields,
    })),
  };
}
