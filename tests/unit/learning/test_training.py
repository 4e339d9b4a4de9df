"""From a log to a candidate: reproducible, prequential, and what a learner would be."""

import hashlib
import math
from contextlib import closing
from dataclasses import replace

import numpy as np
import orjson
import pytest

from engage.clock import rfc3339
from engage.errors import BadRequest, NotFound, SnapshotRejected
from engage.evidence.training_log import open_training_log
from engage.learning.candidates import Candidate, check_fits
from engage.learning.learner import Learner
from engage.learning.recipes import variants_of
from engage.learning.training import Training, train
from engage.learning.trials.promotion import Rules
from engage.learning.trials.succession import heir_of
from engage.learning.trials.trial import Trial
from engage.settings import MoneySettings
from tests.unit.learning.builders import fresh, known, settings, traffic
from tests.unit.street.builders import LONG_S, NOW_S, SITE, open_shop

CARD = {"engage": "0", "commit": None}


@pytest.fixture
async def log(tmp_path):
    """Return a data directory with some days of traffic, and the shop's settings."""
    shop = await open_shop(tmp_path / "data", settings())
    await shop.stock()
    await traffic(shop, 30, seed=1)
    await shop.wait(LONG_S)
    shop.learn()
    yield tmp_path / "data", shop
    shop.close()


def trained(path, text="", *, site=""):
    """Return what a recipe makes of a log."""
    (variant,) = variants_of(text, source="r.toml")
    with closing(open_training_log(path, site=site)) as opened:
        one = Training(
            variant=variant,
            site=opened.site,
            offered=opened.offered,
            find=opened.find,
            is_journal=opened.is_journal,
        )
        train(opened.entries(), [one], tell=lambda _: None)
    return one.finish(CARD)


def lines_of(shop, folder):
    """Write a shop's decision records into a file, one a line, and return it."""
    lines = folder / "decisions.ndjson"
    lines.write_bytes(b"\n".join(orjson.dumps(row) for row in shop.rows()))
    return lines


async def test_same_bytes(log):
    """The same log and recipe give the same file; another recipe another one."""
    path, _ = log
    one = trained(path, "seed = 3").candidate.encode()

    assert trained(path, "seed = 3").candidate.encode() == one
    assert trained(path, "[learner]\nforget = 0.99").candidate.encode() != one


async def test_the_services_own_recipe(log):
    """The default recipe learns what the service's learner learned, bit for bit."""
    path, shop = log
    found = trained(path, "has_rules = false").candidate
    own = known(fresh(shop))
    theirs = {**found.snapshot.plain(), "at_s": 0.0}

    assert theirs["uplift"]["learned"] > 5
    assert theirs == own


async def test_read_back(log):
    """A candidate read back is the same, and a learner goes on from its state."""
    path, shop = log
    found = trained(path).candidate
    again = Candidate.decode(found.encode())
    learner = Learner(found.way.settings(shop.chosen), offered={}, find=lambda _: None)
    learner.restore(again.state)

    assert again.encode() == found.encode()
    assert again.id == found.id
    assert learner.offset == found.snapshot.offset
    assert learner.scorers.freeze().plain() == found.snapshot.scorers.plain()


async def test_name_outlives_an_upgrade(log):
    """A candidate that this release writes in another way keeps its name for good."""
    path, _ = log
    former = orjson.loads(trained(path).candidate.encode())
    # A setting that this release has, and the one that trained it had not.
    del former["candidate"]["policy"]["price_agents"]
    text = orjson.dumps(former["candidate"], option=orjson.OPT_SORT_KEYS)
    former["sha256"] = hashlib.sha256(text).hexdigest()
    again = Candidate.decode(orjson.dumps(former))

    assert again.id == former["sha256"][:16]
    assert Candidate.decode(again.encode()).id == again.id
    assert Candidate.decode(again.encode()).encode() == again.encode()


async def test_until(log):
    """Nothing after the recipe's end is learned: it is left for the trial."""
    path, _ = log
    until = rfc3339(NOW_S + 7_200.0)
    found = trained(path, f'until = "{until}"')

    whole = trained(path).candidate.snapshot
    assert found.candidate.snapshot.offset < whole.offset
    assert found.candidate.snapshot.at_s <= NOW_S + 7_200.0


async def test_figures(log):
    """Losses, R-loss and gain are there, each with its standard error."""
    path, _ = log
    figures = trained(path).figures

    assert figures["decisions"] > 5
    assert 0 < figures["log_loss hesitation"] < 3
    assert figures["gain_se"] > 0
    assert figures["r_loss_se"] > 0


async def test_errors_are_by_visitor(log):
    """Whose decisions they are changes no mean: all one visitor's have no error."""
    path, _ = log
    (variant,) = variants_of("[policy]\ngamma_c = 1.0", source="r.toml")
    with closing(open_training_log(path, site="")) as opened:
        one, other = (
            Training(
                variant=variant, site=SITE, offered=opened.offered, find=opened.find
            )
            for _ in range(2)
        )
        for entry in opened.entries():
            one.take(entry)
            of_one = replace(entry.record, subject="u_one")
            other.take(entry._replace(record=of_one))
    whole, figures = one.figures(), other.figures()

    for name in ("gain", "log_loss hesitation"):
        assert figures[name] == pytest.approx(whole[name])
        assert figures[f"{name}_se"] < 1e-5 < whole[f"{name}_se"]


async def test_no_label_tells_another(log):
    """What is opened before a visit's first label is known is predicted without it.

    Twenty labels of one visit, opened together: each is held against the model that
    has learned none of them.
    """
    path, _ = log
    (variant,) = variants_of("", source="r.toml")
    with closing(open_training_log(path, site="")) as opened:
        entry = next(
            one
            for one in opened.entries()
            if one.record.body.get("scorer") == "hesitation"
        )
    one = Training(variant=variant, site=SITE, offered={}, find=lambda _: None)
    scorer = one.learner.scorers.table["hesitation"]
    body = {**entry.record.body, "label": 0.0, "weight": 2.0}
    said = scorer.predict(np.array(body["features"]))
    for later_s in range(1, 21):
        at_s = body["opened_at_s"] + later_s
        one.take(entry._replace(record=replace(entry.record, body=body, at_s=at_s)))

    assert scorer.predict(np.array(body["features"])) < said - 0.02
    loss = one.figures()["log_loss hesitation"]
    assert loss == pytest.approx(-math.log(1.0 - said), abs=1e-9)


async def test_losses_are_those_of_reports(log):
    """A loss is weighted by one over the chance of being left alone."""
    path, _ = log
    with closing(open_training_log(path, site="")) as opened:
        found = [
            tuple(one.record.body[name] for name in ("predicted", "label", "weight"))
            for one in opened.entries()
            if one.record.body.get("scorer") == "intent"
        ]
    said, labels, weighed = np.array(found).T
    losses = -np.where(labels > 0.5, np.log(said), np.log1p(-said))
    figures = trained(path).figures

    # No label comes within this log's days: the service knew as little.
    expected = float(np.average(losses, weights=weighed))
    assert figures["log_loss intent"] == pytest.approx(expected, abs=1e-9)


async def test_outcome_of_the_recipe(log):
    """Where a cart is the outcome nothing is at stake; another shop refuses it."""
    path, shop = log
    carts = trained(path, 'outcome = "cart"').candidate
    offset = carts.snapshot.offset
    of_carts = replace(shop.chosen, money=MoneySettings(outcome="cart"))

    assert carts.snapshot.uplift.usual_stake_eur is None
    check_fits(carts, of_carts, last_offset=offset)
    check_fits(trained(path).candidate, shop.chosen, last_offset=offset)
    with pytest.raises(SnapshotRejected, match=r"outcome must be 'order', as the shop"):
        check_fits(carts, shop.chosen, last_offset=offset)
    with pytest.raises(SnapshotRejected, match=r"learned from another journal$"):
        check_fits(carts, of_carts, last_offset=offset - 1)


async def test_usual_margin_of_the_recipe(log):
    """A candidate takes what nobody knows to be at stake for what the shop does."""
    path, shop = log
    dear = replace(shop.chosen, money=MoneySettings(order_margin_cents=14_000))
    usual, own = (trained(path, f"order_margin_cents = {n}") for n in (3_000, 14_000))

    check_fits(own.candidate, dear, last_offset=10**9)
    with pytest.raises(
        SnapshotRejected, match=r"order_margin_cents must be 14000, .* got 3000$"
    ):
        check_fits(usual.candidate, dear, last_offset=10**9)


async def test_from_decisions_alone(log, tmp_path):
    """From decision records the uplift model learns the same; scorers stay warm."""
    path, shop = log
    alone, whole = trained(lines_of(shop, tmp_path)), trained(path).candidate

    assert alone.candidate.snapshot.uplift.learned == whole.snapshot.uplift.learned
    assert alone.candidate.snapshot.uplift.counts == whole.snapshot.uplift.counts
    assert alone.refused == 0
    assert "log_loss hesitation" not in alone.figures


async def test_errors_from_decisions_alone(log, tmp_path):
    """Whose decisions they are is known from decision records, too."""
    path, shop = log
    figures, whole = (trained(one).figures for one in (lines_of(shop, tmp_path), path))

    for name in ("gain", "gain_se", "r_loss", "r_loss_se"):
        assert figures[name] == pytest.approx(whole[name])


async def test_winner_from_decisions_alone(log, tmp_path):
    """It goes on from the journal's beginning: what it knows it has learned once.

    A file of decisions does not say where in the journal it ends.
    """
    _, shop = log
    candidate = trained(lines_of(shop, tmp_path), "has_rules = false").candidate
    trial = Trial(candidate=candidate, number=1, settings=shop.chosen, rules=Rules())
    heir = heir_of(trial, fresh(shop), journal=shop.journal)

    assert known(heir) == known(fresh(shop))


async def test_which_site(log, tmp_path):
    """A site the log does not hold is refused, as is a log without decisions."""
    path, _ = log
    with pytest.raises(BadRequest, match=r"^site must be of pk_demo, got 'pk_x'$"):
        open_training_log(path, site="pk_x")
    (tmp_path / "none.ndjson").write_bytes(b"")
    with pytest.raises(NotFound, match=r"^the log must hold decisions"):
        open_training_log(tmp_path / "none.ndjson")
    assert open_training_log(path).site == SITE


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'"seed": 0', b'"seed": 1', "torn"),
        (b"engage-candidate-1", b"engage-candidate-9", "torn"),
        (b"{", b"", "torn"),
    ],
)
async def test_torn(log, old, new, why):
    """A file that was changed by hand is refused."""
    path, _ = log
    body = trained(path).candidate.encode()

    with pytest.raises(SnapshotRejected) as refused:
        Candidate.decode(body.replace(old, new, 1))
    assert refused.value.reason == why
