"""What the uplift model believes of a shop before it has learned anything there.

A policy that knows nothing is uniform: on its first day a shop with a discount would
give it to every third visitor. That is neither what the shop ordered nor needed to
learn. So the model starts with two beliefs:

- what the shop's own rules propose is worth offering (`rule`, +.20 EUR a decision where
  30 EUR are at stake; tuned with benchmarks/shop_rates.py);
- what nobody proposed costs a little more than it brings: attention, an agent's time,
  margin given to who would have bought anyway (`kind:...`, -.05 EUR: a third of the
  sd that a kind's effect is given, so a few hundred decisions can say otherwise).

Day one is then the rule list where one speaks and `none` where none does; the floors,
the least share of `none` and the launch quota do the exploring, as they do later. A
posterior forgets both as rows come in; nothing is forbidden, only unlikely.

Who asks (moment `ask`) is no passer-by: there the second belief is lifted, but not for
a discount, or asking would be the way to get one.
"""

# Rules of this file: settings in, settings out. The same settings give the same beliefs
# on every start, or a restarted learner were another one.

from __future__ import annotations

from engage.deciding.context import CONTEXT, EFFECTS
from engage.deciding.policies.stakes import UNIT_EUR
from engage.deciding.policies.terms import UpliftPriors, UpliftSettings
from engage.scoring.moments import ASK
from engage.settings import SiteSettings

USUAL_MARGIN_EUR = UNIT_EUR
"""Margin of an order that defaults in EUR are for; a shop's own scales them."""
# What an action that nobody proposed is believed to be worth, EUR, at that stake. With
# gamma = 10 sqrt(10,000) / 2 each of five such actions is drawn in 3 % of its moments.
UNASKED_EUR = -0.05
# What the visitor's own asking adds.
ASKED_EUR = 0.15
# Money may not be had for the asking.
_NEVER_FOR_ASKING = "discount"


def uplift_settings(settings: SiteSettings) -> UpliftSettings:
    """Return what the site's uplift model is built for, and what it believes at first.

    All amounts are those of `stakes.UNIT_EUR` at stake, and grow with what is: half a
    euro is much for who sells socks and nothing for who sells pianos.

    >>> from engage.settings import InterventionSettings
    >>> chat = InterventionSettings(id="c", kind="chat", texts={})
    >>> dict(uplift_settings(SiteSettings(key="pk", interventions=(chat,))).means)
    {'kind:chat': -0.05, 'kind:chat|moment:ask': 0.15}
    """
    means: dict[str, float] = {}
    for kind in sorted({one.kind for one in settings.interventions}):
        means[f"kind:{kind}"] = UNASKED_EUR
        if kind != _NEVER_FOR_ASKING:
            means[f"kind:{kind}|moment:{ASK}"] = ASKED_EUR
    money = settings.money
    # A click or a cart is worth the same whatever it was that was clicked.
    is_by_stake = money.outcome == "order"
    return UpliftSettings(
        context=CONTEXT,
        interactions=EFFECTS,
        priors=UpliftPriors().times(settings.learner.prior_scale),
        discount=settings.learner.discount,
        winsor_quantile=settings.learner.winsor_quantile,
        usual_stake_eur=money.order_margin_cents / 100 if is_by_stake else None,
    ).believing(means, has_rules=bool(settings.rules))
