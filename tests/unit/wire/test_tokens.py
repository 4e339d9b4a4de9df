"""A decision token proves one decision to one session, and nothing else."""

import pytest

from engage.errors import Unauthorised
from engage.wire.limits import is_id
from engage.wire.tokens import Claim, check_token, token_for

SALT = b"sixteen bytes or more"
AT_S = 1_763_720_100.123


def token(**changes):
    """Return a token of an ordinary decision."""
    parts = {"session": "s_1", "action": "autumn10", "expires_at_s": AT_S, **changes}
    return token_for(parts.pop("salt", SALT), parts.pop("decision", "d_1"), **parts)


def test_valid():
    """A token tells the action and when the card expires."""
    claim = check_token(SALT, token(), decision_id="d_1", session="s_1")

    assert claim == Claim(action="autumn10", expires_at_s=AT_S)


@pytest.mark.parametrize(
    "other",
    [{"salt": b"another shop's salt"}, {"decision": "d_2"}, {"session": "s_2"}],
)
def test_foreign(other):
    """A token of another site, decision or session proves nothing."""
    with pytest.raises(
        Unauthorised, match=r"^token must be the one given with decision d_1$"
    ):
        check_token(SALT, token(**other), decision_id="d_1", session="s_1")


@pytest.mark.parametrize("index", range(len(token())))
def test_forged(index):
    """A token with any character changed proves nothing."""
    good = token()
    other = "1" if good[index] != "1" else "2"

    with pytest.raises(Unauthorised):
        check_token(
            SALT,
            good[:index] + other + good[index + 1 :],
            decision_id="d_1",
            session="s_1",
        )


@pytest.mark.parametrize(
    "text", ["", ".", "..", "x", "ä.a.b", token() + "A", "0.." * 9]
)
def test_no_token(text):
    """What has not the form of a token is unauthorised, never an exception of ours."""
    with pytest.raises(Unauthorised):
        check_token(SALT, text, decision_id="d_1", session="s_1")


def test_late_is_not_forged():
    """A token stays a proof after its card expired; the caller judges the time."""
    claim = check_token(SALT, token(expires_at_s=1.0), decision_id="d_1", session="s_1")

    assert claim.expires_at_s == 1.0


def test_any_action_id_survives():
    """An action with every character an id may have comes back whole."""
    action = "A.b:c-d_9" * 7
    assert is_id(action)

    claim = check_token(SALT, token(action=action), decision_id="d_1", session="s_1")

    assert claim.action == action


def test_form():
    """The same decision gives the same token; it fits the contract's characters."""
    assert token() == token()
    assert is_id(token())
