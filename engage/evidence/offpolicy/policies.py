"""Target policies by name: what `--policy` of `engage evaluate` can ask about."""

# Rules of this file: a target maps a decision record to a distribution over its
# eligible actions. It sees nothing of what happened after the draw. A new form is one
# function and one line in `FORMS`.

from __future__ import annotations

import importlib
import math
import tomllib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engage.clock import rfc3339
from engage.config import Mistakes, read
from engage.deciding.draw import NONE, SUM_TOLERANCE
from engage.deciding.policies.rules import propose
from engage.errors import BadRequest, ConfigError, NotFound
from engage.evidence.offpolicy.learned import learned
from engage.evidence.replay.recompute import facts_in, field_of
from engage.learning.candidates import Candidate
from engage.learning.snapshots import Snapshot
from engage.settings import PolicySettings, RuleSettings

Body = Mapping[str, Any]
Ask = Callable[[Body], Mapping[str, float]]
FindSnapshot = Callable[[int], Snapshot | None]

# What an own policy may see: all that was there before the draw.
_AFTERWARDS: Final = frozenset(
    {
        *("distribution", "action", "kind", "propensity", "draw", "ghost", "outcomes"),
        *("reward", "closed_at", "value", "settled_at", "promised", "card"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A policy to be evaluated.

    Attributes:
        name: as it was asked for.
        ask: returns the distribution for a decision record.
        after_s: only decisions made later are evidence about it, epoch seconds:
            it has learned from the earlier ones. None if it has learned from none.
        needs: an action without which it means nothing; None if there is none.
        note: what to know when reading its value, empty if nothing.
    """

    name: str
    ask: Ask
    after_s: float | None = None
    needs: str | None = None
    note: str = ""


def target_of(text: str, *, find: FindSnapshot) -> Target:
    """Return the target policy that `text` names.

    Args:
        text: `snapshot:ID`, `candidate:FILE`, `rules:FILE`, `uniform`, `logged`,
            `always:ACTION` or `python:module:function`.
        find: returns a snapshot of the log by its number.

    Raises:
        BadRequest: there is no such form, module or function.
        ConfigError: a rule list is wrong; holds every mistake.
        NotFound: the log holds no such snapshot.
        SnapshotRejected: the snapshot or candidate cannot be read.
    """
    form, _, rest = text.partition(":")
    if form not in FORMS or bool(rest) != (form in _WITH_ARGUMENT):
        raise BadRequest(
            "policy must be snapshot:ID, candidate:FILE, rules:FILE, uniform, logged, "
            f"always:ACTION or python:module:function, got {text!r}"
        )
    return replace(FORMS[form](rest, find), name=text)


def asked(target: Target, body: Body) -> dict[str, float]:
    """Return the target's distribution over the eligible actions, checked.

    Raises:
        BadRequest: it is no distribution over the eligible actions.
    """
    eligible = field_of(body, "eligible")
    given = target.ask(body)
    try:
        values = [float(given.get(action, 0.0)) for action in eligible]
        foreign = given.keys() - set(eligible)
    except (AttributeError, TypeError, ValueError):
        values, foreign = [], set()
    if (
        foreign
        or min(values, default=-1.0) < 0.0
        or not abs(math.fsum(values) - 1.0) <= SUM_TOLERANCE
    ):
        raise BadRequest(
            f"{target.name} must return a distribution over {list(eligible)}, "
            f"got {given!r} for {body['decision']}"
        )
    return dict(zip(eligible, values, strict=True))


def _uniform(_rest: str, _find: FindSnapshot) -> Target:
    def ask(body: Body) -> dict[str, float]:
        eligible = body["eligible"]
        return dict.fromkeys(eligible, 1.0 / len(eligible))

    return Target(name="", ask=ask)


def _logged(_rest: str, _find: FindSnapshot) -> Target:
    return Target(
        name="",
        ask=lambda body: body["distribution"],
        note="the logging policy itself: IPS, SNIPS and the log's mean must agree",
    )


def _always(action: str, _find: FindSnapshot) -> Target:
    return Target(
        name="",
        ask=lambda body: {action if action in body["eligible"] else NONE: 1.0},
        needs=action,
        note=f"{NONE!r} where {action!r} is not eligible" if action != NONE else "",
    )


def _rules(path: str, _find: FindSnapshot) -> Target:
    rules = read_rules(Path(path))

    def ask(body: Body) -> dict[str, float]:
        action = propose(
            rules,
            facts=facts_in(body),
            moment=body["moment"],
            eligible=body["eligible"],
        )
        return {action: 1.0}

    return Target(name="", ask=ask, note="the rule list without any exploration")


def read_rules(path: Path) -> tuple[RuleSettings, ...]:
    """Return the rule list in a TOML file: tables `[[rules]]` as in engage.toml.

    Raises:
        ConfigError: with every mistake found.
    """
    mistakes = Mistakes(str(path))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: is no TOML: {error}"]) from error
    for name in table.keys() - {"rules"}:
        mistakes.add(name, "is no part of a rule list, which is tables [[rules]]")
    listed = table.get("rules", [])
    if not isinstance(listed, list) or not listed:
        mistakes.add("rules", f"must be at least one table [[rules]], got {listed!r}")
        listed = []
    rules = [
        read(RuleSettings, one, key=f"rules[{index}]", mistakes=mistakes)
        for index, one in enumerate(listed)
    ]
    mistakes.raise_any()
    return tuple(rule for rule in rules if rule is not None)


def _python(path: str, _find: FindSnapshot) -> Target:
    module, _, name = path.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # a file that is not ours may raise anything
        raise BadRequest(f"python:{path} cannot be imported: {_said(error)}") from error
    if not callable(function):
        raise BadRequest(f"python:{path} must be a function, got {function!r}")

    def ask(body: Body) -> Mapping[str, float]:
        before = {name: body[name] for name in body if name not in _AFTERWARDS}
        try:
            given: Mapping[str, float] = function(before)
        except Exception as error:  # as above
            raise BadRequest(
                f"python:{path} fails for {body['decision']}: {_said(error)}"
            ) from error
        return given

    return Target(name="", ask=ask, note="sees what was known before the draw")


def _said(error: Exception) -> str:
    """Return what was raised, and at which line of the file that is not ours."""
    frames = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if one.filename not in {__file__, importlib.__file__}
        and not one.filename.startswith("<")
    ]
    # Where that file was left for a library, which may be at no fault.
    own = [one for one in frames if one.filename == frames[0].filename]
    where = f"{own[-1].filename}, line {own[-1].lineno}: " if own else ""
    return f"{where}{type(error).__name__}: {error}"


def _snapshot(text: str, find: FindSnapshot) -> Target:
    if not text.isdecimal():
        raise BadRequest(f"snapshot's ID must be a number, got {text!r}")
    snapshot = find(int(text))
    if snapshot is None:
        raise NotFound(f"the log holds no snapshot {text}")
    return snapshot_target(snapshot)


def snapshot_target(
    snapshot: Snapshot, *, policy: PolicySettings | None = None
) -> Target:
    """Return the learned policy with this snapshot's models, as a target.

    It scores the logged features itself, and is judged on decisions later than its
    training only.

    Args:
        snapshot: the models.
        policy: how it explores; None: as the record's did.
    """
    return Target(
        name=f"snapshot:{snapshot.number}",
        ask=learned(snapshot, policy=policy),
        after_s=snapshot.at_s,
        note=f"decisions after its training ended, {rfc3339(snapshot.at_s)}; "
        "moments as they were logged",
    )


def _candidate(path: str, _find: FindSnapshot) -> Target:
    try:
        body = Path(path).read_bytes()
    except OSError as error:
        raise BadRequest(
            f"candidate:{path} cannot be read: {error.strerror}"
        ) from error
    found = Candidate.decode(body)
    target = snapshot_target(found.snapshot, policy=found.policy)

    def ask(body: Body) -> Mapping[str, float]:
        if body["site"] != found.site:
            raise BadRequest(f"candidate:{path} is of {found.site}, not {body['site']}")
        return target.ask(body)

    return replace(target, ask=ask)


Form = Callable[[str, FindSnapshot], Target]
_WITH_ARGUMENT: Final = frozenset(
    {"snapshot", "candidate", "rules", "always", "python"}
)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "snapshot": _snapshot,
        "candidate": _candidate,
        "rules": _rules,
        "uniform": _uniform,
        "logged": _logged,
        "always": _always,
        "python": _python,
    }
)
"""Every form of `--policy` by its first word."""
