"""Whatever happens in whatever order: money and codes are never given twice."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from engage.errors import CallerError
from engage.stores.base import PoolState
from engage.stores.names import STORES
from tests.contracts.stores.builders import SITE, options

POOL = "autumn10"
CODES = ("C1", "C2", "C3", "C4")
BUDGET = 1_000

decisions = st.sampled_from([f"d_{i}" for i in range(6)])
# Amounts that fill the budget exactly, and those a cent off, are drawn often.
cents = st.sampled_from([0, 1, 100, 333, 334, 499, 500, 501, 999, 1_000, 1_001])
spans = st.integers(1, 30)
steps = st.one_of(
    st.tuples(st.just("reserve"), decisions, cents, spans),
    st.tuples(st.just("give"), decisions, st.one_of(st.none(), spans)),
    st.tuples(st.just("release"), decisions),
    st.tuples(
        st.just("redeem"),
        st.sampled_from(CODES),
        st.sampled_from(["A-1", "A-2"]),
        st.one_of(st.none(), cents),
    ),
    st.tuples(st.just("wait"), spans),
)


@dataclass
class Account:
    """What the answers of the store commit it to, kept without looking inside."""

    # decision -> [code, cents, end of hold or validity, was it given]
    held: dict = field(default_factory=dict)
    # code -> cents
    spent: dict = field(default_factory=dict)
    delivered: set = field(default_factory=set)

    def lapse(self, at_s):
        """Take out what has ended by now."""
        for decision, (_, _, until_s, _) in list(self.held.items()):
            if until_s <= at_s:
                del self.held[decision]

    def booked(self):
        """Return everything held, given or spent, in cents."""
        return sum(one[1] for one in self.held.values()) + sum(self.spent.values())

    def of_code(self, text):
        """Return the decision that has a code, or None."""
        return next((name for name, one in self.held.items() if one[0] == text), None)


async def reserve(store, account, at_s, *wanted):
    """A code that is held or was delivered is never issued to anybody else.

    The decision that has it is promised no less by asking again, within the budget.
    """
    decision, amount, span = wanted
    had = account.held.get(decision)
    text = await store.codes.reserve(
        SITE,
        POOL,
        decision=decision,
        subject="s",
        amount_cents=amount,
        until_s=at_s + span,
        at_s=at_s,
    )
    if had is not None:
        more = max(0, amount - had[1])
        has_room = more <= BUDGET - account.booked()
        assert text == (had[0] if has_room else None)
        if has_room:
            had[1:3] = had[1] + more, max(had[2], at_s + span)
    elif text is not None:
        assert account.of_code(text) is None
        assert text not in account.delivered
        account.held[decision] = [text, amount, at_s + span, False]


async def give(store, account, at_s, decision, span):
    """Exactly what is held can be delivered."""
    until_s = None if span is None else at_s + span
    done = await store.codes.give(SITE, decision, at_s=at_s, until_s=until_s)
    one = account.held.get(decision)
    assert done == (one is not None)
    if one is not None and not one[3]:
        one[2:] = [float("inf") if until_s is None else until_s, True]
        account.delivered.add(one[0])


async def release(store, account, _at_s, decision):
    """Exactly what is held and not delivered is given back."""
    one = account.held.get(decision)
    is_open = one is not None and not one[3]
    assert await store.release(SITE, decision) == is_open
    if is_open:
        del account.held[decision]


async def redeem(store, account, at_s, *wanted):
    """What a redemption costs is booked; a refused one changes nothing."""
    text, order_id, spent = wanted
    try:
        await store.codes.redeem(SITE, text, order_id, spent_cents=spent, at_s=at_s)
    except CallerError:
        return
    owner = account.of_code(text)
    amount = account.held.pop(owner)[1] if owner else account.spent.get(text, 0)
    account.delivered.add(text)
    account.spent[text] = amount if spent is None else spent


STEPS = {"reserve": reserve, "give": give, "release": release, "redeem": redeem}


async def walk(store, plan):
    """Take the steps and check the promise after each."""
    account, at_s = Account(), 0.0
    await store.codes.set_budget(SITE, POOL, BUDGET)
    await store.codes.add(SITE, POOL, CODES)
    for kind, *arguments in plan:
        if kind == "wait":
            at_s += arguments[0]
        account.lapse(at_s)
        if kind in STEPS:
            await STEPS[kind](store, account, at_s, *arguments)
        assert account.booked() <= BUDGET
        gone = {one[0] for one in account.held.values()} | account.delivered
        assert (await store.codes.stock(SITE, at_s=at_s))[POOL] == PoolState(
            len(CODES) - len(gone), BUDGET - account.booked()
        )
    await store.close()


@settings(max_examples=400, deadline=None, derandomize=True)
@given(plan=st.lists(steps, min_size=20, max_size=60))
def test_budget_and_codes_hold(plan):
    """Held plus given plus spent is within budget after every step of any order."""
    asyncio.run(walk(STORES["memory"](options()), plan))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(plan=st.lists(steps, min_size=20, max_size=60))
def test_budget_and_codes_hold_in_redis(redis_running, redis_keys, plan):
    """The same where Redis keeps the money."""
    redis_keys.flushall()
    asyncio.run(walk(STORES["redis"](options(url=redis_running.url)), plan))
