"""The kinds of intervention by name, and a site's interventions read from settings."""

# Rules of this file: a new kind is one file and one line in `KINDS`; the contract suite
# and the settings read that table.

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from engage.errors import ConfigError
from engage.interventions.alternative import Alternative
from engage.interventions.base import Intervention
from engage.interventions.chat import Chat
from engage.interventions.discount import Discount
from engage.interventions.help import Help
from engage.settings import InterventionSettings, SiteSettings

KINDS: Final[dict[str, type[Intervention[Any]]]] = {
    kind.name: kind for kind in (Chat, Discount, Alternative, Help)
}


def read_all(site: SiteSettings) -> tuple[Intervention[Any], ...]:
    """Return the interventions of a site, in the order of its settings.

    Raises:
        ConfigError: any of them is wrong; holds every mistake of all of them.
    """
    mistakes = _name_mistakes(site)
    read = []
    for settings in site.interventions:
        try:
            read.append(read_one(settings, site))
        except ConfigError as error:
            mistakes += error.mistakes
    mistakes += _pool_mistakes(read)
    if mistakes:
        raise ConfigError(mistakes)
    return tuple(read)


def read_one(settings: InterventionSettings, site: SiteSettings) -> Intervention[Any]:
    """Return the intervention that `settings` describe.

    Raises:
        ConfigError: the kind is unknown, or its options or texts are wrong.
    """
    kind = KINDS.get(settings.kind)
    if kind is None:
        where = f"interventions.{settings.id}.kind"
        known = ", ".join(KINDS)
        raise ConfigError([f"{where}: must be one of {known}, got {settings.kind!r}"])
    return kind.read(settings, site)


def _pool_mistakes(read: list[Intervention[Any]]) -> list[str]:
    """Return the discounts that name another budget for a pool named before."""
    budgets: dict[str, int] = {}
    mistakes = []
    for one in read:
        if isinstance(one, Discount):
            pool, budget_cents = one.options.pool, one.options.budget_cents
            first_cents = budgets.setdefault(pool, budget_cents)
            if first_cents != budget_cents:
                mistakes.append(
                    f"interventions.{one.id}.options.budget_cents: must be "
                    f"{first_cents} as elsewhere for pool {pool!r}, got {budget_cents}"
                )
    return mistakes


def _name_mistakes(site: SiteSettings) -> list[str]:
    """Return the ids that are taken twice, or by the action that is always there."""
    counts = Counter(settings.id for settings in site.interventions)
    return [
        f"interventions.{name}.id: must be unique and not 'none', got {name!r}"
        for name, count in counts.items()
        if count > 1 or name == "none"
    ]
