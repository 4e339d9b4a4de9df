"""Fixtures of learning: shops that are open, and closed after the test."""

import pytest

from tests.unit.street.builders import open_shop


@pytest.fixture
async def opened(tmp_path):
    """Return a function that opens a shop; all shops are closed at the end."""
    shops = []

    async def open_one(chosen=None, *, stocked=True, path=tmp_path, **more):
        shop = await open_shop(path, chosen, **more)
        shops.append(shop)
        if stocked:
            await shop.stock()
        return shop

    yield open_one
    for shop in shops:
        shop.close()


@pytest.fixture
async def shop(opened):
    """Return an ordinary shop with codes and agents."""
    return await opened()
