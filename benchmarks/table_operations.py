"""The lines of the table about faults, load and several workers; see `table`."""

# Rules of this file: values only.

from __future__ import annotations

from typing import Any

from table_evidence import Question


def struck(result: Any) -> str:
    """Return what was struck how often, and how soon it worked again."""
    return "; ".join(
        f"{one['strikes']} x {name} {one['works_again_s']['median']:.1f} s "
        f"(worst {one['works_again_s']['worst']:.1f})"
        for name, one in result["recovery"].items()
    )


def lost(result: Any) -> str:
    """Return what is wrong in the books, or that nothing is."""
    wrong = ", ".join(f"{name} {n}" for name, n in result["wrong"].items())
    return (
        f"{wrong or 'nothing'}, of {result['answered']:,} answers, {result['cards']:,} "
        f"cards, {result['orders']:,} orders; models apart {result['models_apart']:g}"
    )


def delay(one: Any) -> str:
    """Return quantiles, or that there was no such answer."""
    return f"{one['p50']:.0f} / {one['p99']:.0f}" if one else "none"


def decisions_per_s(overload: Any, when: str) -> float:
    """Return how many decisions a second came of the beacons taken at `when`."""
    taken_per_s = {
        "peak": overload["peak_per_s"],
        "overload": overload["overload"]["taken_per_s"],
    }
    return float(taken_per_s[when] * overload[f"{when}_decisions_per_beacon"])


def half_load(result: Any) -> str:
    """Return delays at half load, with and without a card, by service."""
    return "; ".join(
        f"{kind} {delay(one['at_once_ms'])}, with card {delay(one['with_card_ms'])}"
        for kind, one in result["half_load"].items()
    )


def poisoned(result: Any) -> str:
    """Return what a day of each attack cost; without a bar, what two months would."""
    rows = result["rows"]
    short = [one for one in rows if one["bar"] is not None]
    plain = [one for one in rows if one["is_capped"] and one["is_corrected"]]
    long = [one for one in plain if one["days"] > 1]
    return f"{_losses(short)}; two months: {_losses(long)}"


def _losses(rows: Any) -> str:
    return ", ".join(
        f"{one['share']:.0%} x {one['asks']}"
        + (f" from {one['networks']} networks" if one["networks"] else "")
        + f" {100 * one['loss']['mean']:.1f} % (s.e. {100 * one['loss']['se']:.1f})"
        for one in rows
    )


def two_to_one(result: Any) -> str:
    """Return what two workers do, of one: by requests, with the range, and by CPU."""
    requests = result["two_to_one"]
    return (
        f"{requests['median']:.2f} ({requests['low']:.2f} to {requests['high']:.2f}; "
        f"{result['two_to_one_by_cpu']:.2f})"
    )


def at_one_rate(result: Any) -> str:
    """Return what two workers do, of one, by CPU a beacon of the same visits."""
    calm = result["at_one_rate"]
    ratios = ", ".join(f"{ratio:.2f}" for ratio in calm["two_to_one_by_cpu"])
    return f"{ratios} at {calm['rate']:.0f} a second"


def beside(result: Any) -> str:
    """Return what learner and Redis cost beside one worker, and what idling costs."""
    steady, idle = result["steady"]["one"], result["idle_cpu_ms_per_s"]["one"]
    at_rest = (f"{idle[one]:.0f}" for one in ("answering", "learner", "redis"))
    return (
        f"{steady['learner_cpu_us']:.0f} / {steady['redis_cpu_us']:.0f} at "
        f"{steady['decisions_per_beacon']:.2f} decisions a beacon; "
        f"{' / '.join(at_rest)}"
    )


OPERATIONS: tuple[Question, ...] = (
    Question(
        "minutes of chaos: lost, doubled, overrun, invited to nobody",
        "nothing",
        "nothing",
        "chaos",
        lost,
    ),
    Question(
        "the same: strikes, and seconds until what was struck worked again",
        "",
        "",
        "chaos",
        struck,
    ),
    Question(
        "an operator pauses everything / pins a snapshot: seconds until the last "
        "decision anywhere that was made as before, median (worst)",
        "< 1",
        "",
        "orders",
        lambda r: " / ".join(
            f"{r[name]['median_s']:.2f} ({r[name]['worst_s']:.2f})"
            for name in ("pause", "pin")
        ),
    ),
    Question(
        "Redis hangs / is dead: p99 ms added; seconds until all is in the ledger",
        "<= 20; <= 60",
        "",
        "redis_away",
        lambda r: "; ".join(
            f"{name} {r[name]['added_p99_ms']:.0f}, {r[name]['drained_s']:.0f} s"
            for name in ("hanging", "dead")
        ),
    ),
    Question(
        "a simulation: what a day of bots that fake carts costs the other visitors of "
        "that week; share x asks a visit",
        "5 % bots: <= 5 %; 20 %: <= 20 %",
        "",
        "poisoning",
        poisoned,
    ),
    Question(
        "from a close to all workers deciding with it, seconds, p50 / p99 / longest",
        "< 2",
        "",
        "hot_swap",
        lambda r: "{p50:.2f} / {p99:.2f} / {max:.2f}".format(**r["seconds"]),
    ),
    Question(
        "300 beacons a second, p50 / p99 ms; 5xx; memory, MB first to last",
        "p99 <= 50; < .01 %; flat",
        "",
        "load",
        lambda r: (
            f"{delay(r['steady']['taken_ms'])}; "
            f"{sum(n for s, n in r['steady']['answers'].items() if s[0] == '5')}; "
            f"{r['steady']['memory_mb'][0]:.0f} to {r['steady']['memory_mb'][-1]:.0f}"
        ),
    ),
    Question(
        "the same beside 1,000 bombs a second / 2,000 slow heads, p50 / p99 ms",
        "p99 <= 100 / 50",
        "",
        "load",
        lambda r: f"{delay(r['bombs']['taken_ms'])}; {delay(r['slow']['taken_ms'])}",
    ),
    Question(
        "five times what it can do: goodput; p50 / p99 ms of the taken; refused mute",
        ">= .8; p99 <= 250; 0",
        "",
        "load",
        lambda r: (
            f"{r['overload']['goodput']:.2f} (decisions a second at the peak "
            f"{decisions_per_s(r['overload'], 'peak'):.0f}, then "
            f"{decisions_per_s(r['overload'], 'overload'):.0f}); "
            f"{delay(r['overload']['overload']['taken_ms'])}; "
            f"{r['overload']['overload']['refused_without_retry_after']}"
        ),
    ),
    Question(
        "SIGTERM under load: seconds until it has ended",
        "<= 20",
        "",
        "load",
        lambda r: f"{r['exit']['exit_s']:.1f}",
    ),
    Question(
        "two workers / one, requests a second (by CPU a request), a session on its own "
        "connection; hopping from one to another",
        ">= 1.6",
        "1.8",
        "workers",
        lambda r: f"{two_to_one(r)}; {two_to_one(r['hopping'])}",
    ),
    Question(
        "the same by CPU a beacon, hopping, same visits, a rate that both can do: what "
        "cores enough would give",
        ">= 1.6",
        "1.8",
        "workers",
        at_one_rate,
    ),
    Question(
        "beside a beacon to one worker, us of CPU: learner / Redis; when nobody asks: "
        "worker / learner / Redis, ms a second",
        "",
        "",
        "workers",
        beside,
    ),
    Question(
        "one worker with Redis / bare aiohttp, requests a second; by CPU; / embedded",
        ">= .5",
        "",
        "workers",
        lambda r: (
            f"{r['redis_to_base']['median']:.2f}; {r['redis_to_base_by_cpu']:.2f}; "
            f"{r['redis_to_embedded']['median']:.2f}"
        ),
    ),
    Question(
        "at half of what each can do, p50 / p99 ms",
        "the base's",
        "",
        "workers",
        half_load,
    ),
)
