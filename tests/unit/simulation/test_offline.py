import asyncio
from dataclasses import replace

import orjson
import pytest

from engage.evidence.simulation.inprocess import open_in_process
from engage.evidence.simulation.offline import START_S, Simulation, write_truth
from engage.evidence.simulation.shop import (
    GROUPS,
    POOL,
    simulated_secrets,
    simulated_site,
)
from engage.stores.journal.sqlite import read_journal
from tests.unit.simulation.builders import world


async def simulate(folder, *, visitors=12, **changes):
    """Run a small simulation into `folder` and return it with what it told."""
    settings = simulated_site()
    # Few snapshots: a test waits for each of them.
    rare = replace(settings.learner, publish_every_s=86_400.0)
    settings = replace(settings, learner=rare)
    local = await open_in_process(
        settings, simulated_secrets(1), data=folder, at_s=START_S, is_served=True
    )
    simulation = Simulation(
        local=local,
        world=world(visitors_per_day=200.0, **changes),
        visitors=visitors,
        groups=GROUPS,
        pools=(POOL,),
    )
    told = await simulation.live()
    await local.close()
    return simulation, told


def decisions_in(folder):
    """Return the decision records that a data directory holds."""
    journal = read_journal(folder / "journal.sqlite")
    page = journal.decisions("pk_demo", since_s=None, until_s=None, limit=1_000)
    journal.close()
    return page.rows


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """Two runs with the same seed, in two folders."""
    folder = tmp_path_factory.mktemp("simulations")
    runs = [asyncio.run(simulate(folder / name)) for name in ("one", "two")]
    return folder, runs


def test_same_seed_same_decisions(two_runs):
    """Two runs with one seed make the same decisions and learn the same rewards."""
    folder, runs = two_runs

    def facts(name):
        return [
            (row["decision"], row["action"], row["propensity"], row["value"])
            for row in decisions_in(folder / name)
        ]

    assert facts("one") == facts("two")
    assert runs[0][1] == runs[1][1]


def test_everything_is_settled(two_runs):
    """At the end every decision has its reward and its value."""
    rows = decisions_in(two_runs[0] / "one")

    assert rows
    assert not [row for row in rows if row["reward"] is None or row["value"] is None]


def test_truth_says_it_is_a_simulation(two_runs):
    """The truth file names itself a simulation and knows every visitor."""
    folder, runs = two_runs

    write_truth(folder / "truth.json", runs[0][0])

    plain = orjson.loads((folder / "truth.json").read_bytes())
    assert plain["simulation"] is True
    assert len(plain["visitors"]) == 12


def test_account_of_beacons(two_runs):
    """Every beacon was applied: nothing is late or repeated in process."""
    told = two_runs[1][0][1]

    assert set(told.beacons) == {"applied"}
    assert told.visitors == 12


async def test_bots_are_recognised(tmp_path):
    """In a shop full of bots nothing is bought, and cards are refused as `bot`."""
    _, told = await simulate(tmp_path, visitors=3, bots=1.0)

    reasons = {r for row in decisions_in(tmp_path) for r in row["refused"].values()}
    assert told.orders == 0
    assert "bot" in reasons
