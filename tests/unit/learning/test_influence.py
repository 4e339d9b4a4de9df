"""Nobody moves a model by being busy: caps by session and by network."""

import random

import orjson

from engage.deciding.networks import BUCKETS, SPAN
from engage.learning.influence import MOST_SESSIONS, Influence
from engage.settings import LearnerSettings


def test_influence_is_bounded():
    """No more sessions are remembered than the bound says; the oldest goes."""
    caps = Influence(LearnerSettings(session_decisions=1))
    for number in range(MOST_SESSIONS + 1):
        caps.admits({"session": f"s_{number}"}, "decision")

    assert len(caps.sessions) == MOST_SESSIONS
    assert caps.admits({"session": "s_0"}, "decision")
    assert not caps.admits({"session": f"s_{MOST_SESSIONS}"}, "decision")
    assert caps.heard == {"learned": MOST_SESSIONS + 2, "session": 1}


def test_busy_session_is_remembered():
    """Of too many sessions the one that was silent longest goes, not the first one."""
    caps = Influence(LearnerSettings(session_decisions=1))
    for number in (*range(MOST_SESSIONS), 0, MOST_SESSIONS):
        caps.admits({"session": f"s_{number}"}, "decision")

    assert not caps.admits({"session": "s_0"}, "decision")
    assert "s_1" not in caps.sessions


def test_moments_are_decisions():
    """When to ask is the policy's, too: its moments have the cap of decisions."""
    caps = Influence(LearnerSettings(session_decisions=1, session_labels=2))
    found = {
        what: [caps.admits({"session": "s_1"}, what) for _ in range(3)]
        for what in ("decision", "moment", "intent")
    }

    assert found == {
        "decision": [True, False, False],
        "moment": [True, False, False],
        "intent": [True, True, False],
    }


def test_network_has_its_share():
    """Whatever one network sends, at most its share of any batch comes from it."""
    luck, caps = random.Random(5), Influence(LearnerSettings(network_share=0.01))
    learned = []
    for number in range(6 * SPAN):
        bucket = 7 if luck.random() < 0.5 else luck.randrange(100, BUCKETS)
        if caps.admits({"session": f"s_{number}", "network": bucket}, "decision"):
            learned.append(bucket)
    batches = [learned[at : at + SPAN] for at in range(len(learned) - SPAN)]

    assert max(batch.count(7) for batch in batches) == 5
    assert caps.heard["network"] > 2 * SPAN
    assert caps.lately["decision"].plain() == learned[-SPAN:]


def test_nobodys_network_is_no_network():
    """What comes from our own machines, or from a log, is never too much."""
    caps = Influence(LearnerSettings(network_share=0.002))

    assert all(caps.admits({"network": 0}, "dwell") for _ in range(3 * SPAN))
    assert all(caps.admits({}, "intent") for _ in range(3 * SPAN))


def test_influence_restored():
    """The caps go on where their state was taken."""
    caps = Influence(LearnerSettings())
    for number in range(2 * SPAN):
        caps.admits({"session": f"s_{number}", "network": number % 9}, "decision")
    other = Influence(LearnerSettings())
    other.restore(orjson.loads(orjson.dumps(caps.state())))
    more = [{"session": f"t_{n}", "network": n % 9} for n in range(SPAN)]

    assert [caps.admits(one, "decision") for one in more] == [
        other.admits(one, "decision") for one in more
    ]
