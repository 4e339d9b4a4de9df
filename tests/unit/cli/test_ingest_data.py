import orjson
import pytest

from engage.cli.ingest_data import Backfill
from engage.settings import SiteSecrets, SiteSettings
from engage.stores.journal.sqlite import read_journal
from engage.wire.formats import FORMATS
from tests.unit.cli.builders import CLICKS, T0, beacon_line, ndjson, yoochoose


async def ingest(path, folder, *, form="yoochoose", scores=None, secrets=None):
    """Run a recording through the engine and return the backfill."""
    done = []
    backfill = Backfill(
        settings=SiteSettings(key="pk_demo"),
        data=folder / "data",
        scores=scores,
        secrets=secrets,
        advance=done.append,
    )
    await backfill.run(FORMATS[form]([path], site="pk_demo"))
    assert done == list(range(1, backfill.account.sent + 1))
    return backfill


def entries(folder):
    """Return every record of the journal."""
    journal = read_journal(folder / "data" / "journal.sqlite")
    found = journal.read(0, 10_000)
    journal.close()
    return found


async def test_every_click_is_applied(tmp_path):
    """A click is a beacon, and each is applied once."""
    backfill = await ingest(yoochoose(tmp_path), tmp_path)

    assert backfill.account.text() == (
        "sent 5 = applied 5 + duplicate 0 + late 0 + refused 0"
    )


async def test_scores_have_a_line_a_beacon(tmp_path):
    """Each beacon has a line; only the first of a session has left no page."""
    out = tmp_path / "scores.ndjson"

    await ingest(yoochoose(tmp_path), tmp_path, scores=out)

    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    assert [(x["session"], x["seq"], x["dwell"] is None) for x in lines] == [
        ("s_1", 0, True),
        ("s_1", 1, False),
        ("s_2", 0, True),
        ("s_1", 2, False),
        ("s_2", 1, False),
    ]
    assert set(lines[0]) == {
        "session",
        "tab",
        "seq",
        "at",
        "hesitation",
        "dwell",
        "moment",
    }
    assert lines[0]["at"] == "2014-04-02T11:17:46.000Z"


async def test_longer_views_score_higher(tmp_path):
    """Before anything was learned the longer of two views has the higher percentile."""
    out = tmp_path / "scores.ndjson"

    await ingest(yoochoose(tmp_path), tmp_path, scores=out)

    lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    by_place = {(x["session"], x["seq"]): x["dwell"] for x in lines}
    # 30 s and 90 s on a page of the same kind.
    assert by_place["s_1", 1] < by_place["s_1", 2]
    assert by_place["s_1", 2] == pytest.approx(by_place["s_2", 1], abs=0.01)


async def test_visits_end_on_the_files_clock(tmp_path):
    """Both visits are recorded as over, at the time of their last click."""
    await ingest(yoochoose(tmp_path), tmp_path)

    visits = [e.record.body for e in entries(tmp_path) if e.record.kind == "visit"]
    ends = {visit["session"]: visit["ended_at_s"] for visit in visits}
    assert ends == {"s_1": T0 + 120, "s_2": T0 + 135.5}


async def test_views_are_learned(tmp_path):
    """The dwell of every page left is an example in the journal."""
    await ingest(yoochoose(tmp_path), tmp_path)

    bodies = [e.record.body for e in entries(tmp_path) if e.record.kind == "example"]
    dwells = [body["label"] for body in bodies if body["scorer"] == "dwell"]
    assert sorted(dwells) == [30.0, 90.0, 90.5]


async def test_decisions_are_not_served(tmp_path):
    """What a recorded visitor asks for is recorded as never served."""
    asking = [{"name": "page_view", "age_ms": 0}, {"name": "ask", "age_ms": 0}]
    path = ndjson(tmp_path, beacon_line(0, at_s=T0, events=asking))

    await ingest(path, tmp_path, form="ndjson")

    bodies = [e.record.body for e in entries(tmp_path) if e.record.kind == "decision"]
    assert [(b["moment"], b["served"], b["action"]) for b in bodies] == [
        ("ask", False, "none")
    ]


async def test_same_file_same_scores(tmp_path):
    """Two runs over one file with one salt write the same scores, byte for byte."""
    path, written = yoochoose(tmp_path, CLICKS * 1), []
    secrets = SiteSecrets(server_key="", salt=b"the dice are thrown with it")
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        await ingest(path, folder, scores=folder / "scores", secrets=secrets)
        written.append((folder / "scores").read_bytes())

    assert written[0] == written[1]


async def test_every_fate_has_its_column(tmp_path):
    """Repeats, forged outcomes, strangers and bad lines are all accounted for."""
    shown = [{"name": "action_shown", "age_ms": 0, "decision": "d_1", "token": "1.a.b"}]
    consent = {"measure": False}
    path = ndjson(
        tmp_path,
        beacon_line(0, at_s=T0),
        beacon_line(0, at_s=T0 + 1),
        beacon_line(1, at_s=T0 + 2, events=shown),
        beacon_line(2, at_s=T0 + 3, site="pk_other"),
        beacon_line(3, at_s=T0 + 4, consent=consent),
        beacon_line(-1, at_s=T0 + 5),
    )

    account = (await ingest(path, tmp_path, form="ndjson")).account

    assert account.text() == (
        "sent 5 = applied 1 + duplicate 1 + late 0 + no_consent 1 "
        "+ refused 2 (unauthorised 1, unknown-site 1)"
    )
    assert account.lines == [f"{path}:6: seq must be >= 0, got -1"]
