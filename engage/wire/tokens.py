"""Decision tokens: proof that an outcome is about a decision we gave to this session.

A token carries the action and when the card expires, and an HMAC-SHA256 over both, the
decision and the session; so it can be checked without looking anything up.
"""

# Rules of this file: pure; the salt is an argument. A token never expires as a proof:
# a late outcome is late, not forged, and the caller decides what that means.

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from typing import NamedTuple

from engage.errors import Unauthorised

# Whole milliseconds in hexadecimal, the action, 128 bits of the code.
_TOKEN = re.compile(r"([0-9a-f]{1,12})\.([A-Za-z0-9_.:-]{1,64})\.([A-Za-z0-9_-]{22})")
_CODE_BYTES = 16


class Claim(NamedTuple):
    """What a valid token says: the action sent, and until when it may be shown."""

    action: str
    expires_at_s: float


def token_for(
    salt: bytes, decision_id: str, *, session: str, action: str, expires_at_s: float
) -> str:
    """Return the token that goes out with a decision.

    Args:
        salt: the site's secret, at least 16 bytes.
        decision_id: the decision the token proves.
        session: the only session it is good for.
        action: what was decided.
        expires_at_s: epoch seconds, kept to the millisecond.

    >>> token = token_for(b"salt" * 4, "d_1", session="s_1", action="similar",
    ...                   expires_at_s=1_763_720_100.5)
    >>> check_token(b"salt" * 4, token, decision_id="d_1", session="s_1")
    Claim(action='similar', expires_at_s=1763720100.5)
    """
    claim = f"{round(expires_at_s * 1000):x}.{action}"
    return f"{claim}.{_code(salt, claim, decision_id=decision_id, session=session)}"


def check_token(salt: bytes, token: str, *, decision_id: str, session: str) -> Claim:
    """Return what `token` claims, once it is proven to be ours.

    Raises:
        Unauthorised: forged, or made for another decision or session.
    """
    match = _TOKEN.fullmatch(token)
    if match:
        expires, action, given = match.groups()
        code = _code(
            salt, f"{expires}.{action}", decision_id=decision_id, session=session
        )
        if hmac.compare_digest(code, given):
            return Claim(action, int(expires, 16) / 1000)
    raise Unauthorised(
        f"token must be the one given with decision {decision_id}", field="token"
    )


def _code(salt: bytes, claim: str, *, decision_id: str, session: str) -> str:
    # The first word keeps tokens apart from everything else the salt is used for; no
    # id contains a bar, so no two inputs spell the same text.
    text = f"token|{decision_id}|{session}|{claim}"
    digest = hmac.digest(salt, text.encode(), "sha256")[:_CODE_BYTES]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
