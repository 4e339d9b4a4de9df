"""Reads the options of a kind, and hashes what an intervention is into its version."""

# Rules of this file: pure. Options are read whole: every mistake is reported at once,
# with key, limit and value.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from hashlib import sha256
from typing import Any, Final, get_type_hints

import msgspec
import orjson

from engage.interventions.texts import Texts
from engage.settings import InterventionSettings
from engage.tables import limit_of

# Hex characters of a version: 64 bits, far more than any shop has versions.
VERSION_LENGTH: Final = 16


def read_options(
    shape: type[Any], plain: Mapping[str, Any], *, where: str
) -> tuple[Any | None, list[str]]:
    """Return the options read into the dataclass `shape`, and every mistake found.

    Returns:
        The options, None when there is a mistake; and the mistakes as
        `key: limit, got value`.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Shape:
    ...     count: int
    >>> read_options(Shape, {"count": 2, "size": 1}, where="options")
    (None, ['options.size: is no option; must be one of count, got 1'])
    """
    hints = get_type_hints(shape, include_extras=True)
    parts = {part.name: part for part in fields(shape)}
    mistakes = [
        f"{where}.{key}: is no option; must be one of {', '.join(parts)}, got {value!r}"
        for key, value in plain.items()
        if key not in parts
    ]
    values = {}
    for name, part in parts.items():
        if name in plain:
            try:
                values[name] = msgspec.convert(plain[name], type=hints[name])
            except msgspec.ValidationError as error:
                limit = limit_of(str(error), hints[name])
                mistakes.append(f"{where}.{name}: {limit}, got {plain[name]!r}")
        elif part.default is MISSING and part.default_factory is MISSING:
            mistakes.append(f"{where}.{name}: must be given, got nothing")
    return (None if mistakes else shape(**values)), mistakes


def version_of(
    kind: str,
    settings: InterventionSettings,
    essence: Mapping[str, Any],
    built_in: Texts,
) -> str:
    """Return the content hash of what a visitor sees and what it costs.

    Targeting, schedules and pauses are left out: they change when it is offered, not
    what it is. Our own texts are in, so that a release that rewords them counts.
    """
    texts = settings.texts or built_in
    seen = {
        "kind": kind,
        "essence": essence,
        "expires_ms": settings.expires_ms,
        "texts": {locale: asdict(text) for locale, text in texts.items()},
        "built_in": {locale: asdict(text) for locale, text in built_in.items()},
    }
    plain = orjson.dumps(seen, option=orjson.OPT_SORT_KEYS)
    return sha256(plain).hexdigest()[:VERSION_LENGTH]
