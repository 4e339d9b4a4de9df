"""What a decision earned depends on what happened, not on how the news arrived."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engage.street.closings import tick
from tests.unit.street.builders import (
    LONG_S,
    NOW_S,
    SHORT_S,
    event,
    open_shop,
    report,
)

FACTS = (
    "order by visitor",
    "order by purchase",
    "purchase",
    "refund",
    "refund by purchase",
    "shown",
    "clicked",
    "dismissed",
    "chat_started",
    "tick",
)
BEFORE, BETWEEN = 300.0, SHORT_S
# Every fact at least once, some of them again, in any order.
news = st.lists(st.sampled_from(FACTS), max_size=8).flatmap(
    lambda again: st.permutations([*FACTS, *again])
)


async def happen(shop, fact, *, card, visitor):
    """Let one piece of news arrive; its own time is always the same."""
    match fact:
        case "order by visitor":
            await shop.order("A-1", visitor=visitor, at_s=NOW_S + 60.0)
        case "order by purchase":
            await shop.order("A-2", at_s=NOW_S + 90.0, margin_cents=1_234)
        case "refund":
            await shop.refund("1", "A-1", at_s=NOW_S + 100.0)
        case "refund by purchase":
            await shop.refund("1", "A-2", refund_cents=77, at_s=NOW_S + 110.0)
        case "tick":
            await tick(shop.site)
        case "purchase":
            await shop.send(event("purchase", transaction_id="A-2"), visitor=visitor)
        case _:
            name = fact if fact == "chat_started" else f"action_{fact}"
            await shop.send(report(card, name), visitor=visitor)


async def earned(facts, *, after_s):
    """Return all that is known of a decision after both closes.

    Args:
        facts: the news, in the order of its arrival.
        after_s: seconds after the decision when it arrives.
    """
    with tempfile.TemporaryDirectory() as folder:
        shop = await open_shop(Path(folder))
        await shop.stock()
        answer, body = await shop.until("chat_guitars")
        visitor = body["session"].removeprefix("s_")
        await shop.wait(after_s)
        for fact in facts:
            await happen(shop, fact, card=answer.decision, visitor=visitor)
        await shop.wait(LONG_S)
        row = shop.row(body["decision"])
        settled, closed = shop.kinds("settled"), shop.kinds("closed")
        sums = [day._replace(day="") for day in shop.journal.days("pk_demo")]
        mine = {day for day in sums if day.orders}
        rows = len(shop.rows())
        shop.close()
    assert len(settled) == len(closed) == rows
    outcomes = sorted((o["name"], o.get("order", "")) for o in row["outcomes"])
    subjectless = sorted(day._replace(subject="")[2:] for day in mine)
    return row["reward"], row["value"], outcomes, subjectless


@cache
def expected(after_s):
    """Return what the news in its natural order comes to."""
    return asyncio.run(earned(FACTS, after_s=after_s))


def test_what_it_comes_to():
    """Margins net of refunds, less the agent and the dismissal, at both closes."""
    margin = 40.0 * (1 - 25 / 100) + 12.34 * (1 - 0.77 / 100)
    reward, value, outcomes, _ = expected(BEFORE)

    assert round(reward, 9) == round(value, 9) == round(margin - 4.1, 9)
    assert expected(BETWEEN)[1:] == expected(BEFORE)[1:]
    assert len(outcomes) == 8


@given(news)
@settings(max_examples=40, deadline=None)
def test_any_order_before_the_short_close(facts):
    """Any order and any repetition of the news gives the same reward and value."""
    assert asyncio.run(earned(facts, after_s=BEFORE)) == expected(BEFORE)


@given(news)
@settings(max_examples=20, deadline=None)
def test_any_order_between_the_closes(facts):
    """News after the short close leaves the reward and gives the same value."""
    assert asyncio.run(earned(facts, after_s=BETWEEN)) == expected(BETWEEN)
