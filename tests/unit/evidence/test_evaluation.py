import copy
import random

import orjson
import pytest

from engage.cli import main
from engage.errors import BadRequest, ConfigError, EvidenceRefused, NotFound
from engage.evidence.decision_log import open_log
from engage.evidence.offpolicy.evaluation import evaluate
from engage.evidence.offpolicy.policies import asked, target_of
from engage.evidence.offpolicy.rows import rows_of


def only_none(body):
    """Return a policy of one's own: leave everybody alone; looks at nothing later."""
    assert not {"action", "reward", "outcomes", "distribution"} & body.keys()
    return {"none": 1.0}


def too_much(body):
    """Return what is no distribution."""
    return dict.fromkeys(body["eligible"], 1.0)


def nothing_found(_number):
    """Return that the log holds no snapshot."""


def target(text):
    """Return a target that needs no snapshot."""
    return target_of(text, find=nothing_found)


def many(bodies, times=40):
    """Yield the records over and over, each copy drawn anew, by another visitor.

    Seed 1. One decision in five earns something, a discount promises 5 EUR: enough for
    a number, whatever it says.
    """
    rng = random.Random(1)
    for index in range(times):
        for body in bodies:
            distribution = body["distribution"]
            (action,) = rng.choices(list(distribution), list(distribution.values()))
            yield {
                **body,
                "visitor": f"{body['visitor']}-{index}",
                "decision": f"{body['decision']}{index}",
                "action": action,
                "propensity": distribution[action],
                "value": 30.0 * (rng.random() < 0.2),
                "promised": 5.0 * (action == "autumn10"),
            }


def choice(bodies, **changes):
    """Return a copy of a served decision between several actions, changed."""
    found = next(b for b in bodies if len(b["eligible"]) > 2 and not b["ghost"])
    return {**copy.deepcopy(found), **changes}


def test_rows(bodies):
    """Rows are served decisions with a choice; the others are counted by reason."""
    rows = rows_of(bodies, target("uniform"))

    kept = [b for b in bodies if b["ghost"] is None and len(b["eligible"]) > 1]
    assert rows.drawn.size == len(kept)
    assert sum(rows.left_out.values()) == len(bodies) - len(kept)
    assert rows.outcome.tolist() == [body["value"] for body in kept]
    assert rows.logged.sum(axis=1).tolist() == pytest.approx([1.0] * len(kept))


def test_outcome(bodies):
    """The short close's reward stands in until the value is settled, and is counted."""
    open_one = choice(bodies, value=None, settled_at=None)
    never = choice(bodies, value=None, settled_at=None, reward=None, closed_at=None)

    rows = rows_of([open_one, never, choice(bodies)], target("uniform"))

    assert rows.outcome.tolist() == [open_one["reward"], choice(bodies)["value"]]
    assert (rows.settled, rows.left_out) == (1, {"not closed yet": 1})
    assert rows_of([choice(bodies)], target("uniform"), outcome="reward").settled == 0


def test_failed_policy(bodies):
    """Where the policy failed nothing was drawn: no reason to refuse all the rest."""
    body = choice(bodies)
    alone = dict.fromkeys(body["eligible"], 0.0) | {"none": 1.0}
    drawn = {"distribution": alone, "action": "none", "propensity": 1.0}
    failed = {**body, **drawn, "exploration": {**body["exploration"], "failed": "so"}}

    rows = rows_of([choice(bodies), failed], target("uniform"))

    assert rows.left_out == {"the policy failed, so there was no draw": 1}


def test_unserved(bodies):
    """Backfill and shadow are no evidence."""
    with pytest.raises(EvidenceRefused, match="not served: 1"):
        rows_of([choice(bodies, served=False)], target("uniform"))


def test_propensity_of_another_draw(bodies):
    """A propensity that is not its distribution's is refused at once."""
    with pytest.raises(EvidenceRefused, match="must be its distribution's"):
        rows_of([choice(bodies, propensity=0.999)], target("uniform"))


def test_uniform_and_always(bodies):
    """Uniform shares alike; `always` falls back to `none` where it is not eligible."""
    body = choice(bodies)
    k = len(body["eligible"])

    assert asked(target("uniform"), body) == dict.fromkeys(body["eligible"], 1 / k)
    assert (
        asked(target(f"always:{body['eligible'][1]}"), body)[body["eligible"][1]] == 1
    )
    assert asked(target("always:chat_on_mars"), body)["none"] == 1.0


def test_action_nobody_knows(bodies):
    """An action that is never eligible is a typing error, not a policy."""
    with pytest.raises(BadRequest, match="'chat_on_mars' is never eligible"):
        rows_of(bodies, target("always:chat_on_mars"))


def test_rules(tmp_path, bodies):
    """A rule list draws what its first fitting line says."""
    body = choice(bodies)
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rules]]\naction = "returns"\nmoments = ["ask"]\n'
        f'[[rules]]\naction = "{body["eligible"][1]}"\n'
    )

    assert asked(target(f"rules:{path}"), body)[body["eligible"][1]] == 1.0


def test_wrong_rules(tmp_path):
    """All mistakes of a rule list are told at once."""
    path = tmp_path / "rules.toml"
    path.write_text('[[rules]]\nmoments = ["never"]\n[[rule]]\n')

    with pytest.raises(ConfigError) as found:
        target(f"rules:{path}")

    assert len(found.value.mistakes) == 3


def test_own_policy(bodies):
    """A function decides on what was known before the draw."""
    own = target("python:tests.unit.evidence.test_evaluation:only_none")

    assert asked(own, choice(bodies))["none"] == 1.0


def test_own_policy_that_is_none(bodies):
    """What a function returns must be a distribution over the eligible actions."""
    own = target("python:tests.unit.evidence.test_evaluation:too_much")

    with pytest.raises(BadRequest, match="must return a distribution over"):
        asked(own, choice(bodies))


@pytest.mark.parametrize(
    "text", ["best", "uniform:1", "always", "python:engage.nix:f", "snapshot:last"]
)
def test_no_policy(text):
    """What names no policy is wrong use and says what does."""
    with pytest.raises(BadRequest, match=r"must be|cannot be imported"):
        target(text)


def test_missing_snapshot():
    """A snapshot that the log does not hold is not found."""
    with pytest.raises(NotFound, match="no snapshot 7"):
        target("snapshot:7")


def test_own_snapshot_agrees(simulated, bodies):
    """The snapshot that decided, as target, gives the logged distribution again."""
    body = next(
        b for b in bodies if b["snapshot"] and len(b["eligible"]) > 2 and not b["ghost"]
    )
    log = open_log(simulated)
    own = target_of(
        f"snapshot:{body['snapshot']}", find=lambda n: log.snapshot("pk_demo", n)
    )

    given = asked(own, body)
    log.close()

    assert given == pytest.approx(body["distribution"], abs=1e-9)


def test_trained_on(simulated, bodies):
    """A snapshot is judged on decisions after its training only."""
    log = open_log(simulated)
    early = sorted(body["snapshot"] for body in bodies)[len(bodies) // 2]

    rows = rows_of(
        bodies,
        target_of(f"snapshot:{early}", find=lambda n: log.snapshot("pk_demo", n)),
    )
    log.close()

    assert rows.at_s.min() > rows_of(bodies, target("logged")).at_s.min()
    assert rows.left_out["before the policy's training ended"] > 0


def test_logging_policy_itself(bodies):
    """On records, too, IPS and SNIPS of the logging policy are the mean to 1e-12."""
    rows = rows_of(many(bodies), target("logged"))

    whole = evaluate(rows).parts[0]

    for name in ("IPS", "SNIPS"):
        assert abs(whole.estimates[name].value - rows.outcome.mean()) <= 1e-12
    assert whole.refused == ()


def test_model(bodies):
    """An adaptive log is judged by what was predicted at the time."""
    rows = rows_of(many(bodies), target("uniform"))

    assert evaluate(rows).model == "forward"
    assert evaluate(rows, model="crossfit").model == "crossfit"


def test_parts(bodies):
    """Each moment is a part of its own, refused or not by its own rows."""
    rows = rows_of(many(bodies), target("logged"))

    parts = evaluate(rows, by=("moment",)).parts

    assert sum(part.weighing.rows for part in parts[1:]) == parts[0].weighing.rows
    assert {part.name for part in parts[1:]} == {f"moment={m}" for m in rows.moments}


def test_budget(bodies):
    """A policy that would have used up more than the budget has no value."""
    some = sorted(many(bodies, times=20), key=lambda body: body["at"])
    for at, body in enumerate(some):
        left = 20_000 - 19_000 * at // len(some)
        body["inputs"] = {"budget_left": {"autumn10": left}}

    found = evaluate(rows_of(some, target("always:autumn10"))).parts[0].refused

    # Copies of a decision share its time: the least that was left then counts.
    _, left = min((b["at"], b["inputs"]["budget_left"]["autumn10"]) for b in some)
    told = f"the discount budget of {left / 100:.2f} must suffice"
    assert any(told in text for text in found)


def test_command_refuses(simulated, capsys):
    """Sixty visitors carry no number: exit 3, the reason, and no estimate."""
    arguments = ["evaluate", str(simulated), "--policy", "uniform", "--json"]

    assert main(arguments) == 3

    told = capsys.readouterr()
    report = orjson.loads(told.out)
    assert "effective sample size must be >= 1000" in told.err
    assert (report["estimand"], report["parts"][0]["estimates"]) == (
        "one-step deviation",
        {},
    )
    # What it would spend rests on the same weights.
    assert {one["target"] for one in report["spent"].values()} == {None}


def test_command(tmp_path, bodies, capsys):
    """With evidence enough there is a table of all estimators, and exit 0."""
    path = tmp_path / "log.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps(one) for one in many(bodies)) + b"\n")

    assert main(["evaluate", str(path), "--policy", "logged"]) == 0

    told = capsys.readouterr().out
    assert all(name in told for name in ("SNIPS", "Switch-DR", "DRos", "one-step"))
    assert "-0.0000" not in told


def test_command_on_one_decision(tmp_path, bodies, capsys):
    """Of one visitor nobody knows how much visitors differ."""
    path = tmp_path / "log.ndjson"
    one = next(body for body in bodies if len(body["eligible"]) > 1 and body["served"])
    path.write_bytes(orjson.dumps({**one, "ghost": None}) + b"\n")

    assert main(["evaluate", str(path), "--policy", "logged"]) == 3

    assert "(se unknown)" in capsys.readouterr().out


def test_wrong_site(simulated):
    """A site that the log does not hold is wrong use."""
    arguments = ["evaluate", str(simulated), "--policy", "uniform", "--site", "pk_no"]

    assert main(arguments) == 2
