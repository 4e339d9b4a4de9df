"""Messages to other systems of a shop, signed as Standard Webhooks 1.0 asks for.

A receiver checks `webhook-signature` with any library of that standard: the secret of
`engage keys hook`, the raw body, the headers `webhook-id` and `webhook-timestamp`.

Reference: https://www.standardwebhooks.com (specification 1.0).
"""

# Rules of this file: pure; salt and time are arguments. The same fact has the same id
# whenever it is told.

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from typing import Any, Final, NamedTuple

import orjson

from engage.clock import rfc3339
from engage.hooking import NewsKind

_MARK: Final = "whsec_"


class News(NamedTuple):
    """One fact to be told.

    Attributes:
        id: the same whenever this fact is told; receivers tell repeats by it.
        body: JSON: `type`, `timestamp` (RFC 3339, when it happened), `site`, `data`.
    """

    id: str
    body: bytes


def news(
    kind: NewsKind, data: dict[str, Any], *, site: str, at_s: float, offset: int
) -> News:
    """Return a message about one record of the journal.

    Args:
        kind: what is told.
        data: plain data about it.
        site: key of the shop.
        at_s: when it happened, epoch seconds.
        offset: the record's place in the journal, which makes the id with its time.

    >>> told = news("settled", {"value": 4.2}, site="pk", at_s=1.5, offset=7)
    >>> told.id
    'msg_pk_7_1500_settled'
    >>> told.body.decode()[:54]
    '{"type":"settled","timestamp":"1970-01-01T00:00:01.500'
    """
    told = {"type": kind, "timestamp": rfc3339(at_s), "site": site, "data": data}
    # With the time: a journal that an older backup replaced counts on from there.
    at_ms = round(at_s * 1_000)
    return News(f"msg_{site}_{offset}_{at_ms}_{kind}", orjson.dumps(told))


def hook_secret(salt: bytes, *, site: str, hook: str) -> str:
    """Return the secret of a hook: `whsec_` and 256 bits in base64.

    It follows from the site's salt, so there is nothing more to keep; it leads back
    neither to the salt nor to another hook's secret.

    >>> hook_secret(b"salt" * 4, site="pk", hook="mail")
    'whsec_DtGbyKmvqeDMHuEjiJ5I8g6ra/NI3AZbcvnIbjtROXc='
    """
    key = hmac.digest(salt, f"hook|{site}|{hook}".encode(), "sha256")
    return f"{_MARK}{b64encode(key).decode()}"


def signed(told: News, *, secret: str, at_s: float) -> dict[str, str]:
    """Return the headers that prove a message ours, sent at `at_s` epoch seconds."""
    sent_s = str(int(at_s))
    content = b".".join((told.id.encode(), sent_s.encode(), told.body))
    key = b64decode(secret.removeprefix(_MARK))
    proof = b64encode(hmac.digest(key, content, "sha256")).decode()
    return {
        "webhook-id": told.id,
        "webhook-timestamp": sent_s,
        "webhook-signature": f"v1,{proof}",
        "content-type": "application/json",
    }
