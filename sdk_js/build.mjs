// Builds what the service serves (engage/web/sdk) and the modules for bundlers (dist).
// The same sources give the same bytes: versions are pinned, no path, no date goes in.
//   node build.mjs           write both
//   node build.mjs --check   fail if what is committed differs from the sources
//   node build.mjs --size    sizes against the budget; fails over the bar
import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

/** Most gzip bytes (level 9) a file may take. */
const BARS = {
  'engage.js': 9850,
  'engage-foreign.js': 1300,
  'engage-ui.js': 4200,
  'engage-words.js': 350,
  'engage-presets.js': 1100,
  'engage-chat.js': 650,
  'engage-preview.js': 400,
  'engage-debug.js': 1850,
};

/**
 * Properties that are ours alone, shortened in all files alike. None may be a name of
 * the wire, of the browser or of the public API.
 */
const PRIVATE =
  /^(base|options|store|transport|undo|watching|reducers|told|tokens|templates|seen|typedAt|loading|guess|fresh|tell|found|pingMs|still|mark|deep|near|calm|live|high|kindOf|isTagged|asking|asked|report|isDone|lasted|stash|retry|noticed|gone|context|later|cancel|touch|busy|wait|moves|quiet|pressed|turns|chosen|visible|active|since|away|clicks|wrong|life|viewPage|pageKind|cleanEvent|tapDataLayer|loadChunk|listen|guard|report|emit|build|post|kit|say|kinds|none|gpc|core|open|storage|more|former|out|arrive|goods)$/;
for (const built of [Array, String, Object, Function, Promise, Map, WeakMap, RegExp, Number]) {
  const taken = Object.getOwnPropertyNames(built.prototype).find((name) => PRIVATE.test(name));
  if (taken) throw new Error(`PRIVATE must not hold ${taken}: ${built.name} has it`);
}
/** @type {Record<string, string | false>} */
let names = {};

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, '../engage/web/sdk');
const project = readFileSync(join(here, '../pyproject.toml'), 'utf8');
const version = /^version = "([^"]+)"/m.exec(project)?.[1];
if (!version) throw new Error('pyproject.toml has no version');

/**
 * Chrome compiles such a file whole, beside the page's own thread: of what is called at
 * once nothing is left to compile on it (a fifth of the start-up, benchmarks/sdk.py).
 */
const COMPILE_AT_ONCE = '//# allFunctionsCalledOnLoad\n';

/**
 * @param {string} entry
 * @param {'iife' | 'esm'} format
 * @param {boolean} [isAtOnce] runs with the page, and not only where it is needed
 * @returns {Promise<Buffer>}
 */
async function bundle(entry, format, isAtOnce) {
  const { outputFiles, mangleCache } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format,
    target: 'es2022',
    minify: true,
    charset: 'utf8',
    // Without a word of tsconfig.json, which would put "use strict" into each file.
    tsconfigRaw: '{}',
    legalComments: 'none',
    mangleProps: PRIVATE,
    mangleCache: names,
    define: { ENGAGE_VERSION: JSON.stringify(version) },
    plugins: [styles],
    logLevel: 'warning',
  });
  names = mangleCache || names;
  // A second minifier finds another 3 % that the first leaves.
  const { code = '' } = await minify(outputFiles[0].text, {
    module: format === 'esm',
    ecma: 2020,
    // Not `unsafe_comps`: it turns comparisons about, which undefined does not survive.
    compress: {
      passes: 4,
      sequences: false,
      unsafe_arrows: true,
      pure_getters: true,
      keep_fargs: false,
      hoist_funs: true,
    },
  });
  return Buffer.from((isAtOnce ? COMPILE_AT_ONCE : '') + code);
}

/** Style sheets go in as minified text. @type {import('esbuild').Plugin} */
const styles = {
  name: 'styles',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code.trim().replace(/([,:]) /g, '$1'), loader: 'text' };
    }),
};

const CHUNKS = ['foreign', 'ui', 'words', 'presets', 'chat', 'preview', 'debug'];
const files = [{ path: join(served, 'engage.js'), bytes: await bundle('src/index.js', 'iife', true) }];
for (const chunk of CHUNKS) {
  const bytes = await bundle(`src/${chunk}/index.js`, 'esm');
  files.push({ path: join(served, `engage-${chunk}.js`), bytes });
}
// For npm: the module at rest, and the script for a tag; the service has the chunks, which
// no bundler must look for among a shop's own files.
const module = await bundle('src/engage.js', 'esm');
const untouched = 'import(/* webpackIgnore: true *//* @vite-ignore */';
files.push(
  { path: join(here, 'dist/engage.js'), bytes: Buffer.from(`${module}`.replaceAll('import(', untouched)) },
  { path: join(here, 'dist/engage.iife.js'), bytes: files[0].bytes },
  { path: join(here, 'dist/LICENSE'), bytes: readFileSync(join(here, '../LICENSE')) },
);
// Where a README tells the hash of the script, it is of this one.
const hash = `sha384-${createHash('sha384').update(files[0].bytes).digest('base64')}`;
for (const path of [join(here, 'README.md'), join(here, '../README.md')]) {
  const text = readFileSync(path, 'utf8');
  const told = text.replace(/sha384-[\w+/=]+/g, hash);
  if (told !== text) files.push({ path, bytes: Buffer.from(told) });
}
const mode = process.argv[2];
for (const { path, bytes } of files) {
  const isServed = path.startsWith(served);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const size = gzipSync(bytes, { level: 9 }).length;
  const bar = BARS[/** @type {keyof typeof BARS} */ (name)];
  const brotli = brotliCompressSync(bytes).length;
  if (isServed) console.log(`${name}: ${bytes.length} B, gzip ${size} B (bar ${bar}), brotli ${brotli} B`);
  if (isServed && size > bar) {
    console.error(`${name} must be <= ${bar} B gzip, got ${size}`);
    process.exitCode = 1;
  }
  if (mode === '--size') continue;
  if (mode === '--check') {
    if (!isServed || readFileSync(path).equals(bytes)) continue;
    console.error(`${name} differs from its sources: run npm run build`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}
