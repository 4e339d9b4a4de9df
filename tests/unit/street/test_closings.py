"""Two closings: what a decision earned, by its windows and by nothing else."""

import asyncio
import itertools

import pytest

from engage.street.closings import tick
from tests.unit.street.builders import (
    LONG_S,
    NOW_S,
    SHORT_S,
    SITE,
    VIEW,
    event,
)

# Margin of the guitar at the site's rate, EUR.
STAKE = 269.7


async def decided(shop, action="size_guide", **more):
    """Return a decision with this action: its card, its record, its visitor."""
    answer, body = await shop.until(action, **more)
    return answer.decision, body, body["session"].removeprefix("s_")


def reward(shop, body):
    """Return reward and value of a decision as they are now."""
    row = shop.row(body["decision"])
    return row["reward"], row["value"]


async def test_no_order(shop):
    """Without an order: intent times stake at the short close, nothing at the long."""
    _, body, _ = await decided(shop)
    await shop.wait(SHORT_S)
    closed = shop.close_of("closed", body)
    first = reward(shop, body)
    await shop.wait(LONG_S)

    assert closed["state"] == "session"
    assert first == (pytest.approx(closed["intent"] * STAKE, abs=1e-6), None)
    assert reward(shop, body) == (first[0], 0.0)


async def test_surrogate_is_asked_as_it_is_learned(shop):
    """A close scores the visit as it was left: the silence since is no behaviour."""
    _, body, _ = await decided(shop)
    await shop.wait(SHORT_S)
    await shop.wait(1.0)
    visits = {one["session"]: one for one in shop.kinds("visit")}

    closed = shop.close_of("closed", body)
    assert closed["intent"] == visits[body["session"]]["intent"]


async def test_decision_after_an_order(shop):
    """What was ordered before a decision is no prospect of it."""
    await shop.send(*VIEW, event("purchase", transaction_id="A-1"))
    _, body = await shop.ask()
    await shop.wait(SHORT_S)

    assert body["features"]["funnel"] == 6
    assert reward(shop, body) == (0.0, None)


async def test_closes_look_at_visits_after_a_pause(shop):
    """After hours of standstill no visit ends before what is due looked at it."""
    for _ in range(2):
        for number in range(30):
            await shop.ask(f"v_{number}")
        shop.clock.move(100.0)
    await shop.wait(4 * SHORT_S)

    assert [one["state"] for one in shop.kinds("closed")] == ["session"] * 60
    assert len(shop.kinds("visit")) == 30


async def test_order_in_the_window(shop):
    """An order in the short window is the reward, and the value at the long close."""
    _, body, visitor = await decided(shop)
    shop.clock.move(60.0)
    await shop.order(visitor=visitor)
    await shop.wait(SHORT_S)
    assert reward(shop, body) == (40.0, None)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (40.0, 40.0)
    assert shop.close_of("settled", body)["correction"] == 0.0


async def test_order_between_the_closes(shop):
    """An order on the third day corrects the reward to money, exactly."""
    _, body, visitor = await decided(shop)
    await shop.wait(SHORT_S)
    first, _ = reward(shop, body)
    await shop.wait(3 * 86_400)
    await shop.order(visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (first, 40.0)
    assert shop.close_of("settled", body)["correction"] == 40.0 - first


@pytest.mark.parametrize(
    ("offset_s", "counts"),
    [(-0.001, False), (0.0, True), (SHORT_S, True), (SHORT_S + 0.001, False)],
)
async def test_edges_of_the_short_window(shop, offset_s, counts):
    """The short window holds its first and its last millisecond, and no other."""
    _, body, visitor = await decided(shop)
    await shop.order(visitor=visitor, at_s=NOW_S + offset_s)
    await shop.wait(SHORT_S + 1)

    assert (reward(shop, body)[0] == 40.0) is counts


@pytest.mark.parametrize(
    ("offset_s", "value"),
    [(-0.001, 0.0), (0.0, 40.0), (LONG_S, 40.0), (LONG_S + 0.001, 0.0)],
)
async def test_edges_of_the_long_window(shop, offset_s, value):
    """The long window holds its first and its last millisecond, and no other."""
    _, body, visitor = await decided(shop)
    await shop.order(visitor=visitor, at_s=NOW_S + offset_s)
    await shop.wait(LONG_S + 1)

    assert reward(shop, body)[1] == value


@pytest.mark.parametrize(("kind", "due_s"), [("closed", SHORT_S), ("settled", LONG_S)])
async def test_windows_close_on_time(shop, kind, due_s):
    """A window is open one millisecond before its end and closed at it."""
    await decided(shop)
    shop.clock.move(due_s - 0.001)
    await shop.wait(0.0)
    assert shop.kinds(kind) == []

    await shop.wait(0.001)
    assert len(shop.kinds(kind)) == len(shop.rows())


async def test_each_close_happens_once(shop):
    """However often the clock ticks, each decision closes and settles once."""
    await decided(shop)
    for _ in range(5):
        await tick(shop.site)
        await shop.wait(SHORT_S)
    for _ in range(3):
        await shop.wait(LONG_S)

    rows = len(shop.rows())
    assert len(shop.kinds("closed")) == len(shop.kinds("settled")) == rows
    assert shop.journal.count_windows(SITE) == {}


async def test_both_closes_in_one_tick(opened):
    """After a week of downtime the short close comes first, then its correction."""
    shop = await opened()
    _, body, visitor = await decided(shop)
    await shop.order(visitor=visitor)
    again = await shop.crash()
    again.clock.move(LONG_S + SHORT_S)
    await tick(again.site)
    row, settled = again.row(body["decision"]), again.kinds("settled")
    closed = again.kinds("closed")
    again.close()

    assert (row["reward"], row["value"]) == (40.0, 40.0)
    assert {one["correction"] is None for one in settled} == {False}
    assert len(closed) == len(settled)


async def test_restart_between_the_closes(opened):
    """A restart closes nothing twice and forgets nothing."""
    shop = await opened()
    _, body, visitor = await decided(shop)
    await shop.keep_visits()
    await shop.wait(SHORT_S)
    again = await shop.crash()
    await again.order(visitor=visitor, at_s=NOW_S + 7_200.0)
    await again.wait(LONG_S)
    row = again.row(body["decision"])
    counts = len(again.kinds("closed")), len(again.kinds("settled"))
    rows = len(again.rows())
    again.close()

    assert row["value"] == 40.0
    assert counts == (rows, rows)


async def test_lost_session(opened):
    """Where the session was lost the close goes by what the decision saw."""
    shop = await opened()
    _, body, visitor = await decided(shop)
    await shop.store.drop(SITE, visitor, body["session"])
    await shop.wait(SHORT_S)
    closed = shop.close_of("closed", body)

    assert closed["state"] == "record"
    assert closed["intent"] == body["scores"]["intent"]
    assert (closed["stake"], closed["funnel"]) == (STAKE, 1)


async def test_erased_visitor(shop):
    """An erased visitor's decision closes by its record; its orders stay with it."""
    _, body, visitor = await decided(shop)
    await shop.order(visitor=visitor)
    await shop.send(event("forget"), visitor=visitor)
    await shop.order("A-2", visitor=visitor)
    await shop.wait(LONG_S)

    assert shop.kinds("order")[1]["joined_by"] is None
    assert shop.row(body["decision"])["visitor"] is None
    assert reward(shop, body) == (40.0, 40.0)


async def test_two_decisions_before_one_order(shop):
    """Each of two decisions earns what came after it, from its own time on."""
    _, first, visitor = await decided(shop)
    await shop.order("A-1", visitor=visitor, at_s=NOW_S + 10.0)
    shop.clock.move(60.0)
    await shop.send(event("ask"), visitor=visitor)
    second = shop.last()
    await shop.order("A-2", visitor=visitor, margin_cents=1_000)
    await shop.wait(LONG_S)

    assert second["session"] == first["session"]
    assert reward(shop, first) == (50.0, 50.0)
    assert reward(shop, second)[1] == 10.0


async def test_order_in_another_session(shop):
    """An order counts for every decision of its visitor, in whatever session."""
    _, body, visitor = await decided(shop)
    await shop.wait(86_400)
    await shop.ask(visitor, session="s_later")
    later = shop.last()
    await shop.order(visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body)[1] == 40.0
    assert shop.row(later["decision"])["value"] == 40.0


@pytest.mark.parametrize(
    ("refunded_s", "value"),
    [(60.0, 30.0), (LONG_S, 30.0), (LONG_S + 0.001, 40.0)],
)
async def test_refund_in_the_window(shop, refunded_s, value):
    """A refund takes its share of the margin away, if it is in the window."""
    _, body, visitor = await decided(shop)
    await shop.order(visitor=visitor)
    await shop.refund(at_s=NOW_S + refunded_s)
    await shop.wait(LONG_S)

    assert reward(shop, body)[1] == value


async def test_refunds_that_are_more_than_their_order(shop):
    """Held refunds that turn out to be too much take the whole margin, no more."""
    _, body, visitor = await decided(shop)
    await shop.refund(refund_cents=20_000)
    await shop.order(visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body)[1] == 0.0


async def test_others_get_their_turn(shop, monkeypatch):
    """While hundreds of closes are due, no turn of the loop makes more than a few."""
    for number in range(120):
        await shop.ask(f"v_{number}")
    shop.clock.move(SHORT_S)
    made, turns, append = [], [0], shop.journal.append

    def counted(*records):
        made.extend(record.key for record in records if record.kind == "closed")
        return append(*records)

    monkeypatch.setattr(shop.journal, "append", counted)
    closing = asyncio.create_task(tick(shop.site))
    while not closing.done():
        await asyncio.sleep(0)
        turns.append(len(made))

    assert len(made) == len(set(made)) == 120
    assert max(b - a for a, b in itertools.pairwise(turns)) <= 4
