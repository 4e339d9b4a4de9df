"""How long a beacon takes from bytes to typed values, beside the fastest JSON reader.

`orjson.loads` only makes dictionaries; ours also checks every type, bound and id, and
refuses repeated keys. Both run in turns in the same process, so the ratio holds on a
busy machine, too. CPU time of this thread, median and best of the rounds.

    python benchmarks/wire.py [--rounds 15]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import msgspec
import orjson

from engage.wire.beacon import Beacon, decode_beacon
from engage.wire.lenient import read_leniently

CALLS = 2_000
ITEM = {
    "item_id": "42",
    "price": 899.0,
    "currency": "EUR",
    "item_category": "guitars",
    "in_stock": True,
}
BEACON: dict[str, Any] = {
    "v": 1,
    "site": "pk_demo",
    "visitor": "v_8JxK2m",
    "session": "s_Qd2pL0",
    "tab": "t_91ab",
    "seq": 7,
    "consent": {"measure": True, "personalise": True, "explicit": True},
    "page": {"url": "https://shop.example/p/42", "kind": "product", "locale": "de"},
    "events": [
        {"name": "page_view", "age_ms": 5300, "referrer_kind": "search"},
        {"name": "view_item", "age_ms": 5200, "item": ITEM},
        {
            "name": "ping",
            "age_ms": 0,
            "active_ms": 4800,
            "visible_ms": 5200,
            "scroll": 0.6,
        },
        {"name": "hover_cta", "age_ms": 900, "ms": 1800, "target": "cart"},
        {"name": "scroll_turn", "age_ms": 700, "count": 3},
        {"name": "cursor_reversal", "age_ms": 600, "count": 2},
        {"name": "variant_toggle", "age_ms": 500, "count": 2, "back": True},
        {"name": "idle", "age_ms": 100, "ms": 10_000},
    ],
}


def microseconds(read: Callable[[bytes], object], body: bytes) -> float:
    """Return the CPU time of one call, in microseconds."""
    begin = time.thread_time()
    for _ in range(CALLS):
        read(body)
    return (time.thread_time() - begin) / CALLS * 1e6


def main() -> None:
    """Print one line for each way of reading the same beacon."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    body = orjson.dumps(BEACON)
    new_field = orjson.dumps({**BEACON, "new": 1})
    ways: list[tuple[str, Callable[[bytes], object], bytes]] = [
        ("orjson.loads", orjson.loads, body),
        ("msgspec, types only", msgspec.json.Decoder(Beacon).decode, body),
        ("decode_beacon", decode_beacon, body),
        ("decode_beacon, unknown field", decode_beacon, new_field),
        ("read_leniently", read_leniently, body),
    ]
    times: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    for _ in range(rounds):
        for name, read, given in ways:
            times[name].append(microseconds(read, given))
    print(f"{len(BEACON['events'])} events, {len(body)} bytes; us of CPU a beacon")
    base = statistics.median(times["orjson.loads"])
    for name, found in times.items():
        middle = statistics.median(found)
        print(
            f"{name:30} median {middle:7.2f}  best {min(found):7.2f}"
            f"  x orjson {middle / base:5.2f}"
        )


if __name__ == "__main__":
    main()
