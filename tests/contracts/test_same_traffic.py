"""The same shoppers through memory and through Redis: every figure is the same.

Seeded simulated visitors on a clock that only they move. Compared are the records of
the journals as they were written, in order: what was seen, scored, allowed, drawn,
done, learned and paid.
"""

import asyncio
from dataclasses import replace

import pytest

from engage.cli.simulate import goods
from engage.evidence.simulation.inprocess import open_in_process
from engage.evidence.simulation.offline import START_S, Simulation
from engage.evidence.simulation.scenarios import SCENARIOS
from engage.evidence.simulation.shop import (
    GROUPS,
    POOL,
    simulated_secrets,
    simulated_site,
)
from engage.evidence.simulation.shopper import World
from engage.settings import PolicySettings, RuleSettings, ServerSettings, Settings
from engage.stores.redis.recall import Recall
from engage.street.opening import open_store
from tests.contracts.roles import open_roles

# Sixty shoppers, among whom somebody starts a chat and others take a code.
SEED = 21
VISITORS = 60
# Several processes cost more; among so many somebody orders.
FEW = 12


class ByTurns:
    """Several workers that never see a visitor twice in a row, and remember nobody.

    A load and the save that follows go to the next worker, so that every beacon finds
    its visitor in Redis, as another worker wrote it.
    """

    def __init__(self, workers):
        self._workers = list(workers)
        for one in workers:
            one._visits._recall = Recall(0)

    def __getattr__(self, name):
        """Return a method of the worker whose turn it is."""
        if name == "load":
            self._workers.append(self._workers.pop(0))
        return getattr(self._workers[0], name)

    async def close(self):
        """Close them all."""
        for one in self._workers:
            await one.close()


def curious_site():
    """Return the simulated shop with a policy that so few shoppers see all sides of."""
    chats = ("chat_guitars", "chat_cameras")
    return replace(
        simulated_site(),
        policy=PolicySettings(gamma_c=0.5),
        rules=tuple(RuleSettings(action=chat) for chat in chats),
    )


async def live(data, *, url="", workers=1, visitors=VISITORS):
    """Let everybody come; return what the journal holds, what was told, the models."""
    site = curious_site()
    server = ServerSettings(store="redis" if url else "memory", redis_url=url)
    local = await open_in_process(
        site,
        simulated_secrets(SEED),
        data=data,
        at_s=START_S,
        is_served=True,
        server=server,
    )
    if workers > 1:
        others = [open_store(Settings(server=server)) for _ in range(workers - 1)]
        local.site.store = local.store = ByTurns([local.store, *others])
    return await lived(local, visitors=visitors)


async def lived(local, *, visitors=VISITORS):
    """Let everybody come to a shop; return what came of it, and close it."""
    simulation = Simulation(
        local=local,
        world=World(
            site=local.site.key, goods=goods(), scenario=SCENARIOS["shop"], seed=SEED
        ),
        visitors=visitors,
        groups=GROUPS,
        pools=(POOL,),
    )
    told = await simulation.live()
    found = list(facts(local.journal)), told, local.journal.snapshot(local.site.key)
    await local.close()
    return found


def facts(journal):
    """Return all records in order; the random subject keys become their order."""
    names = {}
    for entry in journal.read(0, limit=1_000_000):
        record = entry.record
        subject = names.setdefault(record.subject, f"subject {len(names)}")
        key = subject if record.key == record.subject else record.key
        body = {k: v for k, v in record.body.items() if k != "subject"}
        yield record.kind, key, record.at_s, subject, body


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    """What the embedded product makes of these shoppers."""
    return asyncio.run(live(tmp_path_factory.mktemp("embedded")))


def test_traffic_that_says_something(embedded):
    """These shoppers lead to every kind of decision, and to orders."""
    found, told, snapshot = embedded
    bodies = [body for kind, *_, body in found if kind == "decision"]

    kinds = {"none", "chat", "discount", "alternative", "help"}
    assert {body["kind"] for body in bodies} == kinds
    outcomes = {body["name"] for kind, *_, body in found if kind == "outcome"}
    assert outcomes >= {"shown", "dismissed", "clicked", "order", "chat_started"}
    assert told.orders > 0
    assert snapshot.number > 1


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """What the embedded product makes of a few of them."""
    return asyncio.run(live(tmp_path_factory.mktemp("few"), visitors=FEW))


@pytest.mark.parametrize("server", ["redis", "redis_cluster"])
async def test_same_traffic_through_processes(few, request, tmp_path, server):
    """Two workers and a learner, on Redis or a cluster: the same account of it all."""
    url = request.getfixturevalue({"redis": "redis_url"}.get(server, "cluster_url"))
    settings = ServerSettings(store=server, redis_url=url)
    roles = await open_roles(
        curious_site(),
        simulated_secrets(SEED),
        data=tmp_path,
        at_s=START_S,
        server=settings,
    )

    found = await lived(roles, visitors=FEW)

    assert len(found[0]) == len(few[0])
    for one, other in zip(found[0], few[0], strict=True):
        assert one == other
    assert found[2] == few[2]
    assert found[1].orders == few[1].orders


@pytest.mark.parametrize("workers", [1, 3])
async def test_same_traffic(embedded, redis_url, tmp_path, workers):
    """Features, scores, eligible sets, distributions, draws, actions: all the same."""
    expected = embedded

    found = await live(tmp_path, url=redis_url, workers=workers)

    assert len(found[0]) == len(expected[0])
    for one, other in zip(found[0], expected[0], strict=True):
        assert one == other
    assert found[1:] == expected[1:]
