"""Figures of a site's evidence, for dashboards: the same as the console's, bounded."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from engage.evidence.lift.ledger import Costs, Ledger
from engage.evidence.lift.measure import measure
from engage.evidence.lift.report import Plan
from engage.web.app import add_operations
from engage.web.console.routes import CONSOLE, add_console
from engage.web.errors import problems
from engage.web.server import build_service
from engage.web.service import SERVICE
from engage.web.site_figures import SiteFigures
from tests.web.console_shop import ask, settings


def samples_of(figures, name):
    """Return the samples of one family by their labels' values."""
    [family] = [one for one in figures.collect() if one.name == name]
    return {tuple(one.labels.values()): one.value for one in family.samples}


async def scraped(data, *, visitors):
    """Return the site's series after so many visitors have asked for advice."""
    service = await build_service(settings(data))
    app = web.Application(middlewares=[problems])
    app[SERVICE] = service
    add_operations(app)
    add_console(app, token=None, is_demo=True)
    try:
        async with TestClient(TestServer(app)) as client:
            for n in range(visitors):
                await ask(service, f"v_{n}")
            while await app[CONSOLE].follower.step():
                pass
            await app[CONSOLE].follower.measure()
            text = await (await client.get("/metrics")).text()
    finally:
        await service.stop()
    lines = [line for line in text.splitlines() if line.startswith("engage_site_")]
    return {line.rpartition(" ")[0] for line in lines}


async def test_figures_are_in_the_scrape(tmp_path):
    """Who asks for metrics gets the site's figures, by site, group and action."""
    series = await scraped(tmp_path, visitors=30)

    assert 'engage_site_visitors{group="holdout",site="pk_demo"}' in series
    assert 'engage_site_decisions{action="none",site="pk_demo"}' in series
    assert 'engage_site_groups_broken{site="pk_demo"}' in series


async def test_evidence_is_measured_on_one_thread(tmp_path):
    """What a measure takes is kept once, not by each of a machine's many threads."""
    service = await build_service(settings(tmp_path))
    app = web.Application()
    app[SERVICE] = service
    add_console(app, token=None, is_demo=True)
    threads = set()
    measured = app[CONSOLE].follower._measure

    def noted(*of):
        threads.add(threading.get_ident())
        return measured(*of)

    app[CONSOLE].follower._measure = noted
    try:
        async with TestClient(TestServer(app)):
            for _ in range(3):
                # Whoever else is at work takes a thread, too.
                busy = [asyncio.to_thread(threading.get_ident) for _ in range(5)]
                others = await asyncio.gather(app[CONSOLE].follower.measure(), *busy)
                assert not threads & set(others)
    finally:
        await service.stop()

    assert len(threads) == 1


async def test_series_do_not_grow_with_visitors(tmp_path):
    """Ten times the visitors add no series beyond those of the configured actions."""
    few = await scraped(tmp_path / "few", visitors=15)
    many = await scraped(tmp_path / "many", visitors=100)

    actions = {"none", "returns", "autumn10", "chat_guitars"}
    added = {line for line in many - few if "action=" not in line}
    assert added == set()
    assert {line.split('action="')[1].split('"')[0] for line in many - few} <= actions


def test_interval_that_is_withdrawn():
    """An interval that is withheld again leaves no stale value behind."""
    nobody = Ledger(Costs(chat_cents=400, dismissal_cents=10))
    visitors = nobody.visitors(horizon_s=60.0, at_s=0.0)
    report = measure(visitors, plan=Plan(horizon_s=60.0), at_s=0.0)
    margin = replace(report.metrics["margin"], low=-1.0, difference=0.5, high=2.0)
    told = replace(report, metrics=report.metrics | {"margin": margin})
    figures = SiteFigures()
    margin = replace(report.metrics["margin"], low=-1.0, difference=0.5, high=2.0)
    figures.set_lift("pk_1", told)
    shown = samples_of(figures, "engage_site_lift_margin")
    figures.set_lift("pk_1", report)
    hidden = samples_of(figures, "engage_site_lift_margin")

    assert shown == {
        ("pk_1", "low"): -1.0,
        ("pk_1", "difference"): 0.5,
        ("pk_1", "high"): 2.0,
    }
    assert hidden == {}
