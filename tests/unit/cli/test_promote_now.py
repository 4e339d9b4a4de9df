"""`engage promote` without a candidate tells how a trial stands now."""

from functools import partial

import orjson
import pytest

from engage.cli import main
from engage.learning.trials.evidence import told
from engage.street.opening import keep_settings
from tests.unit.learning.builders import traffic
from tests.unit.street.builders import LONG_S, SITE
from tests.unit.street.trials import candidate_of, hand, trading


@pytest.fixture
async def shop(tmp_path):
    """Return a stocked shop with a little traffic behind it."""
    one = await trading(tmp_path)
    yield one
    one.close()


async def tried(shop, **more):
    """Return a trial that has read what came after it was last kept."""
    trial = hand(shop, candidate_of(shop), **more)
    keep_settings(trial.candidate.way.settings(shop.chosen), shop.journal)
    await traffic(shop, 4, seed=2, first=10)
    await shop.wait(LONG_S)
    for entry in shop.journal.read(trial.offset, 10_000):
        trial.take(entry, partial(shop.journal.decision, SITE))
    return trial


async def test_evidence_of_now(shop, capsys):
    """What came since the last transition counts, kept or not; that one's stays."""
    trial = await tried(shop)
    assert main(["promote", "--data", str(shop.path), "--json"]) == 0
    (moved,) = orjson.loads(capsys.readouterr().out.splitlines()[-1])

    assert moved["evidence"]["gain"]["n"] == 0
    assert moved["now"]["evidence"] == told(trial.evidence)
    assert moved["now"]["have"] == trial.evidence.gain.units > 0
    assert moved["now"]["need"] == 5


async def test_words_of_now(shop, capsys):
    """The last line says how many there are, how many are needed, and what is found."""
    trial = await tried(shop, is_forced=True, why="a test")
    assert main(["promote", "--data", str(shop.path)]) == 0
    *_, moved, now = capsys.readouterr().out.splitlines()

    assert "shadow -> canary" in moved
    assert now.startswith("now  pk_")
    # Which arm a visitor is dealt to hangs on a random subject, and so the verdict.
    verdict = trial.verdict()
    why = f"{verdict.to}: {verdict.why}" if verdict.to else verdict.why
    assert f"  canary (50% of visitors): {why}; " in now
    assert " of at least 3 visitors at this share; " in now
