import orjson
import pytest

from engage.cli import lift as command
from engage.clock import ManualClock, rfc3339
from engage.errors import BadRequest, NotFound
from engage.evidence.lift.ledger import Costs
from engage.evidence.lift.log import evidence_of, read_log
from engage.settings import MoneySettings, SiteSettings
from engage.stores.journal.sqlite import SqliteJournal
from engage.street.opening import keep_settings, version_of
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


def test_refund_in_lines():
    """Revenue from a log of decisions is net of refunds, as it is from a journal.

    Of the second order too much came back; what came back after the long close is no
    more in its revenue than in its value.
    """
    bought = [
        {"name": "order", "at": rfc3339(T0 + 60), "order": f"A-{n}", "value": 50.0}
        for n in (1, 2)
    ]
    refunds = [
        {"name": "refund", "at": rfc3339(T0 + at_s), "order": order, "value": value}
        for order, at_s, value in (
            ("A-1", 900, 20.0),
            ("A-2", 900, 60.0),
            ("A-1", 650_000, 30.0),
        )
    ]

    evidence = evidence_of([line(outcomes=bought + refunds, value=12.0)], Costs())

    seen = evidence.ledger.visitors(horizon_s=604_800.0, at_s=T0 + 700_000)
    assert seen.revenue.tolist() == [30.0]
    assert seen.margin.tolist() == [12.0]
    assert seen.orders.tolist() == [2.0]


def test_order_in_two_windows():
    """An order that two decisions of a visitor name counts once."""
    bought = [
        {"name": "order", "at": "2025-11-22T10:15:00Z", "order": "A-1", "value": 50.0}
    ]
    later = line("d_2", at_s=T0 + 900, first_ever=False, outcomes=bought, value=20.0)

    evidence = evidence_of([later, line(outcomes=bought, value=20.0)], Costs())

    seen = evidence.ledger.visitors(horizon_s=604_800.0, at_s=T0 + 700_000)
    assert seen.orders.tolist() == [1.0]


def test_later_cost():
    """What a later card cost is taken off a visitor's margin once."""
    bought = {"name": "order", "at": rfc3339(T0 + 60), "order": "A-1", "value": 50.0}
    chat = {"name": "chat_started", "at": rfc3339(T0 + 950)}
    # 20 of margin, 4 for the chat: both decisions are worth what is left.
    later = line("d_2", at_s=T0 + 900, first_ever=False, outcomes=[chat], value=-4.0)

    evidence = evidence_of([later, line(outcomes=[bought], value=16.0)], Costs())

    seen = evidence.ledger.visitors(horizon_s=604_800.0, at_s=T0 + 700_000)
    assert seen.margin.tolist() == [16.0]


def exported_line(key="d_1", **changes):
    """Return a decision as an export has it: a subject instead of a visitor."""
    return line(key, **{"visitor": None, "subject": "u_1", **changes})


def test_exported_lines(tmp_path):
    """Lines of an export tell by their subject whose later card it was."""
    chat = {"name": "chat_started", "at": rfc3339(T0 + 950)}
    later = {"at_s": T0 + 900, "first_ever": False, "outcomes": [chat], "value": -4.0}
    first = exported_line(value=-4.0)
    log = written(tmp_path / "log.ndjson", first, exported_line("d_2", **later))

    seen = read_log(log)[SITE].ledger.visitors(horizon_s=604_800.0, at_s=T0 + 700_000)
    assert seen.margin.tolist() == [-4.0]


@pytest.mark.parametrize("known", ["A-0", "A-0 A-1"])
def test_part_of_an_export(tmp_path, known):
    """An order that only a decision tells of counts, too.

    An export made with `--until` ends before the windows of its last decisions do.
    """
    row = {"site": SITE, "at": rfc3339(T0 + 60), "value_cents": 5_000}
    bought = {"name": "order", "at": row["at"], "order": "A-1", "value": 50.0}
    for table in ("decisions", "orders"):
        (tmp_path / table / "day=2025-11-21").mkdir(parents=True)
    name = f"day=2025-11-21/{SITE}.ndjson"
    written(tmp_path / "decisions" / name, exported_line(outcomes=[bought], value=20.0))
    rows = [
        {**row, "order_id": one, "margin_cents": 2_000, "subject": subject}
        for one, subject in zip(known.split(), ("u_0", "u_1"), strict=False)
    ]
    written(tmp_path / "orders" / name, *rows)

    seen = read_log(tmp_path)[SITE].ledger.visitors(horizon_s=6e5, at_s=T0 + 700_000)
    assert seen.margin.tolist() == [20.0]


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


CONFIG = """
[[sites]]
key = "pk_demo"
server_key_file = "nowhere"
money = {agent_cost_cents = 900, annoyance_cents = 50}
[[sites]]
key = "pk_other"
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "4.00 for each chat, 0.10 for each"),
        (("--chat-cost", "2.5"), "2.50 for each chat, 0.10 for each"),
        (("--config", "FILE"), "9.00 for each chat, 0.50 for each"),
        (("--config", "FILE", "--chat-cost", "0"), "0.00 for each chat, 0.50 for each"),
    ],
)
def test_costs_of_the_shop(data, capsys, more, said):
    """What a chat costs is what the shop's configuration says, without its secrets."""
    file = data / "engage.toml"
    file.write_text(CONFIG)
    command.run(arguments(data, *(str(file) if one == "FILE" else one for one in more)))

    assert f"Taken off margins: {said} dismissed card." in (
        " ".join(capsys.readouterr().out.split())
    )


def test_costs_that_were_decided_with(tmp_path, capsys):
    """A data directory says itself what its latest decisions counted a chat for."""
    journal = SqliteJournal(tmp_path / "journal.sqlite", clock=ManualClock(at_s=T0))
    for number, cents in enumerate((500, 700)):
        money = MoneySettings(agent_cost_cents=cents)
        settings = SiteSettings(key=SITE, money=money)
        keep_settings(settings, journal)
        versions = {"config": version_of(settings)}
        one = decision(f"d_{number}", at_s=T0 + number, versions=versions)
        journal.append_now(one.record)
    journal.close()
    command.run(arguments(tmp_path))

    said = " ".join(capsys.readouterr().out.split())
    assert "7.00 for each chat, 0.10 for each dismissed card." in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[sites", "is no TOML"),
        ("[server]", "must hold tables [[sites]]"),
        ("[[sites]]\nmoney = {agent_cost_cents = -1}", "sites[0].money"),
    ],
)
def test_wrong_costs(data, capsys, text, said):
    """A configuration that is none is wrong use; a line says what is wrong."""
    file = data / "engage.toml"
    file.write_text(text)

    assert command.run(arguments(data, "--config", str(file))) == 2
    assert said in capsys.readouterr().err
