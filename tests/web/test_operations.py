"""CONTRACT section 5, seen from outside: health, metrics and the API's description."""

import asyncio
import re
import subprocess

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from engage.instruments import Level
from engage.telemetry import Instruments
from engage.web import browser, shop
from tests.web.serving import JSON, ORIGIN, beacon

CONTRACT = """http_requests_total http_request_duration_seconds beacons_total
dropped_total events_total decisions_total refusals_total outcomes_total orders_total
rewards_total reward_delay_seconds open_decisions live_sessions score_log_loss score_auc
score_ece score_coverage_error learner_lag_seconds learner_quarantined_total
snapshot_number snapshot_age_seconds snapshot_rejected_total budget_left_ratio
codes_total free_agents lift_margin journal_fsync_seconds event_loop_lag_seconds"""


async def scrape(at):
    """Return a live scrape as text."""
    return (await at.call("GET", "/metrics", admin=True)).body.decode()


def series_of(text):
    """Return the series of a scrape, without values."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {line.rpartition(" ")[0] for line in lines}


WHERE = [
    ("/healthz", 200, 200),
    ("/readyz", 200, 200),
    ("/metrics", 404, 200),
    ("/openapi.json", 404, 200),
    ("/v1/decisions", 401, 404),
    ("/sdk/engage.js", 200, 404),
    ("/nothing", 404, 404),
]


@pytest.mark.parametrize(("path", "public", "admin"), WHERE)
async def test_listeners(at, path, public, admin):
    """What is for operators is on their listener only; health is on both."""
    statuses = [
        (await at.call("GET", path, admin=is_admin)).status for is_admin in (0, 1)
    ]

    assert statuses == [public, admin]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/sdk/engage.js"])
async def test_head(at, path):
    """HEAD says what GET would, without the body."""
    answer = await at.call("HEAD", path)

    assert (answer.status, answer.body) == (200, b"")


async def test_unknown_path_and_method(at):
    """Unknown paths are 404 and wrong methods 405 with Allow, both as problems."""
    missing = await at.call("GET", "/v2/beacons")
    wrong = await at.call("DELETE", "/v1/beacons")

    assert (missing.status, missing.json()["type"]) == (404, "/problems/not-found")
    assert (wrong.status, wrong.json()["status"]) == (405, 405)
    assert set(wrong.headers["Allow"].split(",")) == {"OPTIONS", "POST"}


async def test_readiness_follows_the_journal(at):
    """While nothing can be kept: not ready, 503 with Retry-After, and nothing taken."""
    at.service.journal.close()
    at.service.journal.append()
    ready = await at.call("GET", "/readyz")
    taken = await at.beacon("page_view")
    alive = await at.call("GET", "/healthz")

    assert (ready.status, ready.json()["missing"]) == (503, ["journal"])
    assert ready.json()["journal"] == "it is closed"
    assert (taken.status, taken.headers["Retry-After"]) == (503, "5")
    assert taken.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert alive.status == 200


async def test_promtool_finds_nothing(at):
    """`promtool check metrics` is clean on a scrape with everything in it."""
    group = {"online": 1, "free": 1, "ttl_s": 60}
    await at.shop("PUT", "/v1/chat/groups/guitars", group)
    await at.shop("POST", "/v1/discounts/codes", {"pool": "autumn10", "codes": ["A"]})
    for n in range(5):
        await at.beacon("ask", "page_view", visitor=f"v_{n}", session=f"s_{n}")
    await at.call("POST", "/v1/beacons", data=b"{", headers=JSON)
    metrics = at.service.metrics
    for one in vars(metrics).values():
        if isinstance(one, Level):
            one.set(*["0.5"] * len(one.labels), to=1.0)
    text = await scrape(at)
    checked = await asyncio.to_thread(
        subprocess.run,
        ["promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


async def test_contract_names_exist(at):
    """Every metric of the contract is in the scrape from the start."""
    text = await scrape(at)
    found = set(re.findall(r"^# TYPE engage_(\S+) ", text, re.MULTILINE))

    assert set(CONTRACT.split()) - found == set()


async def test_series_do_not_grow_with_strangers(at):
    """500 hostile visitors, origins, sites, paths and methods add no series."""

    async def visit(n):
        hostile = {"Origin": f"https://evil-{n}.example", **JSON}
        sent = [
            ("POST", "/v1/beacons", beacon(visitor=f"v_{n}", session=f"s_{n}"), JSON),
            ("POST", "/v1/beacons", beacon(), hostile),
            ("POST", "/v1/beacons", beacon(site=f"pk_{n}"), JSON),
            (
                "POST",
                "/v1/beacons",
                beacon({"name": f"event_{n}"}, session=f"e_{n}"),
                JSON,
            ),
            ("GET", f"/x{n}", None, {}),
            ("PROPFIND", f"/v1/beacons?{n}", None, {}),
            ("GET", f"/sdk/{n}/engage.js", None, {}),
            ("GET", f"/v1/visitors/{n}", None, {"Authorization": f"Bearer {n}"}),
            ("POST", f"/v1/decisions/d_{n}/confirm", b'{"token":"x"}', JSON),
        ]
        for method, path, body, headers in sent:
            await at.call(method, path, data=body, headers=headers)

    await visit(0)
    await visit(0)
    # Of what timers set, the last.
    await at.until(lambda: at.service.metrics.loop_lag.counts)
    await at.until(lambda: at.service.metrics.codes.sums)
    await scrape(at)
    first = series_of(await scrape(at))
    await asyncio.gather(*(visit(n) for n in range(1, 501)))
    again = series_of(await scrape(at))

    # A slow machine may have to send some of 500 at once away: one series more, ever.
    known = ("python_gc", 'reason="crowded"', 'code="503"')
    assert {one for one in again - first if not any(k in one for k in known)} == set()
    assert len(again) < 2_000


async def test_every_reference_resolves(at):
    """The description is OpenAPI 3.1 and every `$ref` leads somewhere."""
    document = (await at.call("GET", "/openapi.json", admin=True)).json()

    def check(node):
        if isinstance(node, list):
            return [found for one in node for found in check(one)]
        if not isinstance(node, dict):
            return []
        missing = [found for one in node.values() for found in check(one)]
        ref = node.get("$ref")
        if isinstance(ref, str):
            here = document
            for part in ref.removeprefix("#/").split("/"):
                here = here.get(part) if isinstance(here, dict) else None
            missing += [] if here is not None else [ref]
        return missing

    assert document["openapi"].startswith("3.1")
    assert check(document) == []


async def test_description_knows_every_route(at):
    """Each public route of the contract is described, with its methods."""
    document = (await at.call("GET", "/openapi.json", admin=True)).json()
    described = {
        (path, method) for path, item in document["paths"].items() for method in item
    }
    app = web.Application()
    app.add_routes([*browser.routes, *shop.routes])
    served = {
        (route.resource.canonical, route.method.lower())
        for route in app.router.routes()
        if route.method not in {"HEAD", "OPTIONS"}
    }

    assert described == served


async def test_description_knows_every_refusal(at):
    """The contract's refusals are described where they occur, each as a problem."""
    document = (await at.call("GET", "/openapi.json", admin=True)).json()
    answers = document["paths"]["/v1/beacons"]["post"]["responses"]
    refusals = {status for status in answers if status.startswith(("4", "5"))}
    contents = [
        answer["content"].keys()
        for item in document["paths"].values()
        for operation in item.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
    ]

    assert refusals == {"400", "401", "403", "408", "413", "415", "429", "503"}
    assert all(one == {"application/problem+json"} for one in contents)


async def test_description_is_exact(at):
    """It states what is asked beyond types, in patterns that every language reads."""
    answer = await at.call("GET", "/openapi.json", admin=True)
    fields = answer.json()["components"]["schemas"]
    null = {"type": "null"}

    assert rb"\\Z" not in answer.body
    assert fields["Beacon"]["properties"]["visitor"]["pattern"].endswith("{1,64}$")
    assert null not in fields["Event"]["properties"]["active_ms"]["anyOf"]
    assert null not in fields["Consent"]["properties"]["measure"]["anyOf"]
    assert null in fields["Event"]["properties"]["value"]["anyOf"]


async def test_log_names_no_visitor(at):
    """Refusals are logged by route; no id, address, query or body gets into a line."""
    with capture_logs() as lines:
        await at.shop("GET", "/v1/visitors/v_secret")
        await at.call("GET", "/v1/preview/returns?site=pk_demo&token=t_secret")
        await at.beacon({"name": "view_item", "item": {"item_id": "s", "price": -1}})
    refused = [line for line in lines if line["event"] == "request.refused"]

    assert [line["route"] for line in refused] == ["visitor", "preview", "beacons"]
    keys = {"event", "log_level", "route", "request", "status", "kind"}
    assert all(set(line) == keys for line in refused)
    assert "secret" not in str(lines)


def test_instruments_have_one_name_each():
    """No two instruments share a name, and each says what it is."""
    instruments = list(vars(Instruments()).values())
    names = [one.name for one in instruments]

    assert len(names) == len(set(names))
    assert all(one.text.endswith(".") for one in instruments)
