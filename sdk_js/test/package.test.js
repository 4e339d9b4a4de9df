// What the build and the package hold: sizes under their bars, and nothing of a machine.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file) => readFileSync(root + file, 'utf8');
const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

test('every served file is built from these sources, and under its bar', () => {
  const said = run('node', 'build.mjs', '--check');
  assert.match(said, /engage\.js: \d+ B, gzip \d+ B \(bar 9850\), brotli \d+ B/);
  for (const chunk of ['foreign', 'ui', 'words', 'presets', 'chat', 'preview', 'debug']) {
    assert.match(said, new RegExp(`engage-${chunk}\\.js: .* gzip`));
  }
});

test('the package holds the module, the script, types and pages, and nothing else', () => {
  run('node', 'build.mjs');
  const [{ files }] = JSON.parse(run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts'));
  assert.deepEqual(files.map(({ path }) => path).sort(), [
    'API.md', 'OPTIONS.md', 'README.md', 'dist/LICENSE', 'dist/engage.iife.js', 'dist/engage.js', 'engage.d.ts', 'package.json',
  ]);
});

test('what the package names is there', async () => {
  run('node', 'build.mjs');
  const { exports, types, main, dependencies } = JSON.parse(read('package.json'));
  for (const file of [exports['.'].default, exports['.'].types, exports['./iife'], types, main]) assert.ok(read(file).length > 1000, file);
  assert.equal(dependencies, undefined);
});

test('a bundler leaves the parts to the service, and keeps the script', async () => {
  run('node', 'build.mjs');
  const loads = read('dist/engage.js').match(/import\([^`]*/g);
  assert.deepEqual(loads, ['import(/* webpackIgnore: true *//* @vite-ignore */']);
  const stdin = { contents: "import 'engage-sdk/iife'", resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, write: false });
  assert.ok(outputFiles[0].text.includes('/v1/beacons'));
});

test('the lock file names no registry, and the settings keep it so', () => {
  assert.doesNotMatch(read('package-lock.json'), /https?:\/\/(?!(opencollective|github|www\.patreon|tidelift)\b)[^"]*\.tgz|"resolved"/);
  assert.match(read('.npmrc'), /^omit-lockfile-registry-resolved=true$/m);
});

test('as a module the SDK is at rest until it is called', async () => {
  run('node', 'build.mjs');
  const listened = [];
  globalThis.window = globalThis;
  globalThis.document = { addEventListener: (type) => listened.push(type) };
  globalThis.location = { search: '' };
  const { engage } = await import('../dist/engage.js');
  engage.track('add_to_cart', { item: { item_id: '1' } });
  assert.deepEqual([listened, engage.ids(), engage.getConsent()], [
    [], { visitor: undefined, session: undefined }, { measure: false, personalise: false },
  ]);
});
