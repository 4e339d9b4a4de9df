"""How many bytes does a live session take, and what does a beacon pay for it?

Each row is measured in a fresh process as a difference of resident memory, key and
container included: sessions of a seeded mix of visits, every one with objects of its
own (only interned strings - page kinds, categories, item ids of one catalogue - are
shared, as in a running service) and ids as long as the SDK's. `bounce`: one product.
`mixed`: 1 + Exp(5) page loads, none to two waiting labels. `full`: 30 page loads, about
five cart lines, two waiting labels, an open decision.

`dict` holds live sessions under their ids, without a visitor. `store` is the memory
store with all that belongs to a session: visitor, version, order of silence, keys, and
the visitors that are awake. Each session is saved twice, as a bounce and, thousands
of others later, as it is; what changed is asked for every 2,000 saves. The limit holds
for `mixed` in the store.

The second table is a load and a save of one visit: `awake` as most beacons find it,
`at rest` when `AWAKE` others were heard since it was.

    python benchmarks/session_bytes.py [--sessions 100000] [--out FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
from msgspec.structs import replace

from engage.stores.base import StoreOptions
from engage.stores.memory.store import MemoryStore
from engage.stores.memory.visits import AWAKE, Visits
from engage.visits.features import describe
from engage.visits.session import (
    Session,
    advance,
    begin,
    from_bytes,
    open_checkpoint,
    to_bytes,
    with_decision,
)
from engage.visits.visitor import Visitor
from engage.wire.beacon import Beacon, Consent, Event, Item, Page

RESULT = Path(__file__).parent / "results/session_bytes.json"
LIMIT_BYTES = 1_500
CATALOGUE = 5_000
TEMPLATES = 400
FLUSHED = 2_000
# A second save finds the visitor at rest, and leaves a hole where its bytes were.
LAG = 2 * AWAKE
SITE = "pk_demo"
ROWS = [(k, c) for k in ("bounce", "mixed", "full") for c in ("dict", "store")]
CATEGORIES = ("guitars", "cameras", "shoes", "audio", "lamps", "bags")


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def visit(chance: random.Random, *, views: int, checkpoints: int) -> Session:
    """Return the session of a visit with `views` page loads, a tab each."""
    at_s, session = 1_763_720_000.0, None
    for index in range(views):
        tab = f"t_{chance.randrange(10**9):09d}"
        item = Item(
            item_id=str(chance.randrange(CATALOGUE)),
            price=chance.randrange(500, 90_000) / 100,
            currency="EUR",
            item_category=chance.choice(CATEGORIES),
        )
        events: tuple[Event, ...] = (
            Event(name="page_view"),
            Event(name="view_item", items=(item,)),
        )
        if chance.random() < 0.15:
            events = (*events, Event(name="add_to_cart", items=(item,)))
        for seq in range(3):
            at_s += chance.uniform(1, 12)
            beacon = Beacon(
                v=1,
                site="pk_demo",
                visitor="v_template",
                session="s_template",
                tab=tab,
                seq=seq,
                consent=Consent(measure=True, personalise=True),
                page=Page(kind="product", locale="de"),
                events=events if seq == 0 else (ping(chance),),
            )
            session = session or begin(beacon, visit_index=1, orders=0, at_s=at_s)
            session = advance(session, beacon, at_s=at_s).session
        if index < checkpoints and session is not None:
            vector = describe(session, at_s=at_s)
            session = open_checkpoint(session, vector, score=0.7, at_s=at_s)
    if session is None:
        raise ValueError(f"views must be >= 1, got {views}")
    return session


def ping(chance: random.Random) -> Event:
    """Return a ping of a few active seconds."""
    active_ms = chance.randrange(1_000, 5_000)
    return Event(name="ping", active_ms=active_ms, visible_ms=5_000, scroll=0.4)


def templates(kind: str, chance: random.Random) -> list[bytes]:
    """Return packed sessions of one kind of visit."""
    if kind == "bounce":
        made = [visit(chance, views=1, checkpoints=0) for _ in range(TEMPLATES)]
    elif kind == "full":
        made = [
            with_decision(
                visit(chance, views=30, checkpoints=2),
                "d_" + "a" * 26,
                tab="t_000000001",
                seq=1,
                until_s=1_763_720_060.0,
            )
            for _ in range(TEMPLATES)
        ]
    else:
        made = [
            visit(
                chance,
                views=min(1 + int(chance.expovariate(1 / 5)), 30),
                checkpoints=chance.choice((0, 1, 1, 2)),
            )
            for _ in range(TEMPLATES)
        ]
    return [to_bytes(session) for session in made]


def fresh(packed: bytes, number: int) -> Session:
    """Return a session that shares nothing with its template but interned strings."""
    session = from_bytes(packed)
    return replace(session, id=f"s_{number:016d}", visitor=f"v_{number:016d}")


def measure(kind: str, count: int, container: str) -> float:
    """Return resident bytes a session in this process."""
    packed = templates(kind, random.Random(7))
    early = templates("bounce", random.Random(8))
    fresh(packed[0], 0)
    gc.collect()
    before = resident_bytes()
    if container == "dict":
        held: object = fill_dict(packed, count)
    else:
        held = asyncio.run(fill_store(early, packed, count))
    gc.collect()
    size = (resident_bytes() - before) / count
    del held
    return size


def fill_dict(packed: list[bytes], count: int) -> dict[str, Session]:
    """Return sessions in a plain dict by their id."""
    made = (fresh(packed[i % TEMPLATES], i) for i in range(count))
    return {session.id: session for session in made}


async def fill_store(
    early: list[bytes], packed: list[bytes], count: int
) -> MemoryStore[Session, Visitor]:
    """Return sessions and their visitors in the memory store, each saved twice."""
    options = StoreOptions(
        read_session=from_bytes,
        write_session=to_bytes,
        read_visitor=Visitor.from_plain,
        write_visitor=Visitor.to_plain,
        live_sessions=count,
    )
    store = MemoryStore(options)
    for number in range(count + LAG):
        if number < count:
            await put(store, fresh(early[number % TEMPLATES], number))
        if number >= LAG:
            await put(store, fresh(packed[number % TEMPLATES], number - LAG))
        if number % FLUSHED == 0:
            await store.dirty()
    await store.dirty()
    if await store.live_sessions() != count:
        raise ValueError(f"store must hold {count} sessions")
    return store


async def put(store: MemoryStore[Session, Visitor], session: Session) -> None:
    """Save a session as the engine does."""
    known = await store.load(SITE, session.visitor, session.id)
    visitor = known.visitor or visitor_of(session)
    await store.save(known, session=session, visitor=visitor)


def visitor_of(session: Session) -> Visitor:
    """Return the visitor of a first visit."""
    return Visitor(
        subject=f"k_{session.visitor[2:].zfill(20)}",
        group="treatment",
        holdout_share=0.2,
        first_at_s=session.started_at_s,
        visit_index=1,
        sessions=(session.id,),
    )


def beacon_us(awake: int, *, visits: int = 2_000, rounds: int = 40) -> float:
    """Return microseconds of a load and a save, the best of some rounds."""
    held: Visits[Session, Visitor] = Visits(visits, awake=awake)
    packed = templates("mixed", random.Random(7))
    sessions = [fresh(packed[i % TEMPLATES], i) for i in range(visits)]
    for one in sessions:
        known = held.load(SITE, one.visitor, one.id)
        held.save(known, session=one, visitor=visitor_of(one))
    names = [(one.visitor, one.id) for one in sessions]
    del sessions
    times = []
    for _ in range(rounds):
        held.dirty()
        start_s = time.perf_counter()
        for name, session_id in names:
            known = held.load(SITE, name, session_id)
            if known.session is not None:
                held.save(known, session=known.session, visitor=known.visitor)
        times.append((time.perf_counter() - start_s) / visits * 1e6)
    return round(min(times), 2)


def main() -> int:
    """Measure each row in a process of its own; exit 1 over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--row", nargs=2, metavar=("KIND", "CONTAINER"))
    options = parser.parse_args()
    if options.row:
        kind, container = options.row
        print(measure(kind, options.sessions, container))
        return 0
    each = {row: in_fresh_process(*row, count=options.sessions) for row in ROWS}
    print(f"{'visit':8} {'container':10} {'sessions':>9} {'bytes/session':>14}")
    for (kind, container), size in each.items():
        print(f"{kind:8} {container:10} {options.sessions:9,} {size:14,}")
    pays = {"awake": beacon_us(AWAKE), "at rest": beacon_us(64)}
    for name, cost_us in pays.items():
        print(f"load and save, {name:8} {cost_us:8.2f} us")
    options.out.write_bytes(report(each, pays, options.sessions))
    return 1 if each["mixed", "store"] > LIMIT_BYTES else 0


def report(
    each: dict[tuple[str, str], int], pays: dict[str, float], count: int
) -> bytes:
    """Return the result file."""
    found = {
        "command": f"python benchmarks/session_bytes.py --sessions {count}",
        "date": datetime.now(UTC).date().isoformat(),
        "sessions": count,
        "awake": AWAKE,
        "limit_bytes": {"mixed in store": LIMIT_BYTES},
        "rows": [
            {"visit": kind, "container": container, "bytes": size}
            for (kind, container), size in each.items()
        ],
        "load_and_save_us": pays,
    }
    return orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n"


def in_fresh_process(kind: str, container: str, *, count: int) -> int:
    """Return the bytes a session of one row, measured by another process."""
    command = [sys.executable, __file__, "--row", kind, container]
    command += ["--sessions", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this very script
    return round(float(done.stdout))


if __name__ == "__main__":
    sys.exit(main())
