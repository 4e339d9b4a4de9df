import { core } from './core.js';
import { createTransport } from './createTransport.js';
import { guard } from './guard.js';
import { post } from './post.js';
import { receive } from './receive.js';
import { stash } from './stash.js';
import { writeBeacon } from './writeBeacon.js';

/** Lay the way to the service, with the real clock and network; nothing is sent yet. */
export function connect() {
  core.transport = createTransport({
    build: writeBeacon,
    post: (body, leaving) => post(core.base + '/v1/beacons', body, leaving),
    found: guard(receive),
    now: Date.now,
    random: Math.random,
    later: setTimeout,
    cancel: clearTimeout,
    stash,
  });
}
