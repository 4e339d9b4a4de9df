"""How a report looks: one sheet for light, dark, phone and paper."""

# Rules of this file: colours are named once a scheme; text on its ground has a contrast
# of 4.5 or more. Plots are drawn with these names (see `plots`).

from __future__ import annotations

from typing import Final

STYLE: Final = """
:root{--bg:#fff;--card:#f6f7f9;--ink:#1b2330;--soft:#5b6574;--line:#d5dae1;
--a:#0b5cad;--b:#b04a00;--c:#0c7264;--warn-bg:#fff1d6;--warn:#6b3d00}
@media (prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e6eaf0;
--soft:#a3adbb;--line:#394352;--a:#7ab6ff;--b:#f5ad62;--c:#62d2bd;--warn-bg:#40300f;
--warn:#ffdb9a}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;
--a:#0b5cad;--b:#b04a00;--c:#0c7264;--warn-bg:#fff;--warn:#000}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:72rem;padding:1rem 1rem 3rem;background:var(--bg);
color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0 1rem}
h2{font-size:1.3rem;margin:2.5rem 0 .5rem;padding-top:.75rem;
border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:0 0 .25rem}
p{margin:.25rem 0 .75rem;max-width:46rem}
.lead{font-size:1.15rem;font-weight:600}
.sim{background:var(--warn-bg);color:var(--warn);border:1px solid var(--warn);
padding:.6rem .8rem;border-radius:.4rem;font-weight:600;max-width:none}
dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:0}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;
margin:1rem 0 0}
a{color:var(--a)}nav a{display:inline-block;padding:.25rem 0}
a:focus-visible,.grid:focus-visible{outline:2px solid var(--a);outline-offset:2px}
.panel{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
padding:1rem;margin:1rem 0;display:grid;gap:.5rem 1.5rem;align-items:start;
grid-template-columns:minmax(0,1fr)}
.says p{color:var(--soft);margin-bottom:0}
.plot svg{display:block;width:100%;height:auto;max-width:30rem}
.grid{overflow-x:auto}
.one .grid{max-width:46rem}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;
width:100%}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);text-align:right;
vertical-align:top}
th:first-child{text-align:left;font-weight:500}
td{white-space:nowrap}
.words td{white-space:normal;text-align:left}
thead th{color:var(--soft);font-weight:500;vertical-align:bottom}
footer{margin-top:3rem;color:var(--soft);font-size:.85rem}
@media (max-width:30rem){table{font-size:.77rem}th,td{padding-right:.35rem}}
@media (min-width:60rem){.panel:not(.one){grid-template-columns:minmax(0,1.15fr)
minmax(0,1fr)}.panel:not(.one) .says{grid-column:1/-1}}
@media print{body{max-width:none;padding:0}nav{display:none}
.panel{break-inside:avoid;border-color:#ccc}.grid{overflow:visible}
td{white-space:normal}}
"""
