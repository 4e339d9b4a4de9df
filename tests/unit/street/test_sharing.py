"""What a worker hears from the board: what Redis refuses once is asked for again."""

import pytest

from engage.errors import StoreError
from engage.settings import ServerSettings
from tests.contracts.roles import open_roles
from tests.unit.street.builders import NOW_S, SECRETS, SITE, settings


@pytest.fixture
async def roles(tmp_path, redis_url):
    """A worker and a learner."""
    server = ServerSettings(store="redis", redis_url=redis_url)
    one = await open_roles(
        settings(), SECRETS, data=tmp_path, at_s=NOW_S, server=server, workers=1
    )
    yield one
    await one.close()


async def test_snapshot_that_could_not_be_read(roles, redis_keys):
    """A published snapshot that Redis did not give decides once Redis gives it."""
    listener, (worker,) = roles.listeners[1], roles.workers
    await listener.step()
    snapshot = worker.site.snapshot
    await roles.board.publish(SITE, snapshot.number + 1, snapshot.encode())
    key = f"engage:snapshot:{{{SITE}}}"
    redis_keys.rename(key, "aside")
    redis_keys.rpush(key, "no text")
    with pytest.raises(StoreError, match="WRONGTYPE"):
        await listener.step()
    redis_keys.rename("aside", key)
    adopted = []
    listener.heir.adopt = lambda _, one: adopted.append(one.number)

    await listener.step()

    assert adopted == [snapshot.number]
