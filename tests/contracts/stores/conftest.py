"""Opens every store and journal there is, by the tables of their names."""

from __future__ import annotations

import pytest

from engage.clock import ManualClock
from engage.stores.names import JOURNALS, STORES
from tests.contracts.stores.builders import T0, options


@pytest.fixture(params=sorted(JOURNALS))
def journal(request, tmp_path):
    """An empty journal of each kind, on a clock that stands at T0."""
    opened = JOURNALS[request.param](
        tmp_path / "journal.sqlite", clock=ManualClock(at_s=T0)
    )
    yield opened
    opened.close()


@pytest.fixture(params=sorted(STORES))
def store_name(request):
    """The name of each store there is."""
    return request.param


@pytest.fixture
def opened(store_name, request):
    """Opens empty stores of that kind; options as in `builders.options`."""
    servers = {"redis": "redis_url", "redis_cluster": "cluster_url"}
    server = servers.get(store_name)
    url = request.getfixturevalue(server) if server else ""
    return lambda **changes: STORES[store_name](options(url=url, **changes))


@pytest.fixture
async def store(opened):
    """An empty store of each kind."""
    one = opened()
    yield one
    await one.close()
