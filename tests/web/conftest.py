from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.web.serving import At, serving


@pytest_asyncio.fixture
async def at(tmp_path: Path) -> AsyncIterator[At]:
    """A running service with two shops."""
    async with serving(tmp_path) as found:
        yield found
