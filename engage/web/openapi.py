"""The API's own description, made from the messages that are really decoded."""

# Rules of this file: shapes come from the wire layer's types; only paths and words are
# written here.

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import orjson

from engage import __version__
from engage.wire import decision as out
from engage.wire import shop
from engage.wire.beacon import Beacon
from engage.wire.catalog import CatalogMessage
from engage.wire.orders import OrderMessage, RefundMessage
from engage.wire.problem import Problem

_PROBLEM = {
    "description": "A problem",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    },
}
_KEY: list[dict[str, list[str]]] = [{"serverKey": []}]


@cache
def description() -> bytes:
    """Return the OpenAPI 3.1 document as JSON."""
    types = (
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
    _, schemas = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    document = {
        "openapi": "3.1.0",
        "info": {"title": "engage", "version": __version__},
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"serverKey": {"type": "http", "scheme": "bearer"}},
        },
    }
    return orjson.dumps(document)


def _operation(
    summary: str,
    *,
    body: str | None = None,
    answers: dict[str, str],
    schema: str | None = None,
    is_server: bool = True,
    parameters: tuple[str, ...] = (),
    query: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Return one operation; `body` and `schema` name components."""
    responses: dict[str, Any] = {
        status: {"description": text} for status, text in answers.items()
    }
    if schema is not None:
        responses["200"]["content"] = _json_of(schema)
    responses["default"] = _PROBLEM
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _json_of(body)}
    if is_server:
        operation["security"] = _KEY
    where = [(name, "path") for name in parameters] + [(n, "query") for n in query]
    operation["parameters"] = [
        {
            "name": name,
            "in": place,
            "required": place == "path",
            "schema": {"type": "string"},
        }
        for name, place in where
    ]
    return operation


def _json_of(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _paths() -> dict[str, Any]:
    kept, none = {"202": "Durable"}, {"204": "Done"}
    return {
        "/v1/beacons": {
            "post": _operation(
                "Send behaviour; a decision may come back",
                body="Beacon",
                answers={"200": "A decision, or cards to take down", "204": "Nothing"},
                schema="Answer",
                is_server=False,
            )
        },
        "/v1/decisions/{id}/confirm": {
            "post": _operation(
                "Ask whether a card is still good",
                body="Confirm",
                answers={"200": "It is"},
                is_server=False,
                parameters=("id",),
            )
        },
        "/v1/orders": {
            "post": _operation(
                "Report an order or refund",
                body="OrderMessage",
                answers={**kept, "200": "An exact repeat"},
            )
        },
        "/v1/chat/groups/{group}": {
            "put": _operation(
                "Say who is there to chat",
                body="GroupStatus",
                answers=none,
                parameters=("group",),
            )
        },
        "/v1/catalog/items/{id}": {
            "put": _operation(
                "Put one product",
                body="CatalogMessage",
                answers=none,
                parameters=("id",),
            )
        },
        "/v1/catalog": {"post": _operation("Send a feed", answers=kept)},
        "/v1/discounts/codes": {
            "post": _operation("Add codes", body="Codes", answers=kept)
        },
        "/v1/discounts/{code}/redeem": {
            "post": _operation(
                "Redeem a code once",
                body="RedeemMessage",
                answers={"200": "Redeemed, now or before for the same order"},
                parameters=("code",),
            )
        },
        "/v1/visitors/{id}": {
            "get": _operation(
                "Read everything held about a visitor",
                answers={"200": "Everything"},
                parameters=("id",),
            ),
            "delete": _operation("Erase a visitor", answers=none, parameters=("id",)),
        },
        "/v1/decisions": {
            "get": _operation(
                "Read the decision log, oldest first, as NDJSON",
                answers={"200": "Records"},
                query=("since", "until", "limit", "cursor"),
            )
        },
    }
