"""Beacons as a busy shop sends them, and wrk's script that sends them."""

# Rules of this file: what is sent, and nothing of what is measured.

from __future__ import annotations

import random
from pathlib import Path

import orjson

SESSIONS = 4_000
# A page view lasts some thirty seconds and six beacons; each has eight events.
OPENS = (
    {"name": "page_view", "age_ms": 5200},
    {"name": "view_item", "age_ms": 5100, "item": {"item_id": "%s", "price": 899.0}},
)
GOES_ON = (
    {"name": "tab_hidden", "age_ms": 5200},
    {"name": "tab_visible", "age_ms": 5100, "ms": 100},
)
READS = (
    {"name": "ping", "age_ms": 4100, "active_ms": 900, "visible_ms": 1100},
    {"name": "scroll_turn", "age_ms": 3600, "count": 1},
    {"name": "ping", "age_ms": 2500, "active_ms": 1400, "visible_ms": 1600},
    {"name": "hover_cta", "age_ms": 1900, "ms": 120, "target": "size"},
    {"name": "scroll_turn", "age_ms": 1200, "count": 1},
    {"name": "ping", "age_ms": 0, "active_ms": 2400, "visible_ms": 2500, "scroll": 0.6},
)
BEACONS_A_VIEW = 6
# A thread has sessions of its own; with one connection a thread, so has a connection.
WRK = """
local started = 0
setup = function(thread)
  thread:set("id", started)
  started = started + 1
end
local n, at = math.floor(#heads / THREADS), -1
request = function()
  at = at + 1
  local i, seq = at % n * THREADS + id + 1, math.floor(at / n) + FIRST
  local tail = (seq + i) % 6 == 0 and opens[i % 30 + 1] or goes_on
  return wrk.format("POST", "/v1/beacons", headers, heads[i] .. seq .. tail)
end
"""


def head_of(index: int) -> str:
    """Return a session's beacon up to its `seq`."""
    return (
        f'{{"v":1,"site":"pk_demo","visitor":"v_{index:06d}",'
        f'"session":"s_{index:06d}","tab":"t_1","seq":'
    )


def tail_of(item: int | None, *, measure: bool = True) -> str:
    """Return a beacon after its `seq`; `item` opens the page of a product."""
    events = GOES_ON if item is None else OPENS
    text = orjson.dumps([*events, *READS]).decode().replace("%s", f"g-{item}")
    given = "true" if measure else "false"
    consent = f'"consent":{{"measure":{given},"personalise":{given},"explicit":true}}'
    return f',{consent},"page":{{"kind":"product"}},"events":{text}}}'


def load_script(
    path: Path, *, first: int, seed: int, measure: bool, threads: int = 1
) -> None:
    """Write wrk's script.

    Args:
        path: of the script.
        first: the lowest `seq`, so that no beacon repeats.
        seed: of the order of the sessions.
        measure: whether beacons carry consent.
        threads: of wrk. One sends each beacon over whichever connection is free; as
            many as connections keep a session on its own, as browsers do.
    """
    order = list(range(SESSIONS))
    random.Random(seed).shuffle(order)
    lines = ['headers = {["Content-Type"] = "application/json",']
    lines.append(' ["Origin"] = "http://localhost:3000"}')
    lines.append(
        f"heads, opens, goes_on = {{}}, {{}}, [[{tail_of(None, measure=measure)}]]"
    )
    lines += [f"heads[{n}] = [[{head_of(i)}]]" for n, i in enumerate(order, 1)]
    lines += [f"opens[{n}] = [[{tail_of(n, measure=measure)}]]" for n in range(1, 31)]
    script = WRK.replace("FIRST", str(first)).replace("6 ==", f"{BEACONS_A_VIEW} ==")
    script = script.replace("THREADS", str(threads))
    path.write_text("\n".join(lines) + script)
