"""What several workers are told of one product: the shop's last word holds, for all."""

import pytest

from engage.street.goods import put_items
from engage.wire.catalog import CatalogItem
from tests.contracts.roles import Roles
from tests.unit.street.builders import SITE


async def told(roles: Roles, worker: int, price_cents: int) -> None:
    """Let a worker take the product at a price, a tenth of a second after before."""
    roles.clock.move(0.1)
    item = CatalogItem(
        item_id="gtr-1",
        title="Guitar",
        price_cents=price_cents,
        currency="EUR",
        availability="in_stock",
    )
    assert not await put_items(roles.workers[worker].site, item)


async def prices(roles: Roles) -> list[int]:
    """Return the price that each process knows, the ledger's and the board's."""
    sites = [roles.site, *(one.site for one in roles.workers)]
    known = [one.catalogue.get("gtr-1").price_cents for one in sites]
    ((_, kept),) = roles.journal.items(SITE)
    (board,) = [one["gtr-1"] async for one in roles.board.items(SITE)]
    return [*known, kept["price_cents"], board["price_cents"]]


@pytest.mark.parametrize("workers", [(0, 1), (1, 0)])
async def test_two_words_on_their_way(roles, workers):
    """Of what two workers were told at once the later holds, whichever comes last."""
    for worker, price_cents in zip(workers, (900, 800), strict=True):
        await told(roles, worker, price_cents)
    await roles.meet()

    assert await prices(roles) == [800] * 5


async def test_sightings_make_no_room(roles):
    """While nobody can be told, what pages tell pushes out no word of the shop's."""
    await told(roles, 0, 900)
    site = roles.workers[0].site
    for _ in range(4_001):
        site.share("seen", {"at_s": roles.clock.now_s(), "items": [], "viewed": []})
    await roles.meet()

    assert await prices(roles) == [900] * 5
    assert roles.metrics.dropped.sums == {("untold_sighting",): 1.0}


async def test_taken_back_at_once(roles):
    """A word that is taken back before the other worker heard of it holds no more."""
    await told(roles, 0, 900)
    await roles.meet()
    await told(roles, 0, 800)
    await told(roles, 1, 900)
    await roles.meet()

    assert await prices(roles) == [900] * 5
