"""What counts at a close beside orders, and what may go wrong."""

from dataclasses import replace

import pytest
from msgspec import structs

from engage.engine import Engine
from engage.settings import HoldoutSettings, MoneySettings, WindowSettings
from engage.street.closings import tick
from tests.unit.street.builders import (
    DISCOUNT,
    GUITAR,
    LONG_S,
    NOW_S,
    SHORT_S,
    SITE,
    VIEW,
    event,
    report,
    settings,
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


async def test_effort(shop):
    """A chat costs an agent's time, a dismissal goodwill: in reward and value."""
    one, body, visitor = await decided(shop, "chat_guitars")
    started = (report(one, "action_clicked"), report(one, "chat_started"))
    await shop.send(*started, visitor=visitor)
    other, dismissed, sad = await decided(shop)
    await shop.send(report(other, "action_dismissed", by="close"), visitor=sad)
    await shop.order("A-1", visitor=visitor)
    await shop.order("A-2", visitor=sad)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (36.0, 36.0)
    assert reward(shop, dismissed) == (39.9, 39.9)
    assert [c["chats"] for c in shop.kinds("closed") if c["chats"]] == [1]


async def test_effort_of_later_decisions(shop):
    """A decision has what its visitor bought later, and bears what that took."""
    _, before, visitor = await decided(shop, "none")
    shop.clock.move(120.0)
    while True:
        answer, later = await shop.ask(visitor)
        shop.clock.move(120.0)
        if later["action"] == "chat_guitars":
            break
    await shop.send(report(answer.decision, "chat_started"), visitor=visitor)
    await shop.order("A-1", visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, before) == reward(shop, later) == (36.0, 36.0)
    chats = [shop.close_of("closed", one)["chats"] for one in (before, later)]
    assert chats == [0, 1]


async def test_effort_of_earlier_decisions(shop):
    """What was spent before a decision was made is none of its cost."""
    answer, before, visitor = await decided(shop)
    await shop.send(report(answer, "action_dismissed", by="close"), visitor=visitor)
    shop.clock.move(120.0)
    _, later = await shop.ask(visitor)
    await shop.order("A-1", visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, before)[1] == 39.9
    assert reward(shop, later)[1] == 40.0


async def test_outcome_after_the_window(shop):
    """What happens after a window has ended does not count in it."""
    one, body, visitor = await decided(shop)
    await shop.order(visitor=visitor)
    shop.clock.move(SHORT_S + 1)
    await shop.send(report(one, "action_dismissed", by="close"), visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (40.0, 39.9)


async def test_outcome_at_the_end_of_the_window(shop):
    """The very end of a window belongs to it."""
    one, body, visitor = await decided(shop)
    await shop.order(visitor=visitor)
    shop.clock.move(SHORT_S)
    await shop.send(report(one, "action_dismissed", by="close"), visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (39.9, 39.9)


async def test_promised_discount(shop):
    """Until there is an order, a code that was given may still cost its amount."""
    _, body, _ = await decided(shop, "autumn10")
    await shop.wait(SHORT_S)
    closed = shop.close_of("closed", body)
    expected = closed["intent"] * (STAKE - 89.9)

    assert body["promised"] == 89.9
    assert reward(shop, body)[0] == pytest.approx(expected, abs=1e-6)


async def test_capped_discount(opened):
    """What is held of the budget is no cost: a code takes its share of the goods."""
    options = {"pool": "autumn10", "percent": 10, "max_amount_cents": 15_000}
    capped = replace(DISCOUNT, options={**options, "budget_cents": 10_000_000})
    shop = await opened(settings(interventions=(capped,)))
    _, body, visitor = await decided(shop, "autumn10")
    given = [code for code in shop.kinds("code") if code["state"] == "given"]
    await shop.send(
        event("add_to_cart", item=structs.replace(GUITAR, quantity=2)), visitor=visitor
    )
    await shop.wait(SHORT_S)
    closed = shop.close_of("closed", body)

    assert ([code["amount_cents"] for code in given], body["promised"]) == (
        [15_000],
        89.9,
    )
    expected = closed["intent"] * (2 * STAKE - 150.0)
    assert reward(shop, body)[0] == pytest.approx(expected, abs=1e-6)


async def test_ghosts_close_and_teach_nothing(opened):
    """Ghosts are closed and settled like others, and never learned from."""
    shop = await opened(settings(holdout=HoldoutSettings(share=1.0)))
    _, body = await shop.ask()
    await shop.order(visitor="v_1")
    await shop.wait(LONG_S)

    assert reward(shop, body) == (40.0, 40.0)
    assert shop.kinds("closed")[0]["learned"] is False
    assert shop.kinds("settled")[0]["learned"] is False


@pytest.mark.parametrize(("outcome", "first"), [("cart", 2.5), ("click", 0.0)])
async def test_sites_without_orders(opened, outcome, first):
    """Where a cart or a click is the outcome, it is worth the same at both closes."""
    money = MoneySettings(outcome=outcome, outcome_value_cents=250)
    shop = await opened(settings(money=money))
    one, body, visitor = await decided(shop)
    await shop.send(event("add_to_cart", item=GUITAR), visitor=visitor)
    await shop.wait(SHORT_S)
    assert reward(shop, body) == (first, None)
    await shop.send(report(one, "action_clicked"), visitor=visitor)
    await shop.wait(LONG_S)

    assert reward(shop, body) == (first, 2.5)


async def test_windows_changed_by_configuration(opened):
    """A decision closes when it was said to, whatever the settings say since."""
    shop = await opened()
    _, body, visitor = await decided(shop)
    again = await shop.crash(windows=WindowSettings(short_close_s=9.0))
    await again.wait(SHORT_S - 0.001)
    before = again.kinds("closed")
    await again.order(visitor=visitor, at_s=NOW_S + SHORT_S)
    await again.wait(0.001)
    row = again.row(body["decision"])
    again.close()

    assert before == []
    assert row["reward"] == 40.0


async def test_clock_that_steps_back(opened):
    """A clock that steps back delays a close and repeats none."""
    shop = await opened()
    _, body, _ = await decided(shop)
    await shop.wait(SHORT_S)
    first = reward(shop, body)
    shop.clock.at_s = NOW_S - 3_600.0
    await tick(shop.site)
    await shop.send(*VIEW, visitor="v_later")
    await shop.wait(LONG_S + 3_600.0)

    assert reward(shop, body) == (first[0], 0.0)
    assert len(shop.kinds("closed")) == len(shop.kinds("settled")) == len(shop.rows())


async def test_close_is_told_once_kept(shop):
    """Listeners hear of a reward, metrics count it, once it is durable."""
    _, body, _ = await decided(shop)
    await shop.wait(SHORT_S)

    told = [fields for name, fields in shop.told if name == "closed"]
    rewards = {fields["decision"]: fields["reward"] for fields in told}
    assert rewards[body["decision"]] == reward(shop, body)[0]
    assert shop.site.metrics.rewards.sums == {("short",): len(shop.rows())}


async def test_delay_of_rewards(shop):
    """How long learning waits is measured at the short close, once a decision."""
    await decided(shop)
    await shop.wait(LONG_S)
    closes = [fields for name, fields in shop.told if name == "closed"]

    assert len(closes) == len(shop.rows())
    assert sum(shop.site.metrics.reward_delay.counts[()][:-1]) == len(shop.rows())


async def test_window_that_cannot_be_closed(shop):
    """A record that cannot be closed is set aside, told of, and holds up no other."""
    _, body, _ = await decided(shop)
    await shop.ask("v_other")
    other = shop.last()
    gone = (body["decision"],)
    shop.journal._writer.run(
        "harm", lambda c: c.execute("DELETE FROM decisions WHERE id=?", gone)
    )
    await shop.wait(LONG_S)

    sound = len(shop.rows())
    sums = {("set_aside",): 2, ("short",): sound, ("long",): sound}
    assert shop.site.metrics.rewards.sums == sums
    assert shop.row(other["decision"])["value"] == 0.0
    assert shop.journal.count_windows(SITE) == {}
    shop.learn()
    assert shop.site.metrics.quarantined.sums == {}


async def test_close_by_a_second_engine(shop):
    """Closing belongs to the site: any engine over it sees the same windows."""
    _, body, _ = await decided(shop)
    shop.clock.move(SHORT_S)

    assert await tick(Engine(shop.site).site) >= 1
    assert reward(shop, body)[0] is not None
