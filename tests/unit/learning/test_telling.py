"""What operators are told while candidates are refused."""

from structlog.testing import capture_logs

from engage.errors import SnapshotRejected
from engage.learning.telling import Refusals
from engage.telemetry import Instruments
from tests.unit.learning.builders import settings
from tests.unit.street.builders import SHORT_S, SITE


async def test_figures_of_a_refused_candidate(opened):
    """What explains a refusal is told at once, not after the next publication."""
    shop = await opened(settings())
    await shop.ask()
    await shop.wait(SHORT_S)
    for _ in range(600):
        shop.lineage.learner.watch.see("intent", 0.99, label=0.0)
    before = shop.site.metrics.learned.total()
    shop.learn()

    assert shop.site.metrics.snapshot_rejected.sums == {("loss",): 1.0}
    assert shop.site.metrics.learned.total() > before


def test_the_same_refusal_is_said_once_a_minute():
    """Each refusal is counted; the log has it when it is new, and each minute."""
    metrics, refusals = Instruments(), Refusals()
    with capture_logs() as logs:
        for now_s, detail in enumerate(["high"] * 61 + ["low"] * 2):
            error = SnapshotRejected("loss", detail)
            refusals.tell(error, metrics, SITE, now_s=float(now_s))

    assert metrics.snapshot_rejected.sums == {("loss",): 63.0}
    assert [(one["site"], one["reason"], one["detail"]) for one in logs] == [
        (SITE, "loss", "high"),
        (SITE, "loss", "high"),
        (SITE, "loss", "low"),
    ]
