// The live stream: server-sent events, one by one; it reconnects by itself.

import { url } from './api.js';

const NAMES = ['state', 'decision', 'outcome', 'closed', 'snapshot', 'levels', 'evidence', 'switches', 'pin', 'trial', 'missed'];

/**
 * Opens the stream. `told` gets every event; `linked` is told whether the line is up;
 * `ended` is called once it was refused, for then the browser tries no more.
 * @param {(name: string, data: any) => void} told
 * @param {(state: 'on' | 'off') => void} linked
 * @param {() => void} ended
 * @returns {() => void} closes it
 */
export function stream(told, linked, ended) {
  const source = new EventSource(url('live'));
  for (const name of NAMES) {
    source.addEventListener(name, (event) => told(name, JSON.parse(/** @type {MessageEvent} */ (event).data)));
  }
  source.addEventListener('open', () => linked('on'));
  source.addEventListener('error', () => {
    linked('off');
    if (source.readyState === EventSource.CLOSED) ended();
  });
  return () => source.close();
}
