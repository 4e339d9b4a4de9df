"""Target policies by name: what `--policy` of `engage evaluate` can ask about."""

# Rules of this file: a target maps a decision record to a distribution over its
# eligible actions. It sees nothing of what happened after the draw. A new form is one
# function and one line in `FORMS`.

from __future__ import annotations

import importlib
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from engage.clock import rfc3339
from engage.config import Mistakes, read
from engage.deciding.context import context_of
from engage.deciding.draw import NONE, SUM_TOLERANCE
from engage.deciding.judge import choice_of
from engage.deciding.policies import POLICIES
from engage.deciding.policies.rules import propose
from engage.deciding.policies.weights import UpliftWeights
from engage.errors import BadRequest, ConfigError, NotFound
from engage.evidence.recompute import (
    facts_in,
    field_of,
    policy_settings_in,
    situation_in,
    vector_of,
    view_of,
)
from engage.learning.snapshots import Snapshot
from engage.settings import PolicySettings, RuleSettings, SiteSettings

Body = Mapping[str, Any]
Ask = Callable[[Body], Mapping[str, float]]
FindSnapshot = Callable[[int], Snapshot | None]

# Policies that follow predictions; the others would ask a snapshot nothing.
_LEARNED: Final = frozenset({"inverse_gap", "epsilon_greedy"})
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
        text: `snapshot:ID`, `rules:FILE`, `uniform`, `logged`, `always:ACTION` or
            `python:module:function`.
        find: returns a snapshot of the log by its number.

    Raises:
        BadRequest: there is no such form, module or function.
        ConfigError: a rule list is wrong; holds every mistake.
        NotFound: the log holds no such snapshot.
        SnapshotRejected: the snapshot cannot be read.
    """
    form, _, rest = text.partition(":")
    if form not in FORMS or bool(rest) != (form in _WITH_ARGUMENT):
        raise BadRequest(
            "policy must be snapshot:ID, rules:FILE, uniform, logged, always:ACTION or "
            f"python:module:function, got {text!r}"
        )
    return replace(FORMS[form](rest, find), name=text)


def asked(target: Target, body: Body) -> dict[str, float]:
    """Return the target's distribution over the eligible actions, checked.

    Raises:
        BadRequest: it is no distribution over the eligible actions.
    """
    eligible = field_of(body, "eligible")
    given = target.ask(body)
    foreign = given.keys() - set(eligible)
    values = [float(given.get(action, 0.0)) for action in eligible]
    if (
        foreign
        or min(values) < 0.0
        or not abs(math.fsum(values) - 1.0) <= SUM_TOLERANCE
    ):
        raise BadRequest(
            f"{target.name} must return a distribution over {list(eligible)}, "
            f"got {dict(given)!r} for {body['decision']}"
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
    except (ImportError, AttributeError, ValueError) as error:
        raise BadRequest(f"python:{path} cannot be imported: {error}") from error
    if not callable(function):
        raise BadRequest(f"python:{path} must be a function, got {function!r}")

    def ask(body: Body) -> Mapping[str, float]:
        before = {name: body[name] for name in body if name not in _AFTERWARDS}
        given: Mapping[str, float] = function(before)
        return given

    return Target(name="", ask=ask, note="sees what was known before the draw")


def _snapshot(text: str, find: FindSnapshot) -> Target:
    if not text.isdecimal():
        raise BadRequest(f"snapshot's ID must be a number, got {text!r}")
    snapshot = find(int(text))
    if snapshot is None:
        raise NotFound(f"the log holds no snapshot {text}")
    return snapshot_target(snapshot)


def snapshot_target(snapshot: Snapshot) -> Target:
    """Return the learned policy with this snapshot's models, as a target.

    It scores the logged features itself, decides with the exploration settings of the
    record, and is judged on decisions later than its training only.
    """
    offering: dict[str, UpliftWeights] = {}

    def ask(body: Body) -> Mapping[str, float]:
        vector = vector_of(body)
        scores = snapshot.scorers.score(vector, view=view_of(body))
        eligible = tuple(body["eligible"])
        uplift = _offered(snapshot, body, offering)
        predictions = uplift.predict(
            context_of(vector, scores),
            body["moment"],
            eligible,
            proposed=field_of(body, "proposed"),
            stake_eur=body.get("stake"),
        )
        settings = _learned_settings(body)
        situation = situation_in(
            body,
            predictions=predictions,
            launching=uplift.launching(eligible, settings.launch_until_n),
            snapshot=snapshot,
        )
        site = SiteSettings(key=body["site"], policy=settings)
        return choice_of(POLICIES[settings.policy](site), situation)[0]

    return Target(
        name=f"snapshot:{snapshot.number}",
        ask=ask,
        after_s=snapshot.at_s,
        note=f"decisions after its training ended, {rfc3339(snapshot.at_s)}; "
        "moments as they were logged",
    )


def _offered(
    snapshot: Snapshot, body: Body, known: dict[str, UpliftWeights]
) -> UpliftWeights:
    """Return the weights for the interventions as the record's configuration had them.

    An edited intervention is a new version, of which a snapshot knows its kind only.
    """
    versions = field_of(body, "versions")
    config = str(versions.get("config"))
    if config not in known:
        known[config] = snapshot.uplift.offering(
            field_of(versions, "kinds"), field_of(versions, "interventions")
        )
    return known[config]


def _learned_settings(body: Body) -> PolicySettings:
    """Return the record's exploration settings, or the defaults where it had others."""
    settings = policy_settings_in(body)
    if settings.policy in _LEARNED:
        return settings
    return PolicySettings(
        gamma_c=settings.gamma_c,
        none_floor=settings.none_floor,
        launch_share=settings.launch_share,
        launch_until_n=settings.launch_until_n,
    )


Form = Callable[[str, FindSnapshot], Target]
_WITH_ARGUMENT: Final = frozenset({"snapshot", "rules", "always", "python"})
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "snapshot": _snapshot,
        "rules": _rules,
        "uniform": _uniform,
        "logged": _logged,
        "always": _always,
        "python": _python,
    }
)
"""Every form of `--policy` by its first word."""
