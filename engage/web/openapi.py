"""The API's own description, made from the messages that are really decoded."""

# Rules of this file: shapes come from the wire layer's types; only paths and words are
# written here.

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from typing import Any

import msgspec
import orjson

from engage import __version__
from engage.web.shop import CURSOR_PATTERN, PAGE_LIMIT
from engage.wire import decision as out
from engage.wire import shop
from engage.wire.beacon import Beacon
from engage.wire.catalog import CatalogMessage
from engage.wire.events import SHOP_FIELDS
from engage.wire.limits import ID_PATTERN
from engage.wire.orders import OrderMessage, RefundMessage
from engage.wire.problem import Problem

_TYPES = (
    Beacon,
    OrderMessage,
    RefundMessage,
    shop.GroupStatus,
    shop.Codes,
    shop.RedeemMessage,
    CatalogMessage,
    out.Answer,
    out.Confirm,
    out.DecisionRecord,
    Problem,
)
_JSON = "application/json"
_NDJSON = "application/x-ndjson"
_FEED = (_NDJSON, "application/xml", "text/tab-separated-values")
_LIMITED = {"429": "Over a rate limit", "503": "Not ready"}
_UNREAD = {
    "408": "Body too slow",
    "413": "Too large, on the wire or inflated",
    "415": "Unknown media type or content encoding",
}
_ID = {"type": "string", "pattern": ID_PATTERN}
_TEXT: dict[str, Any] = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
# Parameters that are no ids in a path, no text in a query.
_PARAMETERS: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("since", "until"), _TIME),
    "limit": {"type": "integer", "minimum": 1, "maximum": PAGE_LIMIT},
    "cursor": {"type": "string", "pattern": CURSOR_PATTERN},
    "site": _ID,
    "code": _TEXT,
    "whole": {"type": "boolean"},
}


@cache
def description() -> bytes:
    """Return the OpenAPI 3.1 document as JSON."""
    _, schemas = msgspec.json.schema_components(
        _TYPES, ref_template="#/components/schemas/{name}"
    )
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "engage",
            "version": __version__,
            "description": "Behaviour in, decisions out. Every refusal is a problem "
            "document that names field, limit and value.",
        },
        "paths": {**_browser(), **_shop()},
        "components": {
            "schemas": _exact(schemas),
            "securitySchemes": {"serverKey": {"type": "http", "scheme": "bearer"}},
        },
    }
    return orjson.dumps(_portable(document))


def _exact(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the shapes, with what is asked of them beyond their types."""
    strict = [schemas[name]["properties"] for name in ("Consent", "Event")]
    for name, one in chain.from_iterable(fields.items() for fields in strict):
        if name in SHOP_FIELDS or one.get("default", 0) is not None:
            continue
        # An absent field is None to us, but nobody may send null for it.
        del one["default"]
        one["anyOf"] = [choice for choice in one["anyOf"] if choice != {"type": "null"}]
    return schemas


def _portable(node: Any) -> Any:
    """Return the document with patterns as every other language writes them."""
    if isinstance(node, dict):
        return {
            key: value.replace(r"\Z", "$")
            if key == "pattern" and isinstance(value, str)
            else _portable(value)
            for key, value in node.items()
        }
    return [_portable(one) for one in node] if isinstance(node, list) else node


def _ref(*names: str) -> dict[str, Any]:
    refs = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    return refs[0] if len(refs) == 1 else {"anyOf": refs}


def _content(schema: dict[str, Any], *media: str) -> dict[str, Any]:
    return {one: {"schema": schema} for one in media}


_TAKEN = {
    "200": "A decision, or cards to take down",
    "204": "Nothing to do",
    "401": "A decision's token is forged or another session's",
    "403": "Unknown site, or an origin that is not its own",
}
_DONE, _DURABLE = {"204": "Done"}, {"202": "Durable"}
_SHOP: list[tuple[str, str, str, dict[str, str], dict[str, Any] | None]] = [
    (
        "post",
        "/v1/orders",
        "Report an order or refund",
        {**_DURABLE, "200": "An exact repeat", "409": "Other content"},
        _content(_ref("OrderMessage", "RefundMessage"), _JSON),
    ),
    (
        "put",
        "/v1/chat/groups/{group}",
        "Say who is there to chat",
        _DONE,
        _content(_ref("GroupStatus"), _JSON),
    ),
    (
        "put",
        "/v1/catalog/items/{id}",
        "Put one product",
        {**_DONE, "409": "The catalogue is full"},
        _content(_ref("CatalogMessage"), _JSON),
    ),
    (
        "post",
        "/v1/catalog",
        "Send a feed; `whole`: what it leaves out is out of stock; a line may be an id",
        {"202": "Durable, with the lines that were refused"},
        _content({"type": "string"}, *_FEED),
    ),
    (
        "post",
        "/v1/discounts/codes",
        "Add codes to a pool",
        _DURABLE,
        _content(_ref("Codes"), _JSON),
    ),
    (
        "post",
        "/v1/discounts/{code}/redeem",
        "Redeem a code once",
        {
            "200": "Redeemed, now or before for the same order",
            "404": "No pool has it",
            "409": "Redeemed by another order",
            "410": "No longer valid",
        },
        _content(_ref("RedeemMessage"), _JSON),
    ),
    (
        "get",
        "/v1/visitors/{id}",
        "Read everything held about a visitor",
        {"200": "Everything", "404": "Nothing is held"},
        None,
    ),
    ("delete", "/v1/visitors/{id}", "Erase a visitor", _DONE, None),
]


def _operation(
    path: str,
    summary: str,
    *,
    answers: dict[str, str],
    body: dict[str, Any] | None = None,
    shows: dict[str, Any] | None = None,
    is_server: bool = True,
    query: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return one operation.

    Args:
        path: its placeholders become parameters.
        summary: one sentence.
        answers: status and meaning; refusals are added.
        body: the content of the request.
        shows: the content of the first answer.
        is_server: the server key is needed.
        query: parameters that may be left out.
    """
    refused = {"400": "Shape or limit", **(_UNREAD if body else {}), **_LIMITED}
    if is_server:
        refused["401"] = "Missing or wrong server key"
    problem = {"content": _content(_ref("Problem"), "application/problem+json")}
    responses: dict[str, Any] = {
        status: {"description": text, **({} if status < "400" else problem)}
        for status, text in {**answers, **refused, "default": "A problem"}.items()
    }
    if shows is not None:
        responses[next(iter(answers))]["content"] = shows
    named = [(name, "path") for name in re.findall(r"{(\w+)}", path)]
    return {
        "summary": summary,
        "responses": responses,
        "parameters": [
            {
                "name": name,
                "in": place,
                "required": place == "path",
                "schema": _PARAMETERS.get(name, _ID if place == "path" else _TEXT),
            }
            for name, place in [*named, *((name, "query") for name in query)]
        ],
        **({"requestBody": {"required": True, "content": body}} if body else {}),
        **({"security": [{"serverKey": []}]} if is_server else {}),
    }


def _browser() -> dict[str, Any]:
    """Return what browsers call."""
    beacons, confirm = "/v1/beacons", "/v1/decisions/{id}/confirm"
    preview = "/v1/preview/{id}"
    answer = _content(_ref("Answer"), _JSON)
    return {
        beacons: {
            "post": _operation(
                beacons,
                "Send behaviour; a decision may come back",
                body=_content(_ref("Beacon"), _JSON, "text/plain"),
                answers=_TAKEN,
                shows=answer,
                is_server=False,
            )
        },
        confirm: {
            "post": _operation(
                confirm,
                "Ask whether a card is still good",
                body=_content(_ref("Confirm"), _JSON, "text/plain"),
                answers={
                    "200": "It is",
                    "401": "Not the decision's token",
                    "403": "An origin that is not the site's own",
                    "404": "Unknown",
                    "409": "It is not",
                },
                is_server=False,
            )
        },
        preview: {
            "get": _operation(
                preview,
                "Show one intervention to who has a signed token",
                answers={
                    "200": "The card",
                    "401": "Forged or out of date",
                    "403": "Unknown site, or an origin that is not its own",
                    "404": "No such intervention",
                },
                shows=answer,
                is_server=False,
                query=("site", "token", "locale"),
            )
        },
    }


def _shop() -> dict[str, Any]:
    """Return what the shop's server calls."""
    paths: dict[str, Any] = {}
    for method, path, summary, answers, body in _SHOP:
        query = ("whole",) if path == "/v1/catalog" else ()
        operation = _operation(path, summary, answers=answers, body=body, query=query)
        paths.setdefault(path, {})[method] = operation
    log = "/v1/decisions"
    paths[log] = {
        "get": _operation(
            log,
            "Read the decision log, by the time of the draw, one record a line",
            answers={"200": "Records; Link rel=next leads to the next page"},
            shows=_content(_ref("DecisionRecord"), _NDJSON),
            query=("since", "until", "limit", "cursor"),
        )
    }
    return paths
