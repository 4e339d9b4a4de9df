"""Whatever is asked in whatever order: Redis answers as memory does."""

import asyncio
from operator import attrgetter

from hypothesis import given, settings
from hypothesis import strategies as st

from engage.errors import EngageError
from engage.stores.names import STORES
from tests.contracts.stores.builders import SITE, Visit, options

POOLS = ("autumn10", "spring5")
GROUPS = ("guitars", "shoes")
CODES = ("B2", "B1", "ä1", "A1")

pools = st.sampled_from(POOLS)
groups = st.sampled_from(GROUPS)
decisions = st.sampled_from([f"d_{i}" for i in range(3)])
codes = st.sampled_from(CODES)
cents = st.sampled_from([-1, 1, 333, 500, 1_000, 1_001])
spans = st.sampled_from([1.0, 7.3])
ends = st.sampled_from([0.0, 1.0, 7.3, 100.0])
claims = st.sampled_from(["a", "b", "c"])
visitors = st.sampled_from(["v_1", "v_2", "v_3"])
sessions = st.sampled_from(["s_1", "s_2"])


def step(name, **arguments):
    """Return a store's or a desk's call, its arguments still to be drawn."""
    return st.tuples(st.just(name), st.fixed_dictionaries(arguments))


# `until`, `at` and `before` stand for times relative to the plan's own clock.
WAIT = st.tuples(st.just("wait"), spans)
STOCK = st.one_of(
    WAIT,
    step("codes.add", pool=pools, codes=st.lists(codes, max_size=3)),
    step("codes.set_budget", pool=pools, cents=cents),
    step("codes.stock", at=st.just(0.0)),
    step(
        "codes.reserve",
        pool=pools,
        decision=decisions,
        subject=st.just("k_1"),
        amount_cents=cents,
        until=ends,
        at=st.just(0.0),
        claim=claims,
    ),
    step("codes.give", decision=decisions, until=ends, at=st.just(0.0)),
    step(
        "codes.redeem",
        text=st.sampled_from(CODES[:2]),
        order_id=st.sampled_from(["A-1", "A-2"]),
        spent_cents=st.one_of(st.none(), cents),
        is_paid=st.booleans(),
        at=st.just(0.0),
    ),
    step("codes.owner", text=codes),
    step("release", decision=decisions),
    step("take_back", decision=decisions, claim=claims),
)
CHATS = st.one_of(
    WAIT,
    step("release", decision=decisions),
    step("take_back", decision=decisions, claim=claims),
    step(
        "chats.announce",
        group=groups,
        online=st.just(3),
        free=st.integers(0, 3),
        ttl_s=spans,
        at=st.just(0.0),
    ),
    step("chats.groups", at=st.just(0.0)),
    step(
        "chats.reserve",
        group=groups,
        decision=decisions,
        share=st.sampled_from([0.0, 0.1, 0.3, 1.0, 1.5]),
        overbooking=st.sampled_from([0.0, 0.05, 0.4]),
        until=ends,
        at=st.just(0.0),
        claim=claims,
    ),
    step("chats.confirm", decision=decisions, at=st.just(0.0)),
)
VISITS = st.one_of(
    st.tuples(st.just("wait"), st.just(1.0)),
    step("visit", visitor=visitors, session=sessions),
    step("load", visitor=visitors, session=sessions),
    step("drop", visitor=visitors, session=sessions),
    step("forget", visitor=visitors),
    step("idle", before=st.sampled_from([-5.0, -1.0, 1.0]), limit=st.integers(1, 6)),
    st.tuples(st.sampled_from(["live_sessions", "dirty"]), st.just(None)),
)


def plain(answer):
    """Return an answer without the versions, which are each store's own."""
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    if hasattr(answer, "version"):
        return tuple(answer)[:5], answer.version > 0
    return answer


async def take(store, name, arguments, at_s):
    """Return what a store answers to a step, or the error it raises."""
    if name == "visit":
        known = await store.load(SITE, arguments["visitor"], arguments["session"])
        return await store.save(known, session=Visit(at_s), visitor={"at": at_s})
    if name in ("live_sessions", "dirty"):
        return await getattr(store, name)()
    given_ = dict(arguments)
    for relative in ("until", "at", "before"):
        if relative in given_:
            given_[f"{relative}_s"] = at_s + given_.pop(relative)
    try:
        return plain(await attrgetter(name)(store)(SITE, **given_))
    except EngageError as error:
        return type(error), str(error)


async def walk(plan, url):
    """Take the same steps with both stores and compare after each."""
    both = [STORES["memory"](options()), STORES["redis"](options(url=url))]
    try:
        await compare(plan, both)
    finally:
        for one in both:
            await one.close()


async def compare(plan, both):
    """Take each step with both stores."""
    at_s = 0.1
    for name, arguments in plan:
        if name == "wait":
            at_s += arguments
            continue
        memory, redis = [await take(one, name, arguments, at_s) for one in both]
        assert redis == memory, (name, arguments)
        if name == "visit":
            # No two beacons at one instant: silence then has one order only.
            at_s += 0.001


FILLED = [
    ("codes.set_budget", {"pool": "autumn10", "cents": 1_000}),
    ("codes.add", {"pool": "autumn10", "codes": list(CODES[:3])}),
]
FRESH = [
    (
        "chats.announce",
        {"group": name, "online": 3, "free": free, "ttl_s": 20.0, "at": 0.0},
    )
    for free, name in enumerate(GROUPS, start=1)
]
SAME = settings(max_examples=100, deadline=None, derandomize=True)


@SAME
@given(plan=st.lists(STOCK, min_size=30, max_size=60))
def test_codes_and_budgets(redis_running, redis_keys, plan):
    """Codes, amounts, expiries and errors are the same, to the cent and the message."""
    redis_keys.flushall()
    asyncio.run(walk([*FILLED, *plan], redis_running.url))


@SAME
@given(plan=st.lists(CHATS, min_size=30, max_size=60))
def test_chat_slots(redis_running, redis_keys, plan):
    """Invites, chats and what is left of the agents are the same, to the last digit."""
    redis_keys.flushall()
    asyncio.run(walk([*FRESH, *plan], redis_running.url))


@SAME
@given(plan=st.lists(VISITS, min_size=20, max_size=40))
def test_visits(redis_running, redis_keys, plan):
    """Sessions, visitors, their silence and what changed are the same."""
    redis_keys.flushall()
    asyncio.run(walk(plan, redis_running.url))
