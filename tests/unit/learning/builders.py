"""Traffic through a real shop, so that models learn from what really is recorded."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

from engage.deciding.context import CONTEXT
from engage.deciding.policies.weights import UpliftWeights
from engage.learning.learner import Learner
from engage.learning.snapshots import Snapshot
from engage.learning.worker import KINDS
from engage.scoring.warm import warm_scorers
from engage.settings import HoldoutSettings, LearnerSettings
from engage.street.opening import offered_of
from tests.unit.street.builders import ASK, GUITAR, SITE, VIEW, event, report
from tests.unit.street.builders import settings as shop_settings


def settings(**changes):
    """Return a shop with a holdout, so that ghosts are among the decisions."""
    ordinary = {
        "holdout": HoldoutSettings(share=0.2),
        "learner": LearnerSettings(checkpoint_every_s=3_600.0),
    }
    return shop_settings(**{**ordinary, **changes})


async def traffic(shop, visitors, *, seed, first=0):
    """Let visitors come, look, ask, order and go; closes fall due on the way."""
    luck = random.Random(seed)
    for number in range(first, first + visitors):
        await _visit(shop, f"v_{number}", luck)
        await shop.wait(luck.choice((30.0, 600.0, 7_200.0)))


async def _visit(shop, visitor, luck):
    bot = {"automated": True} if luck.random() < 0.1 else {}
    answer = await shop.send(*VIEW, ASK, visitor=visitor, **bot)
    seconds = luck.randrange(2, 40)
    shop.clock.move(seconds)
    dwell_ms = seconds * 1_000
    stay = event("ping", active_ms=dwell_ms, visible_ms=dwell_ms)
    await shop.send(stay, visitor=visitor, **bot)
    if answer.decision and luck.random() < 0.8:
        seen = [report(answer.decision, "action_shown")]
        if luck.random() < 0.3:
            seen.append(report(answer.decision, "action_dismissed", by="close"))
        elif answer.decision.kind == "chat" and luck.random() < 0.5:
            seen.append(report(answer.decision, "chat_started"))
        await shop.send(*seen, visitor=visitor)
    if luck.random() < 0.5:
        put = event("add_to_cart", item=GUITAR)
        await shop.send(event("page_view"), put, visitor=visitor, page="cart", **bot)
    if luck.random() < 0.4:
        margin_cents = luck.randrange(500, 30_000)
        await shop.order(f"A-{visitor}", visitor=visitor, margin_cents=margin_cents)
        if luck.random() < 0.3:
            await shop.refund("1", f"A-{visitor}", refund_cents=luck.randrange(9_999))


def weighed(terms, **changes):
    """Return a snapshot of warm scorers that knows of chats what these terms say."""
    uplift = UpliftWeights(
        terms=terms,
        context=CONTEXT,
        interactions=(),
        offered={"chat": ("chat", "1")},
        counts={},
        sigma=2.0,
        n_eff=100.0,
        usual_stake_eur=30.0,
    )
    ordinary = {"number": 0, "offset": 0, "at_s": 0.0, "threshold": 0.5}
    scorers = warm_scorers().freeze()
    return Snapshot(scorers=scorers, uplift=uplift, **{**ordinary, **changes})


def fresh(shop, *, entries=None, settings=None):
    """Return a learner that has read the whole journal in one go."""
    learner = Learner(
        settings or shop.chosen,
        offered=offered_of(shop.site.interventions),
        find=lambda decision: shop.journal.decision(SITE, decision),
    )
    for entry in entries or shop.journal.read(0, 10**9, kinds=KINDS):
        learner.learn(entry)
    return learner


def known(learner):
    """Return all that a learner knows, as what it would publish."""
    return learner.freeze(number=0, at_s=0.0).plain()


def distance(one, other):
    """Return the largest difference between two trees of plain data."""
    if isinstance(one, Mapping):
        assert one.keys() == other.keys()
        return max((distance(one[name], other[name]) for name in one), default=0.0)
    if isinstance(one, list):
        assert len(one) == len(other)
        pairs = zip(one, other, strict=True)
        return max((distance(a, b) for a, b in pairs), default=0.0)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) if math.isfinite(one) else math.inf
    assert one == other
    return 0.0
