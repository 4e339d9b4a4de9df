"""A server clock that is set forward or back while visitors are there."""

from dataclasses import dataclass

from engage.clock import ManualClock
from engage.visits.features import FEATURES
from tests.web.serving import T0, serving

# Seconds by which the clock is wrong after each beacon: what a time server corrects.
STEPS = (0.0, -300.0, 300.0, 300.0, -300.0, 0.0)
PING = {"name": "ping", "active_ms": 4_000, "visible_ms": 5_000, "scroll": 0.5}
VIEW = {"name": "view_item", "item": {"item_id": "g", "price": 899.0}}


@dataclass
class SteppedClock(ManualClock):
    """A clock whose date can be wrong by any amount; what it measures never steps."""

    wrong_s: float = 0.0

    def now_s(self):
        """Return the date it believes in."""
        return self.at_s + self.wrong_s


async def visit(folder, steps):
    """Return the decisions of a visit of seven beacons, and what became of the rest."""
    clock = SteppedClock(at_s=T0)
    async with serving(folder, clock=clock) as at:
        await at.by_hand("ticks pk_demo")
        statuses = []
        for seq, wrong_s in enumerate(steps):
            clock.wrong_s = wrong_s
            answer = await at.beacon("page_view", VIEW, PING, "ask", seq=seq)
            statuses.append(answer.status)
            await at.service.upkeep.tick(at.service.engine("pk_demo").site)
            clock.move(5.0)
        ready = await at.call("GET", "/readyz")
        order = {"order_id": "A-1", "visitor": "v_1", "value": 9, "currency": "EUR"}
        statuses.append((await at.shop("POST", "/v1/orders", order)).status)
        clock.move(8 * 86_400.0)
        await at.service.upkeep.tick(at.service.engine("pk_demo").site)
        page = at.service.journal.decisions("pk_demo", limit=100)
        failures = at.service.metrics.failures.sums
    assert (ready.status, failures) == (200, {})
    assert statuses[-1] == 202
    return {row["seq"]: row for row in page.rows}, statuses


async def test_stepped_clock(tmp_path):
    """The same is asked, answered and closed; only the rhythm of the visit is misread.

    Dwell is counted by the browser's own clock, order by its numbers.
    """
    rows, statuses = await visit(tmp_path / "stepped", STEPS)
    steady, _ = await visit(tmp_path / "steady", [0.0] * len(STEPS))
    changed = {
        name
        for seq, row in rows.items()
        for name, value in row["features"].items()
        if value != steady[seq]["features"][name]
    }

    assert set(statuses[:-1]) <= {200, 204}
    assert rows.keys() == steady.keys() != set()
    assert changed <= {"elapsed_s", "rhythm_z"}
    for row in rows.values():
        assert row["closed_at"]
        assert row["settled_at"]
        for one in FEATURES:
            assert one.low <= row["features"][one.name] <= one.high


async def test_date_set_back(tmp_path):
    """Set back by an hour, it learns, publishes, keeps and counts as before."""
    clock = SteppedClock(at_s=T0)
    async with serving(tmp_path, clock=clock) as at:
        service, site = at.service, at.service.engine("pk_demo").site
        await at.by_hand("ticks pk_demo", "levels")
        for number, wrong_s in enumerate((0.0, -3_600.0)):
            clock.wrong_s = wrong_s
            who = {"visitor": f"v_{number}", "session": f"s_{number}"}
            published, kept = site.snapshot.number, offset_kept(site)
            await at.beacon("page_view", VIEW, "ask", **who)
            clock.move(1_801.0)
            await service.upkeep.tick(site)
            service.learner.wake()
            await at.until(lambda former=published: site.snapshot.number > former)
            await at.until(lambda former=kept: offset_kept(site) > former)
            await service.upkeep.levels.fill()

            assert service.metrics.open_decisions.values[()] == number + 1


def offset_kept(site):
    """Return up to where the last checkpoint has learned."""
    kept = site.journal.checkpoint(site.key)
    return -1 if kept is None else kept[0]
