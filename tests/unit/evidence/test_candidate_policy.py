"""A candidate's file as a target: what it would have done after its training."""

from contextlib import closing
from dataclasses import replace

import pytest

from engage.errors import BadRequest, EvidenceRefused, SnapshotRejected
from engage.evidence.decision_log import open_log
from engage.evidence.offpolicy.policies import asked, target_of
from engage.evidence.offpolicy.rows import rows_of
from engage.learning.candidates import Candidate
from engage.settings import LearnerSettings, PolicySettings


def decided(bodies):
    """Return a decision between several actions that a snapshot made."""
    return next(
        b for b in bodies if b["snapshot"] and len(b["eligible"]) > 2 and not b["ghost"]
    )


@pytest.fixture
def write(simulated, bodies, tmp_path):
    """Return a function that writes a candidate of a decision's own snapshot."""
    with closing(open_log(simulated)) as log:
        own = log.snapshot("pk_demo", decided(bodies)["snapshot"])

    def written(policy=None, *, site="pk_demo", at_s=own.at_s):
        candidate = Candidate(
            card={},
            site=site,
            learner=LearnerSettings(),
            policy=policy or PolicySettings(),
            snapshot=replace(own, at_s=at_s),
            state={},
        )
        file = tmp_path / "candidate.json"
        file.write_bytes(candidate.encode())
        return target_of(f"candidate:{file}", find=lambda _: None)

    return written


def test_its_models(write, bodies):
    """With models and settings of who decided it gives the logged distribution."""
    body = decided(bodies)

    assert asked(write(), body) == pytest.approx(body["distribution"], abs=1e-9)


def test_its_settings(write, bodies):
    """It explores as its own recipe says, not as the service did."""
    body = decided(bodies)
    even = asked(write(PolicySettings(policy="uniform")), body)

    assert even == pytest.approx(dict.fromkeys(body["eligible"], 1 / len(even)))


def test_after_its_training(write, bodies):
    """Only later decisions are evidence about it; without any there is none."""
    whole = rows_of(bodies, write(at_s=0.0))
    times_s = sorted(whole.at_s.tolist())
    half_s = times_s[len(times_s) // 2]

    assert rows_of(bodies, write(at_s=half_s)).at_s.min() > half_s
    with pytest.raises(EvidenceRefused, match="before the policy's training ended"):
        rows_of(bodies, write(at_s=times_s[-1]))


def test_of_another_shop(write, bodies):
    """A candidate of another shop is no policy of this one."""
    with pytest.raises(BadRequest, match=r"is of pk_other, not pk_demo$"):
        asked(write(site="pk_other"), decided(bodies))


def test_no_candidate(tmp_path):
    """What is not there, or no candidate, is refused by name."""
    file = tmp_path / "candidate.json"
    with pytest.raises(BadRequest, match=r"cannot be read: No such file"):
        target_of(f"candidate:{file}", find=lambda _: None)
    file.write_text("{}")
    with pytest.raises(SnapshotRejected, match=r"^candidate is unreadable"):
        target_of(f"candidate:{file}", find=lambda _: None)
