"""What dashboards and alerts ask for is really there: asked of a real Prometheus."""

from __future__ import annotations

import subprocess
import sys

import orjson
import pytest

from deploy.validate import (
    ask,
    dashboard_queries,
    families,
    names_in,
    rule_queries,
    unknown,
    waited_for,
)
from tests.deploy.operators import ROOT, fleet, get, prometheus, send, until


@pytest.fixture(scope="module")
def watched(tmp_path_factory, redis_running, redis_keys):
    """A learner and two workers that saw visitors, and a Prometheus that saw them."""
    redis_keys.flushall()
    folders = [tmp_path_factory.mktemp(name) for name in ("engage", "prometheus")]
    with (
        fleet(folders[0], redis_running.url) as (url, targets),
        prometheus(folders[1], targets) as watcher,
    ):
        for n in range(5):
            send(url, "page_view", "ask", visitor=f"v_{n}", session=f"s_{n}")
        until(lambda: ask(watcher, "sum(engage_decisions_total) >= 5"), "a scrape")
        until(lambda: ask(watcher, "engage:beacons:rate1h"), "an evaluation")
        until(lambda: ask(watcher, "sum(up) == 3"), "all three")
        scrapes = [get(f"http://{target}/metrics").decode() for target in targets]
        yield watcher, scrapes


def test_every_metric_is_in_the_scrape(watched):
    """No query names a metric that no process of the running service has."""
    watcher, _ = watched
    queries = [*rule_queries(), *dashboard_queries()]

    assert unknown(queries, known=families(watcher)) == set()


def test_every_query_is_understood(watched):
    """Prometheus parses and evaluates every query of dashboards and rules."""
    watcher, _ = watched
    queries = {*dashboard_queries(), *rule_queries()}

    assert [one for one in queries if ask(watcher, one) is None] == []


def test_what_is_not_there_is_found(watched):
    """A query of nonsense, and one of a metric that nobody has, are told apart."""
    watcher, _ = watched

    assert ask(watcher, "sum(engage_beacons_total") is None
    assert unknown(["sum(engage_nonsense)"], known=families(watcher)) == {
        "engage_nonsense"
    }


def test_nobody_to_ask(capsys):
    """A target that does not answer is named with what to do, once."""
    assert waited_for("http://127.0.0.1:9", patience_s=0.0) == ["http://127.0.0.1:9"]
    assert capsys.readouterr().out == (
        "does not answer: http://127.0.0.1:9; is it there? Its log says why not\n"
    )


def test_operators_can_ask_the_same(watched):
    """`python -m deploy.validate` says that all is there, and ends well."""
    watcher, _ = watched
    done = subprocess.run(
        [sys.executable, "-m", "deploy.validate", watcher],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 not understood, 0 unknown metrics" in done.stdout


def test_every_rule_is_healthy(watched):
    """Prometheus has loaded every rule and none of them fails."""
    watcher, _ = watched

    def unhealthy():
        groups = orjson.loads(get(f"{watcher}/api/v1/rules"))["data"]["groups"]
        states = [rule["health"] for group in groups for rule in group["rules"]]
        return "unknown" not in states and states

    assert set(until(unhealthy, "an evaluation of every rule")) == {"ok"}


def test_recorded_names_are_those_asked_for(watched):
    """A query that stands on a recording names one that is made."""
    watcher, _ = watched
    queries = [*rule_queries(), *dashboard_queries()]
    named = {name for query in queries for name in names_in(query)}
    wanted = {name for name in named if name.startswith("engage:")}
    found = orjson.loads(get(f"{watcher}/api/v1/label/__name__/values"))["data"]

    assert wanted - set(found) == set()


@pytest.mark.parametrize("place", range(3), ids=["learner", "worker 0", "worker 1"])
def test_the_scrape_is_clean(watched, place):
    """Promtool has nothing to say about a scrape of a running process."""
    _, scrapes = watched
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=scrapes[place],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert len(scrapes[place].splitlines()) < 2_000


def test_visits_are_counted_once(watched):
    """Each of three processes tells all visits; the dashboard shows them once."""
    watcher, _ = watched
    until(lambda: ask(watcher, "count(engage_live_sessions == 5) == 3"), "all three")
    (query,) = [one for one in dashboard_queries() if "engage_live_sessions" in one]

    (shown,) = ask(watcher, query)
    assert shown["value"][1] == "5"


def test_one_process_learns(watched):
    """One of the three holds the lease, and none is cut off from Redis."""
    watcher, _ = watched

    until(lambda: ask(watcher, "sum(engage_learner_lease) == 1"), "the lease")
    until(lambda: ask(watcher, "count(engage_degraded == 0) == 3"), "levels")


def test_nothing_fires_on_a_quiet_day(watched):
    """Processes that have just started and do their work wake nobody."""
    watcher, _ = watched

    assert ask(watcher, 'ALERTS{alertstate="firing"}') == []
