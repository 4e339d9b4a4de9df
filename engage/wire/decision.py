"""What goes out: the decision answer, and the decision record that is kept of it."""

# Rules of this file: field names are the contract's JSON names. A record is written
# whole, nulls included, so that every line of a log has the same columns; an answer
# leaves out what it has not, because it crosses a mobile network.

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from engage.errors import BadRequest
from engage.settings import Mode
from engage.wire.lenient import convert
from engage.wire.limits import Id, Share, Token
from engage.wire.plain import read_object
from engage.wire.tokens import Claim, check_token, token_for

__all__ = [
    "NONE",
    "Answer",
    "Claim",
    "Confirm",
    "Content",
    "ContentItem",
    "DecisionAnswer",
    "DecisionRecord",
    "Distribution",
    "Ghost",
    "OutcomeRecord",
    "Refusal",
    "check_token",
    "decode_confirm",
    "decode_record",
    "encode",
    "token_for",
]

T = TypeVar("T")

# The action that is always eligible, and its kind.
NONE = "none"

Probability = Annotated[float, Meta(ge=0, le=1)]
Propensity = Annotated[float, Meta(gt=0, le=1)]
Distribution = dict[str, Probability]
Refusal = Literal[
    "bot",
    "no_consent",
    "gpc",
    "not_targeted",
    "wrong_page",
    "wrong_moment",
    "wrong_segment",
    "outside_schedule",
    "capped",
    "cooling_down",
    "dismissed_before",
    "no_agent",
    "stale_agents",
    "no_stock",
    "no_alternative",
    "no_budget",
    "no_code",
    "thin_margin",
    "payment_step",
    "paused",
    "preview_only",
]

_encode = msgspec.json.Encoder().encode


class ContentItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A product on a card; `price` in units of `currency`."""

    item_id: str
    title: str
    link: str = ""
    image_link: str = ""
    price: float | None = None
    currency: str | None = None


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a card says; plain text, put into the page as text.

    Attributes:
        locale: of the texts, where it is another language than the page's.
        code: the single-use discount code, reserved before it was answered.
        href: where accepting leads.
        items: products to show.
        group: competence group of the agents who would answer.
    """

    title: str = ""
    text: str = ""
    cta: str = ""
    decline: str = ""
    disclosure: str = ""
    locale: str = ""
    code: str | None = None
    terms: str = ""
    href: str | None = None
    items: tuple[ContentItem, ...] = ()
    group: str | None = None


class DecisionAnswer(Struct, frozen=True, kw_only=True):
    """The decision as the browser gets it; only ever about an intervention.

    Attributes:
        token: comes back with every outcome.
        expires_in_ms: how long the card may still be shown, from the answer on.
    """

    id: str
    token: str
    action: str
    kind: str
    moment: str
    content: Content
    expires_in_ms: int


class Answer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a beacon; one without either key is sent as 204.

    Attributes:
        revoked: ids of decisions whose cards must be taken down.
    """

    decision: DecisionAnswer | None = None
    revoked: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return self.decision is None and not self.revoked


class Confirm(Struct, frozen=True, kw_only=True):
    """The question whether a decision is still good."""

    token: Token


class OutcomeRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to a decision, and when (RFC 3339).

    Attributes:
        name: `shown`, `not_shown`, `clicked`, `dismissed`, `expired`, `chat_started`,
            `chat_rated`, `order`, `refund`, ...
        by: how a card was dismissed.
        reason: why it was not shown.
        rating: of a chat, 1 to 5.
        order: the order's id, for money.
        value: units of the site's currency, for money.
    """

    name: str
    at: str
    by: str | None = None
    reason: str | None = None
    rating: int | None = None
    order: str | None = None
    value: float | None = None


class Ghost(Struct, frozen=True, kw_only=True):
    """A draw made in full but not carried out (holdout, shadow)."""

    distribution: Distribution
    action: str
    propensity: Propensity


class DecisionRecord(Struct, frozen=True, kw_only=True):
    """One draw and everything it was made from; one line of the decision log.

    Attributes:
        at: RFC 3339, UTC.
        visitor: None once the visitor is erased.
        trigger_p: probability that this moment asked, withholding and promotion
            included; in (0, 1].
        visit_index: counts the visitor's sessions from 1.
        previous, open: ids of the visitor's earlier decisions, and of those whose
            windows are still open.
        scores: `hesitation`, `dwell`, `intent` in [0, 1]; None when unknown.
        predictions: uplift over `none` in units of the site's currency.
        distribution: over `eligible`, 12 digits, sums to 1 within 1e-9.
        draw: the number in [0, 1) that chose the action.
        trained_to: journal offset that the snapshot had learned up to.
        inputs: agents, budgets, prices and items as they were read.
        versions: of the configuration and of each intervention.
        reward, closed_at: the learning target at the short close, and when.
        value, settled_at: money earned at the long close, and when.
    """

    decision: Id
    site: Id
    at: str
    visitor: Id | None
    session: Id
    tab: Id
    seq: int
    group: Literal["treatment", "holdout"]
    holdout_share: Share
    mode: Mode
    served: bool
    moment: str
    trigger_p: Propensity
    visit_index: int
    first_ever: bool
    previous: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    scores: dict[str, float | None]
    features: dict[str, float]
    eligible: tuple[str, ...]
    refused: dict[str, Refusal]
    predictions: dict[str, float]
    distribution: Distribution
    action: str
    kind: str
    propensity: Propensity
    draw: Annotated[float, Meta(ge=0, lt=1)]
    ghost: Ghost | None = None
    policy: str
    exploration: dict[str, Any]
    snapshot: int
    trained_to: int
    inputs: dict[str, Any]
    versions: dict[str, Any]
    outcomes: tuple[OutcomeRecord, ...] = ()
    reward: float | None = None
    closed_at: str | None = None
    value: float | None = None
    settled_at: str | None = None


def encode(message: Struct) -> bytes:
    """Return any outgoing message as JSON; a number that is not finite becomes null.

    >>> encode(Answer(revoked=("d_1",)))
    b'{"revoked":["d_1"]}'
    """
    return _encode(message)


def decode_record(line: bytes) -> DecisionRecord:
    """Return the decision record in one line of a log; unknown fields are ignored.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    return _read(line, DecisionRecord)


def decode_confirm(body: bytes) -> Confirm:
    """Return the question whether a decision is still good.

    Raises:
        BadRequest: with the field, the limit and the value.
    """
    return _read(body, Confirm)


def _read(body: bytes, cls: type[T]) -> T:
    given = read_object(body, bad=BadRequest)
    return convert(given, cls, given=given, bad=BadRequest)
