"""A small simulated data directory that replay and evaluation read."""

import asyncio

import pytest

from engage.cli.simulate import goods
from engage.evidence.decision_log import open_log
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

SEED = 11


async def _simulate(data, visitors):
    settings, secrets = simulated_site(), simulated_secrets(SEED)
    local = await open_in_process(
        settings, secrets, data=data, at_s=START_S, is_served=True
    )
    world = World(
        site=settings.key, goods=goods(), scenario=SCENARIOS["shop"], seed=SEED
    )
    try:
        await Simulation(
            local=local, world=world, visitors=visitors, groups=GROUPS, pools=(POOL,)
        ).live()
    finally:
        await local.close()
    (data / f"{settings.key}.salt").write_bytes(secrets.salt)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    """Return a data directory of 60 simulated visitors, seed 11; read-only."""
    data = tmp_path_factory.mktemp("simulated")
    asyncio.run(_simulate(data, 60))
    return data


@pytest.fixture(scope="session")
def bodies(simulated):
    """Return its decision records; copy one before changing it."""
    log = open_log(simulated)
    try:
        return list(log.bodies())
    finally:
        log.close()
