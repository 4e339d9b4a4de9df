"""The shop's own rule list, as a policy and as prior knowledge.

It is the baseline that a learned policy must beat, so it explores at least 20 %:
otherwise nothing could be learned from the days on which it decides.
"""

# Rules of this file: the first line that fits an eligible action proposes it; a line
# without conditions fits always.

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from engage.deciding.draw import NONE
from engage.deciding.policies.base import Choice, RuleFacts, Situation, eligible_of
from engage.deciding.policies.floors import with_floors
from engage.settings import InterventionSettings, RuleSettings, SiteSettings
from engage.wire.catalog import category_of


def fits(rule: RuleSettings, *, facts: RuleFacts, moment: str) -> bool:
    """Say whether every condition of the rule holds.

    >>> fits(RuleSettings(action="chat", min_price_cents=50_000),
    ...      facts=RuleFacts(price_cents=89_900), moment="lingering")
    True
    """
    return (
        _is_among(moment, rule.moments)
        and _is_among(facts.page_kind, rule.pages)
        and _is_among(facts.segment, rule.segments)
        and is_in_any((facts.category, facts.feed_category), rule.categories)
        and is_in_bounds(facts.price_cents, rule)
    )


def is_category(category: str | None, wanted: Collection[str]) -> bool:
    """Tell whether a page's category is one of those wanted, however both are written.

    Compared are slugs of the last words of a path; a category that is a mere number,
    and so has no slug, as it is.

    >>> is_category("apparel > running shoes", ["Running-Shoes"])
    True
    >>> is_category("538", ["537"]), is_category("", ["537"])
    (False, False)
    """
    return bool(category) and _key(category) in map(_key, wanted)


def is_in_any(categories: Iterable[str | None], wanted: Collection[str]) -> bool:
    """Tell whether any of a product's categories is wanted; without wishes all are.

    >>> is_in_any(("instruments", "guitars"), ["Guitars"]), is_in_any((), ())
    (True, True)
    """
    return not wanted or any(is_category(one, wanted) for one in categories)


def is_in_bounds(
    price_cents: int | None, wanted: RuleSettings | InterventionSettings
) -> bool:
    """Tell whether a price lies between those wanted, both included.

    A bound needs a price: without one (None or 0) not even an upper one holds.

    >>> is_in_bounds(0, RuleSettings(action="chat", max_price_cents=5_000))
    False
    """
    if not price_cents:
        return wanted.min_price_cents == 0 and wanted.max_price_cents is None
    highest = wanted.max_price_cents
    return wanted.min_price_cents <= price_cents and (
        highest is None or price_cents <= highest
    )


def _key(category: str | None) -> str:
    return category_of(category or "") or (category or "").strip().lower()


def _is_among(value: str, wanted: Collection[str]) -> bool:
    return not wanted or value in wanted


def propose(
    rules: Sequence[RuleSettings],
    *,
    facts: RuleFacts,
    moment: str,
    eligible: Collection[str],
) -> str:
    """Return the action of the first rule that fits and is eligible, else `none`.

    The learned policy takes it as prior knowledge (`Row.proposed`), the rule policy
    carries it out.

    >>> propose([RuleSettings(action="chat", moments=("lingering",))],
    ...         facts=RuleFacts(), moment="lingering", eligible=("none", "chat"))
    'chat'
    """
    for rule in rules:
        if rule.action in eligible and fits(rule, facts=facts, moment=moment):
            return rule.action
    return NONE


class Rules:
    """The rule list's action with `1 - rules_explore`, every eligible one otherwise.

    No launch quota: what the shop itself ordered is not held back.

    Args:
        settings: its rule list, and of its `policy` `rules_explore` (at least .2)
            and `none_floor`.

    >>> import numpy as np
    >>> policy = Rules(SiteSettings(key="pk", rules=(RuleSettings(action="chat"),)))
    >>> policy.distribution(Situation(
    ...     context=np.zeros(1), moment="ask", eligible=("none", "chat"),
    ...     predictions={}, sigma=1.0, n_eff=0.0,
    ... )).distribution
    {'none': 0.1, 'chat': 0.9}
    """

    name = "rules"

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings.policy
        self._rules = settings.rules

    def distribution(self, situation: Situation) -> Choice:
        """Return the distribution; predictions are not looked at.

        Raises:
            PolicyError: `none` is not eligible.
        """
        settings = self._settings
        eligible = eligible_of(situation)
        proposed = propose(
            self._rules,
            facts=situation.facts,
            moment=situation.moment,
            eligible=eligible,
        )
        wish = dict.fromkeys(eligible, 0.0) | {proposed: 1.0}
        mixed = with_floors(
            wish, floor=settings.rules_explore, none_floor=settings.none_floor
        )
        return Choice(
            distribution=mixed,
            exploration={
                "floor": settings.rules_explore,
                "none_floor": settings.none_floor,
            },
        )
