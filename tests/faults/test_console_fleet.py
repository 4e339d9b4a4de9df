"""Several workers, one console: whatever an operator changes holds everywhere."""

import time

import pytest

from tests.faults.console_operator import (
    Askers,
    all_have,
    decided,
    open_cards,
    operating,
    pinged,
)
from tests.faults.fleet import Fleet, running
from tests.faults.pausing import until

CARDS = 8


@pytest.fixture
def one(tmp_path, redis_url) -> Fleet:
    """A fleet, not started yet."""
    return Fleet(tmp_path, redis_url)


def is_nothing(row):
    """Tell whether nothing was offered, because it is paused."""
    return row["eligible"] == ["none"] and "paused" in row["refused"].values()


async def test_console_of_a_fleet(one):
    """Seen from one place, changed from one place: every worker obeys, for good."""
    async with running(one), operating(one) as operator, Askers(one).asking():
        await operator.staff()
        await check_seen(one, operator)
        await check_pin(one, operator)
        await check_pause(one, operator)


async def check_seen(one, operator):
    """The console has the decisions of all workers; a worker leads there."""
    there = (307, f"{one.learner_url}/console/?site=pk_demo")
    path = "/console/?site=pk_demo"

    async def lead_there():
        return [await operator.at_worker(n, path) for n in (0, 1)] == [there, there]

    await until(lead_there, why="both workers lead to the learner's console")

    async def has_all():
        shown = {d["decision"] for d in (await operator.read())["decisions"]}
        made = decided(one.journals())
        return all(shown & {row["decision"] for row in some} for some in made)

    await until(has_all, why="the console shows decisions of both workers")


async def check_pin(one, operator):
    """A pinned snapshot decides at every worker, though newer ones are published."""

    async def has_learned():
        return len((await operator.read())["lineage"]) > 2

    await until(has_learned, why="some snapshots were published")
    number = (await operator.read())["lineage"][1]["number"]
    # A worker that still decides with it would seem to obey before it is told.
    await until(
        lambda: all_have(one, lambda row: row["snapshot"] > number, least=1, since_s=0),
        why="both workers decide with a newer snapshot",
    )
    since_s = time.time()
    await operator.order("pin", {"number": number, "why": "a test"})

    def fits(row):
        return row["snapshot"] == number

    await until(
        lambda: all_have(one, fits, least=1, since_s=since_s),
        why="both workers decide with the pinned snapshot",
    )
    assert all(map(fits, await decided_since(one, time.time(), least=10)))
    await operator.order("pin", {"number": None, "why": "the test is over"})


async def check_pause(one, operator):
    """Once every worker has heard nobody is offered anything; cards are called back."""
    cards = await open_cards(one, count=CARDS)
    since_s = time.time()
    await operator.order("pause", {"all": True, "why": "a test"})
    await until(
        lambda: all_have(one, is_nothing, least=1, since_s=since_s),
        why="both workers refuse everything",
    )
    late = await decided_since(one, time.time(), least=20)
    # Over a connection each: some reach another worker than the card's own.
    called_back = {visitor: await pinged(one, visitor) for visitor in cards}

    assert len(cards) == CARDS
    assert called_back == {visitor: (card,) for visitor, card in cards.items()}
    assert {row["action"] for row in late} == {"none"}
    assert {one["name"] for one in await fates(operator, cards)} == {"expired"}


async def decided_since(one, since_s, *, least):
    """Return what was decided since a time, once every worker has so many of it."""
    await until(
        lambda: all_have(one, lambda _: True, least=least, since_s=since_s),
        why="both workers go on deciding",
    )
    return [row for some in decided(one.journals(), since_s=since_s) for row in some]


async def fates(operator, cards):
    """Return what the ledger says became of cards, once it has heard."""
    found = []
    for card in cards.values():

        async def has_ended(card=card):
            one = await operator.read(f"decisions/{card}")
            return one["outcomes"]

        await until(has_ended, why="the ledger has heard what became of a card")
        found += (await operator.read(f"decisions/{card}"))["outcomes"]
    return found
