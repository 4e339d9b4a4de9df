"""Every error of engage, sorted by whose fault it is.

`CallerError` is the caller's fault: a 4xx, counted, one info line, no traceback.
Anything else under `EngageError` is ours or the world's: 5xx, loud. The core raises;
only `engage.web.errors` turns an error into a response.
"""

# Rules of this file: no logic, no imports of our own. A message names the field, the
# limit and the value, in that order; a status belongs to a class, never to a raise.

from __future__ import annotations


class EngageError(Exception):
    """Root of all errors that engage raises on purpose."""


class CallerError(EngageError):
    """The caller sent something that cannot be accepted.

    Attributes:
        status: HTTP status, 400 to 499 (503 for `NotReady`).
        kind: last part of the problem's `type`, for example `bad-beacon`.
        title: a short sentence for people, the same for all of a kind.
        field: path of the offending field, for example `events[2].item.price`.
        retry_after_s: whole seconds to wait, where waiting helps.
    """

    status = 400
    kind = "bad-request"
    title = "The request cannot be understood"

    def __init__(
        self, detail: str, *, field: str | None = None, retry_after_s: int | None = None
    ) -> None:
        """Keep the sentence, the field it is about and how long to wait."""
        super().__init__(detail)
        self.field = field
        self.retry_after_s = retry_after_s


class BadRequest(CallerError):
    """A message of the shop's server or of the operator has a wrong shape."""


class BadBeacon(CallerError):
    """A beacon has a wrong shape or passes a limit; nothing of it is applied."""

    kind = "bad-beacon"
    title = "The beacon cannot be accepted"


class Unauthorised(CallerError):
    """The server key is missing or wrong, or a decision token is forged."""

    status = 401
    kind = "unauthorised"
    title = "The key or token is missing or wrong"


class Forbidden(CallerError):
    """The site is unknown or the origin is not one of the site's own."""

    status = 403
    kind = "forbidden"
    title = "Not allowed from here"


class NotFound(CallerError):
    """What is asked for does not exist."""

    status = 404
    kind = "not-found"
    title = "There is no such thing"


class TooSlow(CallerError):
    """The body did not arrive within its deadline."""

    status = 408
    kind = "too-slow"
    title = "The body took too long"


class Conflict(CallerError):
    """The request contradicts what is already recorded."""

    status = 409
    kind = "conflict"
    title = "This contradicts what is recorded"


class Expired(CallerError):
    """The code or decision was valid once and is no longer."""

    status = 410
    kind = "expired"
    title = "No longer valid"


class TooLarge(CallerError):
    """The body is over the limit, on the wire or inflated."""

    status = 413
    kind = "too-large"
    title = "The body is too large"


class UnsupportedMedia(CallerError):
    """The media type or the content encoding is not one we read."""

    status = 415
    kind = "unsupported-media"
    title = "This media type or encoding is not supported"


class TooMany(CallerError):
    """A rate limit is reached; `retry_after_s` says when to come back."""

    status = 429
    kind = "too-many"
    title = "Too many requests"


class NotReady(CallerError):
    """The service cannot accept this now; the caller should come back."""

    status = 503
    kind = "not-ready"
    title = "Not ready"


class Crowded(NotReady):
    """More comes than can be answered; the caller should come back a little later."""

    kind = "crowded"
    title = "Too busy"


class ConfigError(EngageError):
    """The configuration is wrong.

    Attributes:
        mistakes: every mistake found, each `file: key: limit, got value`.
    """

    def __init__(self, mistakes: list[str]) -> None:
        """Keep all mistakes; the message is one line for each."""
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class StoreError(EngageError):
    """A store or the journal cannot do what was asked (disk full, closed, corrupt)."""


class InUse(StoreError):
    """Another process writes this journal."""


class DamagedRecord(StoreError):
    """A record's bytes are not those that were written.

    Attributes:
        offset: its place in the journal.
    """

    def __init__(self, offset: int) -> None:
        """Keep the offset, so that a reader can pass it over."""
        super().__init__(f"record at offset {offset} is damaged: its checksum differs")
        self.offset = offset


class SnapshotRejected(EngageError):
    """A snapshot failed the snapshot check.

    Attributes:
        reason: one word of a closed list, a metric label
            (`schema not_finite unbounded golden loss residual jump torn`).
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason as a label and the detail as the message."""
        super().__init__(detail)
        self.reason = reason


class FeatureError(EngageError):
    """A feature or context has the wrong length or is not finite."""


class PolicyError(EngageError):
    """A policy produced, or was given, something that is no distribution."""


class EvidenceRefused(EngageError):
    """The evidence is too thin or too biased for a number; says why (exit code 3)."""
