"""The launch quota holds for every model that is judged, as it does for decisions."""

from contextlib import closing
from dataclasses import replace

import pytest

from engage.evidence.training_log import open_training_log
from engage.learning.publication import Check
from engage.learning.recipes import variants_of
from engage.learning.training import Training, train
from engage.learning.trials.arms import one_mean
from engage.learning.trials.promotion import Rules
from engage.learning.trials.trial import READ, Trial
from engage.settings import PolicySettings
from tests.unit.learning.builders import fresh, settings, traffic
from tests.unit.street.builders import CHAT, DISCOUNT, HELP, LONG_S, SITE
from tests.unit.street.trials import candidate_of


@pytest.fixture
async def late(opened):
    """Return a shop that has learned for a while before it began to offer help."""
    former = await opened(settings(interventions=(CHAT, DISCOUNT)))
    await traffic(former, 40, seed=1)
    shop = await former.crash(interventions=(CHAT, DISCOUNT, HELP))
    await shop.stock()
    await traffic(shop, 12, seed=2, first=40)
    await shop.wait(LONG_S)
    shop.learn()
    yield shop
    shop.close()


def believing(snapshot, eur):
    """Return the snapshot, believing that help earns so much more."""
    terms = {**snapshot.uplift.terms}
    terms["kind:help"] = terms.get("kind:help", 0.0) + eur
    uplift = replace(snapshot.uplift, terms=terms, _sums={}, _settled={})
    return replace(snapshot, uplift=uplift)


# Twelve visitors could have had help, and some forty had come before.
NEW, KNOWN = PolicySettings(launch_until_n=15), PolicySettings(launch_until_n=1)


async def test_movement(late):
    """What the quota keeps from being shown is no movement of decisions."""
    last = fresh(late).freeze(number=1, at_s=late.clock.now_s())
    assert last.uplift.launching(("none", "size_guide"), 15) == {"size_guide"}
    assert last.uplift.launching(("none", "size_guide"), 1) == frozenset()
    held, free = (
        Check(
            replace(late.chosen, policy=policy),
            late.site.policy,
            recent=late.lineage.check.recent,
        ).movement(believing(last, 500.0), believing(last, -500.0))
        for policy in (NEW, KNOWN)
    )

    assert 0.0 < 2 * held < free


def gain_of(late, policy):
    """Return what a trial expects of a candidate with this policy, EUR a decision."""
    candidate = candidate_of(late, policy=policy)
    # As if trained before all there is, so that all of it counts for its trial.
    snapshot = replace(believing(candidate.snapshot, 500.0), at_s=0.0, offset=0)
    candidate = replace(candidate, snapshot=snapshot)
    trial = Trial(candidate=candidate, number=9, settings=late.chosen, rules=Rules())
    for entry in late.journal.read(0, 10**6, kinds=READ):
        trial.take(entry, find=lambda key: late.journal.decision(SITE, key))
    assert trial.evidence.gain.units > 20
    return one_mean(trial.evidence.gain).difference


async def test_trial(late):
    """A challenger is tried with its own quota on what is new to it."""
    unbound = replace(NEW, launch_share=1.0)

    assert gain_of(late, NEW) != gain_of(late, unbound)


async def test_training(late):
    """A recipe's quota is that of the policy whose gain is told."""
    new, unbound = (
        trained(late, f"[policy]\nlaunch_until_n = 15\nlaunch_share = {share}")
        for share in (0.1, 1.0)
    )

    assert new["gain"] != unbound["gain"]


def trained(late, text):
    """Return the figures of training by a recipe on a shop's journal."""
    (variant,) = variants_of(text, source="r.toml")
    with closing(open_training_log(late.path, site="")) as log:
        one = Training(variant=variant, site=SITE, offered=log.offered, find=log.find)
        train(log.entries(), [one], tell=lambda _: None)
    return one.figures()
