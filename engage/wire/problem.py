"""The body of every 4xx and 5xx: `application/problem+json` (RFC 9457)."""

# Rules of this file: a shape and how an error fills it; statuses belong to `errors`.

from __future__ import annotations

from msgspec import Struct

from engage.errors import CallerError

MEDIA_TYPE = "application/problem+json"


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for programs (`type`, `field`) and people (`title`, `detail`).

    Attributes:
        type: `/problems/` and the kind of error, for example `/problems/bad-beacon`.
        status: the HTTP status, repeated.
        detail: names field, limit and value.
        field: path of the field, where it is one field's fault.
    """

    type: str
    title: str
    status: int
    detail: str
    field: str | None = None


def problem_of(error: CallerError) -> Problem:
    """Return the problem that tells a caller about `error`.

    >>> from engage.errors import BadBeacon
    >>> problem = problem_of(BadBeacon("seq must be >= 0, got -1", field="seq"))
    >>> problem.type, problem.status, problem.field
    ('/problems/bad-beacon', 400, 'seq')
    """
    return Problem(
        type=f"/problems/{error.kind}",
        title=error.title,
        status=error.status,
        detail=str(error),
        field=error.field,
    )
