import copy
from pathlib import Path

import orjson
import pytest

from engage.cli import main
from engage.errors import BadRequest, NotFound
from engage.evidence.decision_log import open_log
from engage.evidence.replay.verify import Replay, is_same
from engage.evidence.simulation.shop import simulated_secrets, simulated_site
from engage.learning.snapshots import Snapshot
from engage.street.opening import version_of
from tests.unit.evidence.conftest import SEED

SALTS = {"pk_demo": simulated_secrets(SEED).salt}
SETTINGS = {version_of(simulated_site()): simulated_site()}
# Four records and their snapshot, written before uplifts had terms that all actions
# share and terms of who is undecided.
FORMER = Path(__file__).parent / "former.json"


@pytest.fixture
def log(simulated):
    """Return the simulated log, open."""
    found = open_log(simulated)
    yield found
    found.close()


@pytest.fixture
def replay(log):
    """Return a replay that knows everything."""
    return Replay(log.snapshot, salts=SALTS, settings=SETTINGS)


def a_choice(bodies):
    """Return a copy of a carried-out decision between several actions."""
    found = (
        body
        for body in bodies
        if len(body["eligible"]) > 2
        and body["ghost"] is None
        and body["exploration"]["gamma"] > 0
    )
    return copy.deepcopy(next(found))


def a_ghost(bodies):
    """Return a copy of a ghost's record that left a choice."""
    ghosts = (b for b in bodies if b["ghost"] and len(b["eligible"]) > 1)
    return copy.deepcopy(next(ghosts))


def line_log(path, *bodies):
    """Return a file of these records, one a line."""
    path.write_bytes(b"\n".join(orjson.dumps(one) for one in bodies) + b"\n")
    return path


def test_sound_log(replay, bodies):
    """Every part of every simulated decision is checkable and identical."""
    for body in bodies:
        replay.check(body)

    report = replay.report
    assert (report.decisions, report.different) == (len(bodies), 0)
    # The simulation records no beacons.
    checkable = {name for name in report.parts if name != "features"}
    assert {n: one.identical for n, one in report.parts.items() if n in checkable} == (
        dict.fromkeys(checkable, len(bodies))
    )


def test_records_of_a_former_release():
    """A snapshot keeps its meaning: what it once decided replays to the same."""
    former = orjson.loads(FORMER.read_bytes())
    snapshot = Snapshot.decode(orjson.dumps(former["snapshot"]))
    replay = Replay(lambda *_: snapshot, salts=SALTS, settings=SETTINGS)
    for body in former["records"]:
        replay.check(body)

    report = replay.report
    assert (report.decisions, report.different) == (4, 0)
    for name in ("predictions", "launching", "distribution", "action"):
        assert report.parts[name].identical == 4
    kept = snapshot.plain()
    # It was of before stakes counted, and goes on saying so.
    assert kept["uplift"].pop("usual_stake_eur") is None
    assert kept == former["snapshot"]["snapshot"]
    assert all(any(body["predictions"].values()) for body in former["records"])


def test_more_than_one_snapshot(bodies):
    """The simulated log was decided by several snapshots, the first one among them."""
    numbers = {body["snapshot"] for body in bodies}

    assert 0 in numbers
    assert len(numbers) > 3


@pytest.mark.parametrize(
    ("path", "value", "parts"),
    [
        (("seq",), 999_999, {"decision"}),
        (("scores", "hesitation"), 0.123, {"scores.hesitation"}),
        (("scores", "dwell"), 0.123, {"scores.dwell"}),
        (("trained_to",), -1, {"trained_to"}),
        (("clip",), -1.0, {"clip"}),
        (("refused",), {}, {"eligible"}),
        (("draw",), 0.999999, {"draw"}),
        (("propensity",), 1e-6, {"propensity"}),
        (("exploration", "gamma"), 9.9, {"exploration.gamma"}),
        (("exploration", "launching"), ["similar"], {"launching"}),
        (("exploration", "floor"), 0.5, {"distribution"}),
        (("group",), "holdout", {"ghost"}),
    ],
)
def test_changed_field(replay, bodies, path, value, parts):
    """A changed field is reported where it arises, with both values."""
    body = a_choice(bodies)
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value

    found = {one.part for one in replay.check(body)}

    assert parts <= found
    assert replay.report.different == 1


def test_changed_prediction(replay, bodies):
    """A prediction that the snapshot did not make is a difference of 0.01 EUR."""
    body = a_choice(bodies)
    action = body["eligible"][1]
    body["predictions"][action] += 0.01

    found = {one.part: one for one in replay.check(body)}

    assert found["predictions"].logged[action] == pytest.approx(
        found["predictions"].computed[action] + 0.01
    )


def test_changed_rule(replay, bodies):
    """What the shop's rules proposed is compared with the rules as they were."""
    body = a_choice(bodies)
    body["proposed"] = body["eligible"][1]

    assert "proposed" in {one.part for one in replay.check(body)}


def test_ghost(replay, bodies):
    """A ghost's own draw is checked, and that nothing of it was carried out."""
    body = a_ghost(bodies)
    body["ghost"]["propensity"] = 1e-6
    body["action"] = body["eligible"][1]

    assert {one.part for one in replay.check(body)} == {"propensity", "action"}


def test_unknown_salt(log, bodies):
    """Without the salt an id is not checkable, and says so instead of passing."""
    replay = Replay(log.snapshot, salts={}, settings=SETTINGS)

    replay.check(bodies[0])

    tally = replay.report.parts["id"]
    assert (tally.identical, dict(tally.unchecked)) == (
        0,
        {"the site's salt is unknown": 1},
    )


def test_missing_snapshot(bodies):
    """Without its snapshot a record still shows whether its draw was what it says."""
    replay = Replay(lambda _site, _number: None, salts=SALTS, settings={})

    replay.check(a_choice(bodies))

    parts = replay.report.parts
    assert parts["scores"].unchecked == {"its snapshot is not in the log": 1}
    assert parts["distribution"].identical == 1


def test_record_of_an_older_release(replay, bodies):
    """A record without the exploration settings says which field is missing."""
    body = a_choice(bodies)
    del body["exploration"]["launch_share"]

    replay.check(body)

    assert replay.report.parts["distribution"].unchecked == {
        "the record has no exploration.launch_share": 1
    }


def test_torn_record(replay, bodies):
    """A record whose numbers are none is a difference, not a crash."""
    body = a_choice(bodies)
    body["features"]["active_s"] = "long"

    assert {one.part for one in replay.check(body)} == {"scores", "predictions"}


def test_tolerance():
    """Floats agree within 1e-9; names, counts and the order of actions exactly."""
    assert is_same(0.5, 0.5 + 5e-10)
    assert not is_same(0.5, 0.5 + 5e-9)
    assert not is_same(7, 8)
    assert not is_same({"a": 0.5, "b": 0.5}, {"b": 0.5, "a": 0.5})
    assert not is_same(0.5, None)


def test_command(simulated, capsys):
    """`engage replay --data DIR --verify` prints the tally and ends with 0."""
    assert main(["replay", "--data", str(simulated), "--verify", "--json"]) == 0

    report = orjson.loads(capsys.readouterr().out)
    assert report["identical"] == report["decisions"] > 50
    assert report["parts"]["id"]["identical"] == report["decisions"]


def test_command_finds(tmp_path, bodies, capsys):
    """One wrong record among sound ones ends the command with 1 and is listed."""
    wrong = a_choice(bodies)
    wrong["draw"] = 0.999999
    path = line_log(tmp_path / "log.ndjson", bodies[0], wrong)

    assert main(["replay", str(path), "--verify"]) == 1

    told = capsys.readouterr().out
    assert wrong["decision"] in told
    assert "2 decisions, 1 identical, 1 different" in told


def test_wrong_use(tmp_path, simulated):
    """No log, two logs, or an empty one is wrong use."""
    (tmp_path / "empty.ndjson").touch()

    assert main(["replay", "--verify"]) == 2
    assert main(["replay", str(simulated), "--data", str(simulated), "--verify"]) == 2
    assert main(["replay", str(tmp_path / "empty.ndjson"), "--verify"]) == 2


def test_exported_lines(tmp_path, bodies):
    """A directory with NDJSON below `decisions` is a log, day by day."""
    folder = tmp_path / "decisions" / "day=2026-03-02"
    folder.mkdir(parents=True)
    line_log(folder / "part.ndjson", *bodies[:3])

    log = open_log(tmp_path)

    assert (log.total, [one["decision"] for one in log.bodies()]) == (
        3,
        [one["decision"] for one in bodies[:3]],
    )


def test_no_log(tmp_path):
    """A directory without a log, or a line that is no record, is said to be one."""
    with pytest.raises(NotFound, match="LOG must be a data directory"):
        open_log(tmp_path)
    path = line_log(tmp_path / "log.ndjson", {"a": 1})
    with pytest.raises(BadRequest, match=r"^log.ndjson line 1 must be a decision"):
        list(open_log(path).bodies())


def test_decision_twice(tmp_path, bodies):
    """Pages that overlap are refused: what they share would be evidence twice."""
    path = line_log(tmp_path / "log.ndjson", *bodies[:3], bodies[1])
    said = rf"line 4 must be of another decision, {bodies[1]['decision']} is back$"
    with pytest.raises(BadRequest, match=said):
        list(open_log(path).bodies())
