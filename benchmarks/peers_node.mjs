// Peers of `peers.py` that live in node: constant, growthbook, unleash.
//
//   node peers_node.mjs KIND      (in a folder where the packages are installed)
//
// Each answers the same beacons as engage, on one process, and says where it listens.
import http from 'node:http';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const ARMS = ['none', 'chat', 'discount', 'alternative', 'help'];

/** @param {http.RequestListener} answer @param {(port: number) => void} told */
function listen(answer, told) {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1', () => told(/** @type {any} */ (server.address()).port));
}

/** @param {(beacon: any) => unknown} choose @returns {http.RequestListener} */
const reading = (choose) => (request, response) => {
  /** @type {Buffer[]} */
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = JSON.stringify(choose(JSON.parse(Buffer.concat(parts).toString() || 'null')));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(body);
  });
};

const MADE = {
  constant: async () => reading(() => ({})),

  growthbook: async () => {
    const { GrowthBook } = require('@growthbook/growthbook');
    const features = {
      offer: {
        defaultValue: 'none',
        rules: [{ variations: ARMS, weights: ARMS.map(() => 1 / ARMS.length), hashAttribute: 'id' }],
      },
    };
    return reading((beacon) => {
      const gb = new GrowthBook({ attributes: { id: beacon.visitor, page: beacon.page.kind } });
      gb.initSync({ payload: { features } });
      return { offer: gb.getFeatureValue('offer', 'none') };
    });
  },

  unleash: async () => {
    const { createApp } = require('@unleash/proxy');
    const variants = ARMS.map((name) => ({
      name, weight: 1000 / ARMS.length, weightType: 'variable', stickiness: 'random', overrides: [],
    }));
    const toggle = {
      name: 'offer', type: 'release', enabled: true, stale: false, variants,
      strategies: [{ name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'random', groupId: 'offer' }, constraints: [] }],
    };
    const upstream = await new Promise((resolve) => listen(reading(() => ({ version: 2, features: [toggle] })), resolve));
    const silent = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
    const app = createApp({
      unleashUrl: `http://127.0.0.1:${upstream}/api`, unleashApiToken: 'stub', clientKeys: ['key'],
      refreshInterval: 3_600_000, metricsInterval: 3_600_000, logger: silent,
    });
    return (request, response) => {
      // What is sent is the beacon; the proxy takes what it does not know as context.
      request.url = '/proxy';
      request.headers.authorization = 'key';
      app(request, response);
    };
  },
};

const kind = /** @type {keyof typeof MADE} */ (process.argv[2]);
listen(await MADE[kind](), (port) => console.log(`ready http://127.0.0.1:${port}`));
