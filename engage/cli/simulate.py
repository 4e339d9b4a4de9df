"""`engage simulate`: seeded shoppers with a known truth, into a data directory."""

# Rules of this file: reads the command line, runs the simulation, says that it was one.

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from engage.cli.options import Lines, html_option
from engage.cli.progress import progress
from engage.cli.report import write_report
from engage.cli.words import note, say
from engage.demo.catalogue import PRODUCTS
from engage.errors import EngageError
from engage.evidence.simulated import TRUTH_FILE, mark_simulated
from engage.evidence.simulation.goods import Good
from engage.evidence.simulation.inprocess import open_in_process
from engage.evidence.simulation.offline import START_S, Simulation, Told, write_truth
from engage.evidence.simulation.regret import Lived, Regret, lived_of, regret_of
from engage.evidence.simulation.scenarios import SCENARIOS
from engage.evidence.simulation.shop import (
    GROUPS,
    POOL,
    simulated_secrets,
    simulated_site,
)
from engage.evidence.simulation.shopper import World
from engage.evidence.simulation.truth import earned, values
from engage.settings import PolicySettings
from engage.stores.base import Body, JournalReads
from engage.stores.journal.files import JOURNAL_FILE
from engage.telemetry import configure_logging

_PAGE: Final = 500
# How much there is to know about a product, by its shelf; an assumption.
_COMPLEXITY = {
    "guitars": 0.7,
    "amplifiers": 0.7,
    "cameras": 0.9,
    "headphones": 0.4,
    "shoes": 0.2,
}


def add_to(subparsers: Any) -> None:
    """Add the command to the command line."""
    scenarios = "\n".join(f"  {name:8}{one.says}" for name, one in SCENARIOS.items())
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "simulate",
        help="simulated shoppers with a known truth, into a data directory",
        description="Simulates seeded shoppers whose truth is known and writes the "
        "data directory that a service would have written, with truth.json beside the "
        "journal: segment and expected value of every kind of card for each visitor. "
        "Its service learns every quarter of an hour of its own time, a real one at "
        "once. A simulation says nothing about real shops.",
        epilog=f"scenarios:\n{scenarios}",
        formatter_class=Lines,
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="data directory to write; must not hold a journal yet",
    )
    parser.add_argument(
        "--visitors", type=int, default=2_000, metavar="N", help="default: 2000"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument(
        "--scenario",
        choices=list(SCENARIOS),
        default="shop",
        metavar="NAME",
        help="what kind of shop, see below; default: shop",
    )
    parser.add_argument(
        "--mode",
        choices=("learned", "rules"),
        default="learned",
        help="who decides: the model, or the shop's own list; default: learned",
    )
    html_option(parser)
    parser.add_argument("--json", action="store_true", help="the result for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Simulate; return 0, 2 for wrong use, 1 when it failed."""
    if args.visitors < 1:
        note(f"engage simulate: --visitors must be >= 1, got {args.visitors}")
        return 2
    if args.out.exists() and not args.out.is_dir():
        note(f"engage simulate: --out must be a directory, got the file {args.out}")
        return 2
    if (args.out / JOURNAL_FILE).exists():
        note(f"engage simulate: --out must hold no journal yet, got {args.out}")
        return 2
    # The bar is what people see; what matters of the rest is in the report.
    configure_logging(level="error")
    note(f"This is a simulation: {args.scenario}, seed {args.seed}. No real shopper.")
    try:
        # Closed even if an interrupt comes before the loop has begun with it.
        with closing(_simulate(args)) as living:
            told, regret, lived = asyncio.run(living)
    except EngageError as error:
        note(f"engage simulate: {error}")
        return 1
    _report(args, told, regret=regret, lived=lived)
    if args.html is not None:
        write_report(args.out, args.html)
    return 0


def goods() -> tuple[Good, ...]:
    """Return the demo's catalogue as simulated shoppers see it."""
    return tuple(
        Good(
            item_id=one.item_id,
            title=one.title["de"],
            category=one.category,
            price_cents=one.price_cents,
            cost_cents=one.cost_cents,
            in_stock=one.in_stock,
            has_sizes=bool(one.sizes),
            complexity=_COMPLEXITY.get(one.category, 0.5),
        )
        for one in PRODUCTS
    )


async def _simulate(
    args: argparse.Namespace,
) -> tuple[Told, Regret | None, Lived | None]:
    settings = replace(simulated_site(), mode=args.mode)
    secrets = simulated_secrets(args.seed)
    local = await open_in_process(
        settings, secrets, data=args.out, at_s=START_S, is_served=True
    )
    # At once: what an interrupt leaves behind is no real log either.
    mark_simulated(args.out)
    # Who takes the directory over needs the same salt: it names every decision.
    (args.out / f"{settings.key}.salt").write_bytes(secrets.salt)
    world = World(
        site=settings.key,
        goods=goods(),
        scenario=SCENARIOS[args.scenario],
        seed=args.seed,
    )
    try:
        with progress("visitors", total=args.visitors) as advance:
            simulation = Simulation(
                local=local,
                world=world,
                visitors=args.visitors,
                groups=GROUPS,
                pools=(POOL,),
                seen=advance,
            )
            told = await simulation.live()
        treated: set[str] = set()
        bodies = _decisions(local.journal, settings.key, treated=treated)
        regret = regret_of(bodies, _truths(simulation))
    finally:
        await local.close()
    write_truth(args.out / TRUTH_FILE, simulation)
    return told, regret, lived_of(_earned(simulation, treated))


def _decisions(
    journal: JournalReads, site: str, *, treated: set[str]
) -> Iterator[Body]:
    """Yield the decisions; notes whose were carried out."""
    cursor: str | None = None
    while True:
        page = journal.decisions(site, limit=_PAGE, cursor=cursor)
        for body in page.rows:
            if not body["ghost"]:
                treated.add(body["visitor"])
            yield body
        cursor = page.cursor
        if cursor is None:
            return


def _truths(simulation: Simulation) -> dict[str, dict[str, float]]:
    """Return what each kind of card is worth to each person, by visitor id."""
    return {
        one.visitor: values(one.truth, simulation.world.prices)
        for one in simulation.shoppers
        if not one.is_bot
    }


def _earned(simulation: Simulation, treated: set[str]) -> Iterator[float]:
    """Yield what each person's cards were worth to expect, EUR."""
    prices = simulation.world.prices
    for one in simulation.shoppers:
        if one.visitor in treated and not one.is_bot:
            cards = {"shown": one.shown, "accepted": one.accepted}
            yield earned(one.truth, prices, **cards)


def _report(
    args: argparse.Namespace,
    told: Told,
    *,
    regret: Regret | None,
    lived: Lived | None,
) -> None:
    result = {
        "simulation": True,
        "scenario": args.scenario,
        "seed": args.seed,
        "mode": args.mode,
        "visitors": told.visitors,
        "days": round(told.days, 2),
        "beacons": told.beacons,
        "decisions": told.decisions,
        "orders": told.orders,
        "out": str(args.out),
        "truth": str(args.out / TRUTH_FILE),
        "regret": None if regret is None else regret.plain(),
        "lived": None if lived is None else lived._asdict(),
    }
    if args.json:
        say(orjson.dumps(result).decode())
        return
    decisions = ", ".join(f"{name} {n}" for name, n in told.decisions.items())
    say(
        f"simulated {told.visitors} visitors in {told.days:.1f} days of shop time "
        f"(a simulation, scenario {args.scenario}, seed {args.seed})\n"
        f"beacons   {sum(told.beacons.values())}\n"
        f"decisions {sum(told.decisions.values())}: {decisions}\n"
        f"orders    {told.orders}\n"
        f"written   {args.out} (journal), {args.out / TRUTH_FILE} (truth)"
    )
    if lived is not None:
        say(
            f"what all cards of a visitor were worth to expect, over none at all: "
            f"{lived.mean_eur:+.2f} EUR (s.e. {lived.se_eur:.2f}, {lived.visitors:,} "
            "visitors who met a moment and were not held out)"
        )
    if regret is not None:
        _report_regret(regret, mode=args.mode)


def _report_regret(regret: Regret, *, mode: str) -> None:
    say(
        f"value of a first decision over none, EUR, {regret.decisions} of them; an "
        f"oracle that knows every shopper earns {regret.oracle:.2f}"
    )
    for name, value in sorted(regret.values.items(), key=lambda one: -one[1]):
        more = f" ({regret.best_fixed})" if name == "best fixed" else ""
        lost = regret.oracle - value
        say(f"  {name + more:26} {value:+.2f}, loses {lost:.2f}")
    say(
        "  the service lost, tenth by tenth: "
        + " ".join(f"{one:.2f}" for one in regret.losses)
    )
    policy = PolicySettings()
    explored = f"each intervention, for its first {policy.launch_until_n:,}"
    if mode == "rules":
        explored = f"{policy.rules_explore:.0%} of the draws, in place of the list's"
    say(f"  (explored on purpose: {explored})")
