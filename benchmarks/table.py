"""Writes benchmarks/README.md: what is asked, bar, goal, what was measured, and how.

    python benchmarks/table.py

Every figure comes from a file in `results/`; a question without one says so.
"""

# Rules of this file: reads results and formats them; measures nothing.

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from table_evidence import EVIDENCE, Question
from table_models import MODELS, pick
from table_operations import OPERATIONS
from table_peers import PEERS

HERE = Path(__file__).parent
RESULTS = HERE / "results"
HEAD = """# Benchmarks

One file a question; `make study` runs them all at length and writes this page from
`results/` (`python benchmarks/table.py` does so, too), `make bench` runs the short ones
and prints what they found. Speeds are ratios
inside one interleaved run, because machines differ and are shared; each result file
says the command and, where it matters, how busy the machine was. A *bar* is what may
never be missed, a *goal* what we are out for. What is missed is printed as it is.
Public data sets are not part of the project; [`data_sets.py`](data_sets.py) says where
they are looked for, and the head of each benchmark what its set is.

| question | bar | goal | measured | file |
|---|---|---|---|---|
"""


def pick_design(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the row of a design of the toy shop."""
    return next(row for row in rows if row["design"]["name"] == name)


def of_shop(row: dict[str, Any]) -> str:
    """Return what a design earned compared with the shop's own rules."""
    above = row["share_above_rules"]
    return (
        f"{100 * above['30']:.0f} / {100 * above['90']:.0f} % of {row['seeds']}; "
        f"{row['loss_to_rules_before_eur_a_day']:.1f} EUR a day until day "
        f"{row['mean_passes_rules_on_day']}"
    )


def of_half(row: dict[str, Any]) -> str:
    """Return what is left where interventions do half of what they usually do."""
    above = row["share_above_rules"]
    below = row["share_of_seeds_ever_below_none_after_day_90"]
    return (
        f"{row['lowest_mean_after_day_90_eur']:.3f} EUR a moment; "
        f"{100 * above['30']:.0f} / {100 * above['90']:.0f} %; {100 * below:.0f} % "
        f"of {row['seeds']}"
    )


def of_agents(result: Any) -> str:
    """Return what an hour of agents who are short earns, of first come."""
    told = []
    for row in (one for one in result["rows"] if one["load"] == 3.0):
        priced, plain = row["rules"]["priced"], row["rules"]["first come"]
        figure = "eur_per_agent_hour"
        told.append(
            f"{priced[figure]['mean'] / plain[figure]['mean']:.2f} "
            f"({plain['missed']['mean']:.2f} > {priced['missed']['mean']:.2f})"
        )
    return f"{' / '.join(told)}, {result['seeds']} seeds"


def spread(one: dict[str, float]) -> str:
    """Return a median with its range."""
    return f"{one['median']:.2f} ({one['low']:.2f} to {one['high']:.2f})"


def of_sdk(goal: dict[str, Any]) -> str:
    """Return one figure of the SDK with its bar and goal."""
    held = ((word, goal[word]) for word in ("bar", "goal"))
    told = ", ".join(f"{word} {value:g}" for word, value in held if value is not None)
    return f"{goal['what']}: {goal['measured']:g} ({told})"


def gaps(result: Any) -> str:
    """Return the longest gaps of the loop, and what it computed itself, by duty."""
    each = (
        f"{name} {one['median']:.1f} to {one['worst']:.1f} ({one['own_median']:.1f})"
        for name, one in result["longest_gap_ms"].items()
    )
    return ", ".join(each) + " ms"


QUESTIONS = (
    Question(
        "whole path, requests a second / bare aiohttp",
        ">= .45, then .75",
        "1.2",
        "full_path",
        lambda r: (
            f"{spread(r['engage']['rps_ratio'])}; CPU {r['engage']['cpu_us']:.0f} us "
            f"a beacon, base {r['engage']['base_cpu_us']:.0f}; "
            f"{r['decisions_per_beacon']:.2f} decisions a beacon"
        ),
    ),
    Question(
        "HTTP, limits, decoding and answer alone / bare aiohttp",
        "",
        "",
        "full_path",
        lambda r: f"{spread(r['door']['rps_ratio'])}; CPU {r['door']['cpu_us']:.0f} us",
    ),
    *PEERS,
    Question(
        "longest gap of the event loop, median to worst of the runs (of the median,"
        " computed by its own thread)",
        "5 ms",
        "1 ms",
        "stalls",
        gaps,
    ),
    Question(
        "a beacon in the engine, CPU of the loop's thread",
        "p50 .3, p99 .8 of base CPU",
        ".2, .6",
        "stalls",
        lambda r: "p50 {p50:.0f}, p99 {p99:.0f} us".format(**r["beacon_cpu_us"]),
    ),
    Question(
        "ten observations / a beacon in the engine",
        "3 %",
        "1.5 %",
        "metrics",
        lambda r: (
            f"{100 * r['share_of_a_beacon']:.2f} % "
            f"({r['ten_observations_us']['ours']:.1f} us; stock client "
            f"{r['ten_observations_us']['stock']:.1f})"
        ),
    ),
    Question(
        "bytes of a live session, mixed, in the store",
        "1,500",
        "700",
        "session_bytes",
        lambda r: str(pick(r["rows"], visit="mixed", container="store")["bytes"]),
    ),
    Question(
        "hostile input (an hour of it in a study): findings",
        "0",
        "0",
        "fuzz",
        lambda r: (
            f"{len(r['findings'])} in {r['mutants']:,} mutants and "
            f"{r['schema_cases']:,} cases of its own description; memory "
            "{} to {} MB".format(*r["memory_mb_before_after"])
        ),
    ),
    Question(
        "seeded propensity bugs caught / false alarms, in 20 logs of 200,000",
        ">= 19 of each / 0",
        "20 / 0",
        "propensity_bugs",
        lambda r: (
            f"{min(n for bug, n in r['rejected'].items() if bug != 'healthy')} / "
            f"{r['rejected']['healthy']}"
        ),
    ),
    Question(
        "toy shop, as shipped: seeds above the rules at day 30 / 90; loss before",
        "- / >= 90 %",
        ">= 80 %; <= 5 EUR a day",
        "shop_rates",
        lambda r: of_shop(pick_design(r["rows"], "as shipped")),
    ),
    Question(
        "the same with half the effects: lowest mean over `none` after day 90; seeds "
        "above the rules at day 30 / 90; seeds ever below `none` after it",
        "> 0; -; -",
        "",
        "shop_rates",
        lambda r: of_half(pick_design(r["rows"], "as shipped, half effect")),
    ),
    Question(
        "1 / 3 / 10 agents for 3 x their work, simulated: an hour earns with prices,"
        " of first come; moments that find nobody, without > with",
        "> 1",
        "",
        "capacity",
        of_agents,
    ),
    *MODELS,
    Question(
        "SDK: last events lost over 1,000 page ends, connection pool full",
        "<= .5 %",
        "<= .5 %",
        "sdk_page_ends",
        lambda r: f"{100 * r['loss']:.1f} %, {r['duplicates']} duplicates",
    ),
    Question(
        "SDK beside others (gzip bytes; CPU; G1 to G13 of one run)",
        "beside each",
        "beside each",
        "sdk",
        lambda r: "; ".join(map(of_sdk, r["goals"])),
    ),
    *EVIDENCE,
    *OPERATIONS,
    Question(
        "Redis store, a beacon's load and save, CPU",
        "",
        "",
        "redis_store",
        lambda r: ", ".join(
            f"{row['way']} at {row['tasks']}: {row['cpu_us']:.0f} us"
            for row in r["rows"]
        ),
    ),
)


def line(question: Question, folder: Path) -> str:
    """Return one line of the table, of the results in a folder."""
    path = folder / f"{question.file}.json"
    measured = "not measured"
    if path.exists():
        measured = question.show(orjson.loads(path.read_bytes()))
    file = f"[{question.file}](results/{question.file}.json)"
    cells = (question.text, question.bar, question.goal, measured, file)
    return "| " + " | ".join(cells) + " |\n"


def page(folder: Path = RESULTS) -> str:
    """Return the page of the results in a folder."""
    return HEAD + "".join(line(question, folder) for question in QUESTIONS)


def main() -> None:
    """Write the page."""
    (HERE / "README.md").write_text(page())


if __name__ == "__main__":
    main()
