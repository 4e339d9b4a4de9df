from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.web.refusing import primed_with
from tests.web.serving import At, serving


@pytest_asyncio.fixture
async def at(tmp_path: Path) -> AsyncIterator[At]:
    """A running service with two shops."""
    async with serving(tmp_path) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def primed(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[At, dict[str, str]]]:
    """A service with an order, a refund, a card and a redeemed code; their names."""
    async with serving(tmp_path_factory.mktemp("primed")) as found:
        yield found, await primed_with(found)
