"""What the SDK is measured against: each package's usual start, bundled here.

Packages are installed by npm into a folder of the moment, in the version that is the
newest today, and bundled by the esbuild of `sdk_js`; nothing of theirs stays.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
ESBUILD = ROOT / "sdk_js" / "node_modules" / "esbuild"
# Name -> npm package, and the least a shop writes: import, start, one page view.
PEERS: dict[str, tuple[str, str]] = {
    "web-vitals": (
        "web-vitals",
        (
            "import {onCLS, onINP, onLCP, onFCP, onTTFB} from 'web-vitals';"
            "const tell = (m) => navigator.sendBeacon('/collect', JSON.stringify(m));"
            "for (const on of [onCLS, onINP, onLCP, onFCP, onTTFB]) on(tell)"
        ),
    ),
    "Plausible": (
        "@plausible-analytics/tracker",
        (
            "import {init} from '@plausible-analytics/tracker';"
            "init({domain: 'shop.example', endpoint: '/collect',"
            " captureOnLocalhost: true})"
        ),
    ),
    "Snowplow": (
        "@snowplow/browser-tracker",
        (
            "import {newTracker, enableActivityTracking, trackPageView}"
            " from '@snowplow/browser-tracker';"
            "newTracker('sp', location.origin, {appId: 'shop'});"
            "enableActivityTracking({minimumVisitLength: 5, heartbeatDelay: 5});"
            "trackPageView()"
        ),
    ),
    "GrowthBook": (
        "@growthbook/growthbook",
        (
            "import {GrowthBook} from '@growthbook/growthbook';"
            "const gb = new GrowthBook({attributes: {id: '1'}});"
            "gb.initSync({payload: {features: {f: {defaultValue: 1}}}});"
            "window.gb = gb; gb.getFeatureValue('f', 0)"
        ),
    ),
    "PostHog": (
        "posthog-js",
        (
            "import posthog from 'posthog-js';"
            "posthog.init('phc_x', {api_host: location.origin})"
        ),
    ),
    "Datadog RUM slim": (
        "@datadog/browser-rum-slim",
        (
            "import {datadogRum} from '@datadog/browser-rum-slim';"
            "datadogRum.init({applicationId: 'a', clientToken: 'pub1', site:"
            " 'datadoghq.com', proxy: location.origin + '/collect',"
            " sessionSampleRate: 100, trackUserInteractions: true})"
        ),
    ),
    "Mixpanel": (
        "mixpanel-browser",
        (
            "import mixpanel from 'mixpanel-browser';"
            "mixpanel.init('t', {api_host: location.origin, track_pageview: true})"
        ),
    ),
    "Clarity": (
        "clarity-js",
        (
            "import {clarity} from 'clarity-js';"
            "clarity.start({projectId: 'p', upload: location.origin + '/collect'})"
        ),
    ),
    "rrweb record": (
        "rrweb",
        (
            "import {record} from 'rrweb';"
            "window.kept = []; record({emit: (e) => kept.push(e)})"
        ),
    ),
}
BUNDLE = """
const { buildSync } = require(process.argv[1]);
const { gzipSync, brotliCompressSync } = require('node:zlib');
const { readFileSync } = require('node:fs');
const sizes = {};
for (const file of process.argv.slice(2)) {
  const out = file.endsWith('.in.js') ? file.replace('.in.js', '.js') : file;
  if (out !== file) buildSync({entryPoints: [file], outfile: out, bundle: true,
    minify: true, format: 'iife', target: 'es2022', legalComments: 'none',
    logLevel: 'error', define: {'process.env.NODE_ENV': '"production"'}});
  const bytes = readFileSync(out);
  sizes[file] = {min: bytes.length, gzip: gzipSync(bytes, {level: 9}).length,
    brotli: brotliCompressSync(bytes).length};
}
console.log(JSON.stringify(sizes));
"""


def run(*command: str, cwd: Path) -> str:
    """Run a tool and return what it prints."""
    done = subprocess.run(  # noqa: S603 - npm and node with our own arguments
        command, cwd=cwd, check=True, capture_output=True, text=True
    )
    return done.stdout


def sizes_of(files: list[Path], *, folder: Path) -> dict[str, dict[str, int]]:
    """Return minified, gzip (-9) and brotli bytes; `.in.js` are bundled first."""
    found = run("node", "-e", BUNDLE, str(ESBUILD), *map(str, files), cwd=folder)
    return {Path(file).name: sizes for file, sizes in orjson.loads(found).items()}


def bundle(folder: Path, peers: list[str]) -> dict[str, dict[str, object]]:
    """Install and bundle peers into a folder; version and sizes of each by name."""
    (folder / "package.json").write_bytes(b'{"private": true}')
    chosen = {name: PEERS[name] for name in peers}
    names = [package for package, _ in chosen.values()]
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    run("npm", "install", *quiet, *names, cwd=folder)
    for number, (_, code) in enumerate(chosen.values()):
        (folder / f"peer{number}.in.js").write_text(code)
    files = [folder / f"peer{number}.in.js" for number in range(len(chosen))]
    sizes = sizes_of(files, folder=folder)
    made: dict[str, dict[str, object]] = {}
    for number, (name, (package, _)) in enumerate(chosen.items()):
        told = folder / "node_modules" / package / "package.json"
        version = orjson.loads(told.read_bytes())["version"]
        made[name] = {"version": version, "file": f"peer{number}.js"}
        made[name] |= sizes[f"peer{number}.in.js"]
    return made
