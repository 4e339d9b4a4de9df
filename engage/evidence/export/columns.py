"""The tables of an export: every column with its type, unit and meaning, once.

`docs/EXPORT.md` is made from this table, files are written by it, and a test holds the
three together.
"""

# Rules of this file: values only. Decisions keep the contract's names. No column holds
# a visitor's id, a discount code or a token.

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from engage.visits.features import NAMES

Type = Literal[
    "text",
    "day",
    "time",
    "whole",
    "number",
    "flag",
    "texts",
    "numbers by name",
    "texts by name",
    "scores",
    "features",
    "draw",
    "outcomes",
    "items",
    "json",
]
"""What a column holds; how each is written stands in `TYPES`."""

TYPES: Final = MappingProxyType(
    {
        "text": ("string", "string"),
        "day": ("dictionary<string>", "string"),
        "time": ("timestamp(ms, UTC)", "string, RFC 3339"),
        "whole": ("int64", "number"),
        "number": ("double", "number"),
        "flag": ("bool", "true or false"),
        "texts": ("list<string>", "array"),
        "numbers by name": ("map<string, double>", "object"),
        "texts by name": ("map<string, string>", "object"),
        "scores": ("struct of doubles: hesitation, dwell, intent", "object"),
        "features": ("struct of doubles, one a feature", "object"),
        "draw": (
            "struct: distribution map<string, double>, action, propensity double",
            "object",
        ),
        "outcomes": (
            "list of structs: five texts and more string, value double, rating int64",
            "array of objects",
        ),
        "items": ("list of structs: item_id string, quantity double", "array"),
        "json": ("string, JSON", "any"),
    }
)
"""How a type is written: in Parquet, and in NDJSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an exported table.

    Attributes:
        unit: empty where there is none.
        meaning: in words; says when it is null.
    """

    name: str
    type: Type
    unit: str = ""
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One exported table; a row is kept with the UTC day of `by`."""

    name: str
    row: str
    by: str
    columns: tuple[Column, ...]


def _c(name: str, kind: Type, meaning: str, unit: str = "") -> Column:
    return Column(name=name, type=kind, unit=unit, meaning=meaning)


_P: Final = "probability"
_MONEY: Final = "currency of the site"
_SITE: Final = _c("site", "text", "key of the shop")
_SUBJECT: Final = _c(
    "subject",
    "text",
    "random key that stands for the visitor; the same in every table",
)

DECISIONS: Final = Table(
    name="decisions",
    row="one draw, as `GET /v1/decisions` returns it",
    by="at",
    columns=(
        _c("decision", "text", "id"),
        _SITE,
        _c("at", "time", "when it was decided"),
        _c("visitor", "text", "always null: exports carry the subject only"),
        _SUBJECT,
        _c("session", "text", "id"),
        _c("tab", "text", "id of the page load"),
        _c("seq", "whole", "number of the beacon in its tab"),
        _c("group", "text", "`treatment` or `holdout`"),
        _c("holdout_share", "number", "of being held out, when assigned", _P),
        _c("mode", "text", "`learned`, `rules` or `shadow`"),
        _c("served", "flag", "false: shadow or backfill, no evidence of anything"),
        _c("moment", "text", "what made it a moment"),
        _c("trigger_p", "number", "that this moment asked", _P),
        _c("withheld", "texts", "moments detected and withheld at random"),
        _c("near", "texts", "moments missed by little"),
        _c("visit_index", "whole", "the visitor's sessions, from 1"),
        _c("network", "whole", "bucket of the visit's network, today's; 0: none"),
        _c("first_ever", "flag", "the visitor's first moment: lift starts here"),
        _c("previous", "texts", "earlier decisions of the visitor"),
        _c("open", "texts", "those whose short window was still open"),
        _c("scores", "scores", "before anything later was learned; null: unknown", _P),
        _c("features", "features", "the vector it was decided on; table below"),
        _c("page", "text", "kind of page"),
        _c("item", "text", "product looked at; null: none"),
        _c("category", "text", "of that product"),
        _c("segment", "text", "`new returning loyal business`"),
        _c("device", "text", "`desktop phone unknown`"),
        _c("stake", "number", "margin of what the visitor would buy", _MONEY),
        _c("eligible", "texts", "actions the gates left, `none` first"),
        _c("refused", "texts by name", "reason by action taken away"),
        _c("predictions", "numbers by name", "uplift over `none` by action", _MONEY),
        _c("proposed", "text", "what the shop's own rules proposed"),
        _c("distribution", "numbers by name", "of the draw, by eligible action", _P),
        _c("action", "text", "drawn and carried out"),
        _c("kind", "text", "`none chat discount alternative help`"),
        _c("propensity", "number", "of the action in this draw, > 0", _P),
        _c("draw", "number", "the number in [0, 1) that chose"),
        _c("ghost", "draw", "holdout and shadow: the draw not carried out; else null"),
        _c("policy", "text", "what gave the distribution"),
        _c("exploration", "json", "its settings and state"),
        _c("snapshot", "whole", "number of the models that predicted"),
        _c("trained_to", "whole", "journal offset that they had learned up to"),
        _c("challenger_share", "number", "of the visitors, then; null: no trial", _P),
        _c("clip", "number", "reward at which the model clips; null: none", _MONEY),
        _c("inputs", "json", "agents, prices, budgets (cents), codes, items, as read"),
        _c("versions", "json", "of the configuration and of each intervention"),
        _c("promised", "number", "what a code takes off then; null: none", _MONEY),
        _c("card", "json", "what was answered; null: no card"),
        _c("outcomes", "outcomes", "what happened, in order; `value` in " + _MONEY),
        _c("reward", "number", "target at the short close; null: open", _MONEY),
        _c("closed_at", "time", "of the short close; null: open"),
        _c("value", "number", "money at the long close; null: open", _MONEY),
        _c("settled_at", "time", "of the long close; null: open"),
        _c("more", "json", "fields this table does not know (in NDJSON: beside them)"),
    ),
)

OUTCOMES: Final = Table(
    name="outcomes",
    row="one thing that happened to one decision; an order once a decision it counts "
    "for: take money from `orders`",
    by="recorded_at",
    columns=(
        _SITE,
        _c("decision", "text", "id"),
        _SUBJECT,
        _c("name", "text", "`shown clicked dismissed expired chat_started order ...`"),
        _c("at", "time", "when it happened"),
        _c("recorded_at", "time", "when it was recorded"),
        _c("by", "text", "how a card was dismissed"),
        _c("reason", "text", "why it was not shown"),
        _c("rating", "whole", "of a chat, 1 to 5"),
        _c("order_id", "text", "of an order or a refund"),
        _c("value_cents", "whole", "of an order or a refund", "cents"),
    ),
)

ORDERS: Final = Table(
    name="orders",
    row="one order, once, as the shop's server reported it",
    by="at",
    columns=(
        _SITE,
        _c("order_id", "text", "the shop's id"),
        _c("at", "time", "when it was placed"),
        _c("subject", "text", "whose it is; null: nobody knows"),
        _c("session", "text", "null: not said"),
        _c("joined_by", "text", "how the visitor was found; null: later, or never"),
        _c("value_cents", "whole", "paid for goods, after discount", "cents"),
        _c("margin_cents", "whole", "contribution after discount", "cents"),
        _c("discount_cents", "whole", "", "cents"),
        _c("currency", "text", "as reported; amounts are in the site's"),
        _c("has_code", "flag", "a discount code was used; codes are not exported"),
        _c("items", "items", "goods"),
    ),
)

REFUNDS: Final = Table(
    name="refunds",
    row="one refund of an order",
    by="at",
    columns=(
        _SITE,
        _c("order_id", "text", "the order"),
        _c("refund_id", "text", "the refund"),
        _c("at", "time", "when"),
        _c("subject", "text", "whose order it is; null: nobody knows"),
        _c("refund_cents", "whole", "paid back", "cents"),
        _c("currency", "text", "as reported; the amount is in the site's"),
    ),
)

SCORES: Final = Table(
    name="scores",
    row="what a scorer said of a visitor left alone, and what came true",
    by="at",
    columns=(
        _SITE,
        _c("scorer", "text", "`hesitation`, `intent` or `dwell`"),
        _c("at", "time", "when the label was known"),
        _c("opened_at", "time", "when it was predicted; null: not kept"),
        _SUBJECT,
        _c("session", "text", "id"),
        _c(
            "predicted",
            "number",
            "before the label was learned; of `dwell` the percentile of the view",
            _P,
        ),
        _c(
            "label",
            "number",
            "1: it came true, 0: it did not; of `dwell` the active seconds",
        ),
        _c("weight", "number", "1 over the probability of being left alone, capped"),
        _c("censored", "flag", "`dwell`: a card cut the view short; no evidence"),
        _c("view", "json", "`dwell`: page kind, category, price band, device"),
        _c("features", "features", "the vector scored; null for `dwell`"),
    ),
)

VISITOR_DAYS: Final = Table(
    name="visitor_days",
    row="the visitor ledger: sums of one visitor on one UTC day; kept longest",
    by="day",
    columns=(
        _SITE,
        _c("day", "day", "UTC, `2026-11-21`"),
        _SUBJECT,
        _c("group", "text", "`treatment` or `holdout`; null: had no moment"),
        _c("decisions", "whole", "", "count"),
        _c("orders", "whole", "", "count"),
        _c("revenue_cents", "whole", "paid for goods", "cents"),
        _c("margin_cents", "whole", "contribution", "cents"),
        _c("refunded_cents", "whole", "paid back of that day's orders, ever", "cents"),
    ),
)

EXPORTED: Final = MappingProxyType(
    {
        one.name: one
        for one in (DECISIONS, OUTCOMES, ORDERS, REFUNDS, SCORES, VISITOR_DAYS)
    }
)
"""Every table of an export by its name."""

FEATURE_FIELDS: Final = NAMES
"""Fields of a `features` column, in order."""
SCORE_FIELDS: Final = ("hesitation", "dwell", "intent")
OUTCOME_TEXTS: Final = ("name", "at", "by", "reason", "order")
