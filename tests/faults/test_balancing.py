"""The balance of the books finds what is wrong in them."""

import pytest

from engage.clock import rfc3339
from tests.faults.balancing import invited_to_nobody
from tests.faults.fleet import CHAT, GROUP

# Said at, acknowledged at, free agents.
LEVELS = [(100.0, 101.0, 3), (110.0, 111.0, 0), (112.0, 113.0, 0), (120.0, 121.0, 2)]


def invited(at_s, *, free=1, action=CHAT):
    """Return a decision for a chat."""
    inputs = {"free_agents": {GROUP: free}}
    row = {"decision": "d_1", "action": action, "at": rfc3339(at_s)}
    return {**row, "inputs": inputs}


@pytest.mark.parametrize(
    ("at_s", "answered_s", "is_wrong"),
    [
        (105.0, 105.1, False),
        # Said, but not acknowledged: the former level may hold.
        (110.5, 110.6, False),
        (111.5, 111.6, True),
        (118.0, 119.9, True),
        # It waited, and somebody was there when it was decided.
        (118.0, 120.1, False),
        (125.0, 125.1, False),
    ],
)
def test_by_time(at_s, answered_s, is_wrong):
    """An invitation is wrong when whatever could hold then says that nobody is free."""
    found = invited_to_nobody(LEVELS, [invited(at_s)], answered_s={"d_1": answered_s})

    assert bool(found) is is_wrong


def test_by_its_own_record():
    """An invitation is wrong when its own record has no agent; other offers never."""
    alone, other = invited(105.0, free=0), invited(115.0, free=0, action="none")

    assert invited_to_nobody(LEVELS, [alone], answered_s={}) == ["d_1"]
    assert invited_to_nobody(LEVELS, [other], answered_s={}) == []
