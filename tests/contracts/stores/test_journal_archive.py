"""What the journal keeps beside its records: snapshots, visits."""

from engage.settings import RetentionSettings
from tests.contracts.stores.builders import SITE, T0, decision

DAY_S = 86_400.0


def test_snapshots_of_kept_decisions_stay(journal):
    """A snapshot goes when no kept decision names it and ten newer ones exist."""
    for number in range(1, 14):
        journal.put_snapshot(SITE, number, offset=number, body=b"x")
    journal.append_now(decision(snapshot=2))
    journal.prune(RetentionSettings(), at_s=T0)

    assert [n for n in range(1, 14) if journal.snapshot(SITE, n)] == [2, *range(4, 14)]


def test_snapshots_have_days_of_their_own(journal):
    """A snapshot goes once no decision of its days names it; the decision stays."""
    for number in range(1, 14):
        journal.put_snapshot(SITE, number, offset=number, body=b"x")
    journal.append_now(decision(snapshot=2))
    retention = RetentionSettings(snapshot_days=12)
    journal.prune(retention, at_s=T0 + 11 * DAY_S)
    before = journal.snapshot(SITE, 2)
    journal.prune(retention, at_s=T0 + 13 * DAY_S)

    assert (before is not None, journal.snapshot(SITE, 2)) == (True, None)
    assert len(journal.decisions(SITE, limit=10).rows) == 1


async def test_visits_are_read_some_at_a_time(journal):
    """Not all kept visits are in memory at once, and none is left out at a seam."""
    # The first thousand ends between the two visits of a visitor.
    many = {(SITE, f"v_{(n + 1) // 2:04d}", f"s_{n % 2}"): b"x" for n in range(2_003)}
    await journal.keep_visits(many, at_s=T0)
    kept = journal.kept_visits(SITE)
    next(kept)
    read = [(SITE, one.visitor, one.session) for one in journal.kept_visits(SITE)]
    await journal.drop_visits(many)

    assert read == sorted(many)
    assert len(list(kept)) < 1_000
