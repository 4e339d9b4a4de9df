"""A shop whose learner tries what is handed over, and what tests hand it."""

from __future__ import annotations

from dataclasses import replace

from engage.learning.candidates import Candidate
from engage.learning.trials.orders import FOLDER, Order, hand_over
from engage.learning.trials.promotion import OVER
from engage.settings import HoldoutSettings, PolicySettings, PromotionSettings
from engage.street.opening import version_of
from engage.street.trying import adopt, attach
from tests.unit.learning.builders import fresh, settings, traffic
from tests.unit.street.builders import LONG_S, SHORT_S, SITE, open_shop

QUICK = PromotionSettings(
    least_decisions=5,
    stage_visitors=3,
    settled_visitors=3,
    canary_share=0.5,
    ramp_share=0.6,
    half_share=0.7,
)
EAGER = PolicySettings(gamma_c=3.0)


def chosen(**changes):
    """Return a shop that tries candidates quickly."""
    ordinary = {
        "promotion": QUICK,
        "holdout": HoldoutSettings(share=0.0, taper_share=0.0),
    }
    return settings(**{**ordinary, **changes})


async def opened(path, *, of=None, **changes):
    """Return an open shop of some settings whose learner tries what is handed over."""
    shop = await open_shop(path, of or chosen(), **changes)
    attach(
        shop.lineage,
        shop.chosen,
        data=path,
        journal=shop.journal,
        metrics=shop.site.metrics,
        on_change=lambda trial: adopt(
            shop.site, trial.challenge, version_of=version_of
        ),
    )
    return shop


async def trading(path, *, of=None):
    """Return a stocked shop that tries candidates, with a little traffic behind it."""
    one = await opened(path, of=of)
    await one.stock()
    await traffic(one, 10, seed=1)
    await one.wait(SHORT_S)
    one.learn()
    return one


def candidate_of(shop, *, policy=EAGER, **learner_settings):
    """Return what training on the shop's own journal gives, with another policy."""
    way = replace(shop.chosen.learner, **learner_settings)
    learner = fresh(shop, settings=replace(shop.chosen, learner=way))
    return Candidate(
        card={"seed": 0},
        site=SITE,
        learner=way,
        policy=policy,
        snapshot=learner.freeze(number=0, at_s=shop.clock.now_s()),
        state=learner.state(),
    )


def hand(shop, candidate, **more):
    """Hand a candidate over and let the learner take it up."""
    order = Order(what="try", site=SITE, candidate=candidate.encode().decode(), **more)
    hand_over(shop.path / FOLDER, order)
    shop.learn()
    return shop.lineage.trials.trial


async def win(shop, trial, *, until=OVER, first=100):
    """Let visitors come until a forced trial is won, or is at another stage."""
    for seed in range(12):
        if trial.stage in until:
            return
        await traffic(shop, 20, seed=seed, first=first + 20 * seed)
        await shop.wait(LONG_S)
        shop.learn()
    raise AssertionError(trial.stage)


def moves(shop):
    """Return (from, to) of every recorded transition."""
    return [(one["from"], one["to"]) for one in shop.kinds("promoted")]
