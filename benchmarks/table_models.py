"""The lines of the table about scores, next products and estimates; see `table`."""

# Rules of this file: values only. Where a result has several settings, all are told.

from __future__ import annotations

from typing import Any

from table_evidence import Question


def pick(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """Return the first row that has all the wanted values."""
    return next(row for row in rows if wanted.items() <= row.items())


def of_scorer(rows: list[dict[str, Any]]) -> str:
    """Return calibration and skill of our scorer in every scenario."""
    ours = (row for row in rows if row["model"] == "engage LogisticScorer")
    return ", ".join(
        f"{one['scenario']} {one['ece_excess']:.3f}; {one['skill_share']:.2f}"
        for one in ours
    )


def of_intent(models: dict[str, list[dict[str, Any]]]) -> str:
    """Return calibration before any label and while labels come, and its worst."""
    *each, whole = (one["ece_excess"] for one in models["fixed prior"])
    learned = [one["ece_excess"] for one in models["engage, shipped prior"]]
    return (
        f"{whole:.3f} (worst stretch {max(each):.3f}); "
        f"{learned[3]:.4f} (worst stretch {max(learned):.3f})"
    )


def of_dwell(result: dict[str, Any]) -> str:
    """Return the worst of all simulated families, with and without cards."""
    means = [one["mean"] for one in result.values() if "mean" in one]
    error = max(abs(gap) for one in means for gap in one["error"])
    return f"{error:.4f}; {100 * max(max(one['excess']) for one in means):.1f} %"


def of_shoppers(rows: list[dict[str, Any]], columns: str) -> str:
    """Return both areas, in the order that terms were chosen on and in another."""
    told = []
    for order in ("file", "shuffled"):
        one = pick(rows, columns=columns, order=order, model="engage LogisticScorer")
        told.append(f"{order} {one['roc_auc']:.3f} / {one['average_precision']:.3f}")
    return ", ".join(told)


def of_emails(rates: dict[str, dict[str, float]]) -> str:
    """Return what each policy earns beyond the reference, with its standard error."""
    names = ("ours with product floors", "ours", "best fixed")
    told = "{minus_reference:+.4f}, s.e. {minus_reference_se:.4f}"
    return "; ".join(told.format(**rates[name]) for name in names)


def of_open_bandit(result: dict[str, Any]) -> str:
    """Return the largest gap, and whether both ways were refused."""
    both = [one for one in result.values() if isinstance(one, dict)]
    gap = max(one["largest_gap_to_loops"] for one in both)
    refused = sum(one["refused"] for one in both)
    return f"{gap:.0e}; {refused} of {len(both)} refused"


def of_synthetic(result: dict[str, Any]) -> str:
    """Return bias and coverage of DR by kind of log, and what was refused."""
    told = ", ".join(
        f"{kind} {100 * one['DR']['relative_bias']:+.2f} %, {one['DR']['coverage']:.3f}"
        for kind, one in result["kinds"].items()
    )
    wrong = min(n for name, n in result["refused"].items() if name != "sound")
    return f"{told}; {wrong} / {result['refused']['sound']} of {result['logs']}"


MODELS: tuple[Question, ...] = (
    Question(
        "UCI shoppers, clean columns, ROC / PR; terms were chosen on it in file order",
        ".735 / .312",
        ".750 / .335",
        "uci_shoppers",
        lambda r: of_shoppers(r["rows"], "clean"),
    ),
    Question(
        "the same with all 17 columns, those that give the order away among them",
        ".905 / .670",
        ".920 / .705",
        "uci_shoppers",
        lambda r: of_shoppers(r["rows"], "all"),
    ),
    Question(
        "hesitation: ECE above its floor; skill",
        "<= .01; >= .8",
        "<= .005; >= .9",
        "hesitation_truth",
        lambda r: of_scorer(r["rows"]),
    ),
    Question(
        "intent: ECE above its floor before any label; of labels 1,000 to 2,000",
        "<= .02; <= .01",
        "<= .01; <= .005",
        "intent_calibration",
        lambda r: of_intent(r["models"]),
    ),
    Question(
        "dwell: largest coverage error; excess pinball loss, simulated",
        "<= .02; <= 3 %",
        "<= .01; <= 1.5 %",
        "dwell",
        of_dwell,
    ),
    Question(
        "YooChoose, next novel item, R@20 / MRR@20",
        ".545 / .250",
        ".57 / .26",
        "alternatives",
        lambda r: "{recall_20:.3f} / {mrr_20:.3f}".format(
            **pick(r["rows"], learner="engage", protocol="then test")
        ),
    ),
    Question(
        "Hillstrom replay, visits a mail above SquareCB without floors: ours with the "
        "floors that ship; without them; the best fixed action",
        "-; >= -2 s.e.; -",
        "-; >= +2 s.e.; -",
        "hillstrom_replay",
        lambda r: of_emails(r["rates"]),
    ),
    Question(
        "off-policy estimates (DR) on Hillstrom: relative RMSE; coverage",
        "<= .055; .92 to .98",
        "<= .05; .935 to .965",
        "ope_hillstrom",
        lambda r: ", ".join(
            f"{name} {one['DR']['relative_rmse']:.3f}; {one['DR']['coverage']:.3f}"
            for name, one in r["targets"].items()
        ),
    ),
    Question(
        "the same (IPS, SNIPS, DM, DR, Switch-DR, DRos) on Open Bandit's men: largest "
        "gap to the papers' formulas in plain loops; a log with too few clicks",
        "1e-10; refused",
        "",
        "ope_open_bandit",
        of_open_bandit,
    ),
    Question(
        "DR on simulated logs: bias, coverage; logs with wrong / sound propensities "
        "refused",
        "2 %, .93 to .97; 200 / 0 of 200",
        "",
        "ope_synthetic",
        of_synthetic,
    ),
    Question(
        "cursor signals, conflicted against easy choices, AUC, people left out",
        ".70",
        ".75",
        "mouse_hesitation",
        lambda r: "{own:.3f} minus own mean so far; {all:.3f} raw".format(
            own=r["own"]["all"], all=r["raw"]["all"]
        ),
    ),
)
