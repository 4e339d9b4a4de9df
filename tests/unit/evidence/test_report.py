import math

import numpy as np
import pytest

from engage.evidence.decision_log import open_log
from engage.evidence.offpolicy.evaluation import evaluate
from engage.evidence.offpolicy.policies import target_of
from engage.evidence.offpolicy.rows import rows_of
from engage.evidence.report.charts import Span, spans
from engage.evidence.report.decisions_section import decisions_section
from engage.evidence.report.gathering import Decisions
from engage.evidence.report.model_section import effects_of, model_section
from engage.evidence.report.page import Page, Panel, Section, grid_of, render
from engage.evidence.report.scores_section import ScoreLog, scores_section
from engage.evidence.report.truth_section import Regret
from engage.evidence.report.value_section import value_section
from engage.evidence.simulated import truth_in
from engage.scoring.basis import Basis
from engage.scoring.frozen_logistic import FrozenLogistic
from engage.visits.features import FEATURES, NAMES


def page(*sections, is_simulated=False):
    """Return a page of some sections as HTML."""
    return render(
        Page(title="t", about=(), sections=sections, is_simulated=is_simulated)
    )


def scored(scorer, predicted, labels):
    """Return a score log with predictions and labels of weight 1."""
    log = ScoreLog()
    log.take(
        {"scorer": scorer, "predicted": p, "label": y, "weight": 1.0}
        for p, y in zip(predicted, labels, strict=True)
    )
    return log


def test_words_are_escaped():
    """What comes from a log is text on the page, never markup."""
    bad = "<script>alert(1)</script>"
    panel = Panel(title=bad, says=bad, grid=grid_of((bad, bad), [(bad, bad)]))

    html = page(Section(name="x", title=bad, lead=bad, notes=(bad,), panels=(panel,)))

    assert "<script" not in html


def test_plot_is_the_same_each_time():
    """The same values give the same bytes."""
    rows = [Span(name="a", value=1.0, low=0.5, high=1.5)]

    assert spans(rows, unit="EUR") == spans(rows, unit="EUR")


def test_plot_takes_the_pages_colours():
    """A plot names the page's colours, so that it fits light, dark and paper."""
    svg = spans([Span(name="a", value=1.0, low=0.5, high=1.5)], unit="EUR")

    assert "var(--a)" in svg
    assert "#0101" not in svg


def test_plot_names_are_shown_as_text():
    """Markup and dollar signs in names neither break a plot nor become formulas."""
    svg = spans([Span(name="<b>$a_1$", value=1.0)], unit="EUR")

    assert ">&lt;b&gt;$a_1$</text>" in svg


def test_true_score_lies_on_the_diagonal():
    """Labels drawn with the predicted probability come true as often as said."""
    rng = np.random.default_rng(5)
    predicted = rng.uniform(0.05, 0.95, 20_000)
    labels = (rng.uniform(size=20_000) < predicted).astype(float)

    (panel,) = scores_section(scored("intent", predicted, labels)).panels

    # 2,000 labels a group: four standard errors are .045.
    gaps = [abs(_share(row[0]) - _share(row[1])) for row in panel.grid.rows]
    assert max(gaps) < 0.045


@pytest.mark.parametrize("is_export", [True, False])
def test_intent_is_told_without_what_was_known(is_export):
    """Who had ordered already is counted apart: predicting that is no foresight."""

    def vector(*, funnel):
        named = dict.fromkeys(NAMES, 0.0) | {"funnel": funnel}
        return named if is_export else list(named.values())

    log = ScoreLog()
    log.take(
        {
            "scorer": "intent",
            "predicted": 0.97 if number < 40 else 0.02 + number / 10_000,
            "label": float(number < 40 or number % 20 == 0),
            "weight": 1.0,
            "features": vector(funnel=6.0 if number < 40 else 1.0),
        }
        for number in range(200)
    )
    (panel,) = scores_section(log).panels

    known, rest = panel.says.split(" 40 of these visits had ordered by then; ")
    assert known.startswith("200 labels: base rate 24.0%, log-loss 0.1702 ")
    # 8 of 160, and above 532 of 8 x 152 pairs.
    assert rest.startswith("the other 160: base rate 5.0%, log-loss 0.2052 ")
    assert rest.endswith(", AUC 0.438.")


def test_surrogate_of_few_orders_has_no_interval():
    """Thirty decisions have to earn something: with fewer, 95 % are 71 to 90 %."""
    spans = []
    for orders in (29, 30):
        found = Decisions(total=400)
        found.chances["none"].extend([0.5] * 400)
        found.rewards["none"].extend([5.0] * 400)
        found.values["none"].extend([40.0] * orders + [0.0] * (400 - orders))
        found.visitors["none"].extend(range(400))
        audit = decisions_section(found).panels[-1]
        spans.append(audit.grid.rows[0][-1])

    assert spans == ["not yet", "-3.03 to -0.97"]


def test_nothing_was_refused():
    """Where nothing was taken away before the draw, the page says so."""
    found = Decisions(total=1, chances={"none": [1.0]})

    assert decisions_section(found).notes[-1].endswith(" one decision: none.")


@pytest.mark.parametrize("scorer", ["hesitation", "dwell"])
def test_labels_of_a_visit_are_one(scorer):
    """What a visit says four times over is as uncertain as if it were said once.

    Seed 6; 400 visits. Intervals of 1,600 labels each by itself are half as wide.
    """
    luck = np.random.default_rng(6)
    predicted, labels = luck.random(400), luck.integers(2, size=400).astype(float)

    def told(*, times):
        log = ScoreLog()
        log.take(
            {"scorer": scorer, "predicted": p, "label": y, "session": f"s_{number}"}
            | ({} if scorer == "dwell" else {"weight": 1.0})
            for number, (p, y) in enumerate(zip(predicted, labels, strict=True))
            for _ in range(times)
        )
        (panel,) = scores_section(log).panels
        return panel

    once, often = told(times=1), told(times=4)

    assert often.svg == once.svg
    floor = "a perfect model would show"
    assert often.says.partition(floor)[2] == once.says.partition(floor)[2]


def _share(text):
    return float(text.rstrip("%")) / 100


def test_censored_views_were_longer():
    """A view that a card cut short was longer: the percentiles it was dealt hold."""
    luck = np.random.default_rng(4)
    reached, ends = luck.random(20_000), luck.random(20_000)
    log = ScoreLog()
    log.take(
        {
            "scorer": "dwell",
            "predicted": min(one, end),
            "label": 9.0,
            "censored": end < one,
        }
        for one, end in zip(reached, ends, strict=True)
    )
    (panel,) = scores_section(log).panels
    errors = {row[0]: _share(row[2]) for row in panel.grid.rows}

    assert "of them cut short by a card" in panel.says
    # Whole views alone have 75 % at or below the median; 4 standard errors are .02.
    assert abs(errors["50%"]) < 0.02


def test_few_labels_are_not_shown():
    """Too few labels make a sentence, no plot."""
    section = scores_section(scored("intent", [0.5] * 9, [1.0] * 9))

    assert section.panels == ()
    assert "too few" in section.notes[0]


def test_weight_in_units():
    """One input with weight 2 changes the log-odds by 2 for a standard deviation."""
    n, at = len(NAMES), NAMES.index("active_s")
    weights = np.zeros(1 + n)
    weights[1 + at] = 2.0
    model = FrozenLogistic(
        basis=Basis(names=NAMES, bent=frozenset()),
        means=np.full(n, 1.0),
        inverse=np.full(n, 4.0),
        weights=weights,
    )

    effects = {one.name: (low, high, by) for one, low, high, by in effects_of(model)}

    # Inputs are logs scaled to 5: the mean 1.0 and a deviation of .25 in seconds.
    top = math.log1p(FEATURES[at].high)
    expected = (math.expm1(1.0 / 5 * top), math.expm1(1.25 / 5 * top), 2.0)
    assert effects["active_s"] == pytest.approx(expected)
    assert effects["page_views"][2] == 0.0


def test_regret_of_known_worths():
    """Expected values follow from the logged distribution and the truth alone."""
    truth = {"v": {"segment": "sure_thing", "values": {"none": 1.0, "help": 3.0}}}
    regret = Regret(truth=truth)

    regret.take(
        {
            "visitor": "v",
            "served": True,
            "eligible": ["none", "a"],
            "versions": {"kinds": {"a": "help"}},
            "distribution": {"none": 0.75, "a": 0.25},
            "ghost": None,
        }
    )

    assert regret.columns == {
        "this policy": [1.5],
        "uniform": [2.0],
        "always none": [1.0],
        "always help": [3.0],
        "oracle": [3.0],
    }


def test_oracle_is_never_beaten(simulated, bodies):
    """No policy earns more in expectation than the oracle, decision by decision."""
    regret = Regret(truth=truth_in(simulated) or truth_of(bodies))
    for body in bodies:
        regret.take(body)

    oracle = regret.columns["oracle"]
    assert all(
        value <= best + 1e-9
        for column in regret.columns.values()
        for value, best in zip(column, oracle, strict=True)
    )


def truth_of(bodies):
    """Return an invented truth for the visitors of a log without one."""
    values = {"none": 1.0, "chat": 2.0, "discount": 0.5, "alternative": 3.0, "help": 1}
    return {
        body["visitor"]: {"segment": "persuadable", "values": values} for body in bodies
    }


def test_gathered_counts(bodies):
    """Every draw with a choice is counted, and so are the ghosts among them."""
    found = Decisions()
    for body in bodies:
        found.take(body)

    choices = [one for one in bodies if one["served"] and len(one["eligible"]) > 1]
    assert found.drawn.total() == len(choices) == found.total - found.no_choice
    assert found.ghosts == sum(one["ghost"] is not None for one in choices)
    assert sum(map(len, found.values.values())) <= len(choices) - found.ghosts


def test_explained_decision(simulated, bodies):
    """The page explains a decision with the snapshot that it names."""
    found = Decisions()
    for body in bodies:
        found.take(body)
    log = open_log(simulated)
    decided = log.snapshot("pk_demo", found.example["snapshot"])

    section = model_section(decided, example=found.example, decided=decided)

    html = page(section)
    assert found.example["decision"] in html
    assert f"why {found.example['action']} was predicted so" in html


def test_refusal_is_shown(bodies):
    """Where evidence refuses a number the page says why, and shows none."""
    target = target_of("uniform", find=lambda _: None)

    section = value_section(evaluate(rows_of(bodies, target)), target)

    assert section.lead == "No number: the evidence does not carry one for uniform."
    assert "effective sample size must be >= 1000" in " ".join(section.notes)
    assert "Value by estimator" not in page(section)
