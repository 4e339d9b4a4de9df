import orjson
import pytest

from engage.cli import lift as command
from engage.clock import ManualClock
from engage.errors import BadRequest, NotFound
from engage.evidence.lift_ledger import Costs
from engage.evidence.lift_log import evidence_of, read_log
from engage.stores.journal import SqliteJournal
from tests.unit.evidence.lift_builders import SITE, T0, decision, ghost, line, order


def written(path, *lines):
    """Return the path of a log with these records."""
    path.write_bytes(b"\n".join(orjson.dumps(one) for one in lines) + b"\n")
    return path


@pytest.fixture
def data(tmp_path):
    """Return a data directory with one order of a treated visitor."""
    journal = SqliteJournal(tmp_path / "journal.sqlite", clock=ManualClock(at_s=T0))
    opens = [{"kind": "long", "due_s": T0 + 600.0}]
    journal.append_now(
        decision(opens=opens).record,
        ghost(subject="u_2", opens=opens).record,
        order(at_s=T0 + 60).record,
        order("A-2", at_s=T0 + 1_200, subject=None).record,
    )
    journal.close()
    return tmp_path


def test_journal(data):
    """A data directory is read on its own clock, with its own horizon."""
    evidence = read_log(data)[SITE]

    seen = evidence.ledger.visitors(horizon_s=evidence.horizon_s, at_s=evidence.until_s)
    assert (evidence.horizon_s, evidence.until_s) == (600.0, T0 + 1_200)
    assert seen.margin.tolist() == [40.0, 0.0]
    assert seen.is_over.tolist() == [True, True]


def test_lines(tmp_path):
    """A settled record tells margin net of costs, however many orders there were."""
    orders = [
        {"name": "chat_started", "at": "2025-11-21T10:16:00Z"},
        {"name": "order", "at": "2025-11-22T10:15:00Z", "order": "A-1", "value": 75.0},
        {"name": "order", "at": "2025-11-23T10:15:00Z", "order": "A-2", "value": 25.0},
    ]
    log = written(tmp_path / "log.ndjson", line(outcomes=orders, value=36.0))

    evidence = read_log(log)[SITE]
    seen = evidence.ledger.visitors(horizon_s=evidence.horizon_s, at_s=evidence.until_s)

    assert seen.revenue.tolist() == [100.0]
    assert seen.margin.tolist() == pytest.approx([36.0])


def test_order_in_two_windows():
    """An order that two decisions of a visitor name counts once."""
    bought = [
        {"name": "order", "at": "2025-11-22T10:15:00Z", "order": "A-1", "value": 50.0}
    ]
    later = line("d_2", at_s=T0 + 900, first_ever=False, outcomes=bought, value=20.0)

    evidence = evidence_of([later, line(outcomes=bought, value=20.0)], Costs())

    seen = evidence.ledger.visitors(horizon_s=604_800.0, at_s=T0 + 700_000)
    assert seen.orders.tolist() == [1.0]


def test_bad_line(tmp_path):
    """A line that is no decision record is named."""
    log = written(tmp_path / "log.ndjson", line(), {"decision": "d_2"})

    with pytest.raises(BadRequest, match=r" line 2 must be a decision record"):
        read_log(log)


def test_empty_directory(tmp_path):
    """A directory with neither journal nor export is refused."""
    with pytest.raises(NotFound, match="data directory, an export or NDJSON"):
        read_log(tmp_path)


def arguments(log, *more):
    """Return the parsed command line `engage lift LOG ...`."""
    parser = command.argparse.ArgumentParser()
    command.add_to(parser.add_subparsers())
    return parser.parse_args(["lift", str(log), *more])


def test_command_for_machines(data, capsys):
    """`--json` prints a report for all and for each part."""
    code = command.run(arguments(data, "--json", "--by", "action,segment"))

    report = orjson.loads(capsys.readouterr().out)[SITE]
    assert (code, sorted(report)) == (0, ["all", "segment=new"])
    assert report["all"]["verdict"] == "collecting"


def test_command_for_people(data, capsys):
    """The table says how many orders are missing."""
    command.run(arguments(data))

    said = capsys.readouterr().out
    assert "Missing orders: 29 in treatment, 30 in the holdout." in said


def test_command_on_nothing(tmp_path, capsys):
    """A directory without a journal is wrong use: code 2, one line."""
    code = command.run(arguments(tmp_path))

    assert (code, capsys.readouterr().out) == (2, "")
