"""Mutants: the golden messages of both suites, broken in every way we know.

A generator that only knows the schema seldom gets past the first check. These start
from messages that are right and change a little: a value, a key, a byte, a header.
"""

# Rules of this file: everything comes from one seeded generator; a mutant is plain
# data, so that a finding can be written down and sent again.

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from fuzz_hooks import settle
from fuzz_service import KEYS, ORIGIN

GOLDEN = Path(__file__).parents[1] / "tests/wire"
# What number, text and structure can be at their worst.
NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -(2**63) - 1, 10**400,
    0.1, -0.0, 5e-324, 1e308, "", " ", "0", "-1", "NaN", "1e999", "١٢", "x" * 65,
    "x" * 501, "x" * 3_000, "\x00", "a\nb", "\u2028", "\ufeff", "\U0001f3b8", "../..",
    "'; drop table decisions; --", "<img src=x onerror=alert(1)>", "{{7*7}}", "%s%n",
    "https://evil.example/", "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", [], {},
    [[]], [None], [0] * 200, {"": ""}, {"a": {"b": {"c": []}}},
)  # fmt: skip
# Spellings that no JSON writer makes; they replace a marker in the finished text.
RAW = (
    b"NaN", b"-Infinity", b"1e999", b"-1e999", b"01", b"1.", b".5", b"+1", b"0x10",
    b'"\\ud800"', b'"\\udfff\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b"'x'", b"//",
    b"[" * 900 + b"]" * 900, b"[" * 9_000, b'{"a":' * 2_000, b"9" * 5_000,
)  # fmt: skip
_MARK = "\x1a"
_ROUTES = (
    ("beacon.", "POST", "/v1/beacons"),
    ("order", "POST", "/v1/orders"),
    ("refund", "POST", "/v1/orders"),
    ("group", "PUT", "/v1/chat/groups/guitars"),
    ("catalog_item", "PUT", "/v1/catalog/items/{}"),
    ("feed_line", "POST", "/v1/catalog"),
    ("codes.json", "POST", "/v1/discounts/codes"),
    ("redeem", "POST", "/v1/discounts/AUTUMN-{}/redeem"),
    ("confirm", "POST", "/v1/decisions/d_unknown/confirm"),
)
_HEADERS = (
    {"Content-Type": "text/html"},
    {"Content-Type": "application/json; charset=utf-16"},
    {"Content-Encoding": "br"},
    {"Content-Encoding": "gzip, gzip"},
    {"Origin": "null"},
    {"Origin": "https://shop.example.evil.com"},
    {"Authorization": "Bearer x"},
    {"Sec-GPC": "1"},
    {"Prefer": "engage-result"},
    {"X-Forwarded-For": "::, 1.2.3, \u00ff"},
)
_QUERIES = (
    "/v1/decisions?limit={}",
    "/v1/decisions?since={}",
    "/v1/decisions?cursor={}",
    "/v1/visitors/{}",
    "/v1/preview/returns?site=pk_fuzz&token={}",
    "/v1/decisions/{}/confirm",
    "/sdk/{}/engage.js",
)


class Card(NamedTuple):
    """A decision that the service really made, and whose it is."""

    decision: str
    token: str
    visitor: str
    session: str


class Mutant(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


def mutants(seed: int, *, cards: Sequence[Card]) -> Iterator[Mutant]:
    """Yield mutants without end.

    Args:
        seed: the same one gives the same mutants as long as `cards` are the same.
        cards: what was decided so far, for outcomes that get past the token; may grow.
    """
    luck = random.Random(seed)
    messages = [
        (method, path, settle(orjson.loads(file.read_bytes())["message"]))
        for file in sorted(GOLDEN.glob("*.json"))
        for prefix, method, path in _ROUTES
        if file.name.startswith(prefix) and "answer" not in file.name
    ]
    while True:
        if luck.random() < 0.05:
            yield _query(luck)
            continue
        method, path, message = luck.choice(messages)
        plain = orjson.loads(orjson.dumps(message))
        _settle(luck, plain, cards)
        yield _mutant(luck, method, path.format(luck.randrange(12)), plain)


def _query(luck: random.Random) -> Mutant:
    text = str(luck.choice(NASTY))
    safe = "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
    path = luck.choice(_QUERIES).format(safe[:3_000])
    return Mutant(luck.choice(("GET", "DELETE", "POST", "PATCH")), path, KEYS, b"")


def _settle(luck: random.Random, plain: Any, cards: Sequence[Card]) -> None:
    """Give a beacon a visitor, a number and, for outcomes, a true token."""
    if "seq" not in plain:
        return
    number = luck.randrange(200)
    plain |= {"seq": luck.randrange(10_000), "visitor": f"v_{number}"}
    plain["session"] = f"s_{number}"
    if luck.random() < 0.2:
        plain["events"].append({"name": "ask"})
    for event in plain["events"]:
        if "token" in event and cards and luck.random() < 0.8:
            card = luck.choice(cards)
            event |= {"decision": card.decision, "token": card.token}
            plain |= {"visitor": card.visitor, "session": card.session}


def _mutant(luck: random.Random, method: str, path: str, plain: Any) -> Mutant:
    raw = luck.choice(RAW) if luck.random() < 0.1 else None
    for _ in range(luck.choice((0, 0, 1, 1, 1, 2, 3))):
        plain = _change(luck, plain, luck.choice(NASTY))
    if raw is not None:
        plain = _change(luck, plain, _MARK)
    body = _text(plain)
    if raw is not None:
        body = body.replace(b'"\\u001a"', raw)
    headers = {"Content-Type": "application/json", "Origin": ORIGIN, **KEYS}
    if path == "/v1/catalog":
        headers["Content-Type"] = luck.choice(
            ("application/x-ndjson", "application/xml", "text/tab-separated-values")
        )
    if luck.random() < 0.1:
        headers |= luck.choice(_HEADERS)
    if luck.random() < 0.2:
        body = _bytes(luck, body)
    if luck.random() < 0.15:
        body, headers = _packed(luck, body), {**headers, "Content-Encoding": "gzip"}
    return Mutant(method, path, headers, body)


def _text(plain: Any) -> bytes:
    """Return JSON as a lenient writer would write it: any integer, lone surrogates."""
    if isinstance(plain, dict):
        pairs = [_text(key) + b":" + _text(value) for key, value in plain.items()]
        return b"{" + b",".join(pairs) + b"}"
    if isinstance(plain, list):
        return b"[" + b",".join(_text(one) for one in plain) + b"]"
    if isinstance(plain, int) and not isinstance(plain, bool):
        return str(plain).encode()
    return orjson.dumps(plain)


def _change(luck: random.Random, plain: Any, value: Any) -> Any:
    """Return the message with one node replaced, left out, doubled or added."""
    spots = list(_spots(plain))
    # A copy: what is put in may itself be changed next.
    value = deepcopy(value)
    if not spots:
        return value
    holder, key = luck.choice(spots)
    how = luck.random()
    if how < 0.7:
        holder[key] = value
    elif how < 0.85:
        del holder[key]
    elif isinstance(holder, list):
        holder.extend([holder[key]] * luck.choice((1, 30, 300)))
    else:
        holder[luck.choice(("", "extra", "__proto__", "name", "item"))] = value
    return plain


def _spots(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (container, key) of a message."""
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from _spots(node[key])


def _bytes(luck: random.Random, body: bytes) -> bytes:
    """Return the body with bytes cut off, changed, put in or doubled."""
    at, until = sorted(luck.choices(range(len(body) + 1), k=2))
    return luck.choice(
        (
            body[:at],
            body[at:],
            body[:at] + luck.randbytes(luck.randrange(1, 9)) + body[at:],
            body[:at] + body[until:],
            body + body[at:until],
            b"\xef\xbb\xbf" + body,
            body.decode("utf-8", "replace").encode("utf-16"),
            b"\x00" * luck.randrange(1, 99) + body,
        )
    )


def _packed(luck: random.Random, body: bytes) -> bytes:
    """Return the body compressed: well, cut off, twice, as a bomb, by another way."""
    packed = gzip.compress(body, 1)
    at = luck.randrange(len(packed))
    return luck.choice(
        (
            packed,
            packed[:at],
            packed * 2,
            packed + b"\x00",
            packed[:at] + luck.randbytes(1) + packed[at + 1 :],
            gzip.compress(b"[" * luck.choice((60_000, 70_000, 8_000_000)), 9),
            gzip.compress(packed),
            zlib.compress(body),
            body,
        )
    )
