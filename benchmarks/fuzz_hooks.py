"""Schemathesis hooks: whatever names something names what the fuzzed shop knows.

Generated ids would meet nothing, and generated sites would all be refused at the door.
"""

# Rules of this file: only well-formed values are replaced; what was made wrong on
# purpose stays wrong.

from __future__ import annotations

import re
from typing import Any
from zlib import crc32

import schemathesis
from fuzz_service import ORIGIN, SITE

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
# Few ids, so that visits go on, orders repeat and refunds find their order.
_FEW = {
    "visitor": "v_{}",
    "session": "s_{}",
    "tab": "t_{}",
    "order_id": "A-{}",
    "refund_id": "R-{}",
    "item_id": "{}",
    "transaction_id": "A-{}",
    "group": "guitars",
    "pool": "autumn10",
    "site": SITE,
    "currency": "EUR",
}
_IN_PATHS = {
    "/v1/visitors/{id}": "v_{}",
    "/v1/discounts/{code}/redeem": "AUTUMN-{}",
    "/v1/catalog/items/{id}": "{}",
    "/v1/chat/groups/{group}": "guitars",
}
_MANY = 12


def known(pattern: str, value: str) -> str:
    """Return one of the few names of a kind; the same for the same value."""
    return pattern.format(crc32(value.encode()) % _MANY)


def settle(node: Any) -> Any:
    """Return the message with known names where well-formed ones stood."""
    if isinstance(node, list):
        return [settle(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: known(_FEW[key], value)
        if key in _FEW and isinstance(value, str) and _ID.fullmatch(value)
        else settle(value)
        for key, value in node.items()
    }


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Let bodies speak of this shop and of each other."""
    del context
    return settle(body)


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path: Any) -> Any:
    """Let paths lead to what exists."""
    pattern = _IN_PATHS.get(context.operation.path)
    if pattern is None or not isinstance(path, dict):
        return path
    return {
        name: known(pattern, value)
        if isinstance(value, str) and _ID.fullmatch(value)
        else value
        for name, value in path.items()
    }


@schemathesis.hook
def map_query(context: schemathesis.HookContext, query: Any) -> Any:
    """Let queries ask for this shop."""
    del context
    return settle(query) if query else query


@schemathesis.hook
def map_headers(context: schemathesis.HookContext, headers: Any) -> Any:
    """Send beacons from the shop's own pages, as browsers do."""
    if "beacons" in context.operation.path:
        return {**(headers or {}), "Origin": ORIGIN}
    return headers
