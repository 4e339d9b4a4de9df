"""CONTRACT section 5: health, metrics and what else operators are promised."""

import re

import pytest

from tests.contracts.outside import GUITAR, LOOK, about, beacon, later, until

PLACES = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/console/"]
# Name of a series and its labels, as the contract has them.
SERIES = {
    "http_requests_total": {"route", "method", "code"},
    "http_request_duration_seconds_bucket": {"route", "le"},
    "beacons_total": {"result"},
    "dropped_total": {"reason"},
    "events_total": {"name"},
    "decisions_total": {"action", "mode", "moment"},
    "refusals_total": {"reason"},
    "outcomes_total": {"kind", "name"},
    "orders_total": {"result"},
    "rewards_total": {"result"},
    "reward_delay_seconds_bucket": {"le"},
    "open_decisions": set(),
    "live_sessions": set(),
    "learner_lag_seconds": set(),
    "snapshot_number": set(),
    "snapshot_age_seconds": set(),
    "budget_left_ratio": {"pool"},
    "codes_total": {"pool", "state"},
    "free_agents": {"group"},
    "journal_fsync_seconds_bucket": {"le"},
    "event_loop_lag_seconds_bucket": {"le"},
}
# These speak when there is something to say: labels, bad snapshots, verdicts.
SILENT = {
    *("score_log_loss", "score_auc", "score_ece", "score_coverage_error"),
    *("learner_quarantined_total", "snapshot_rejected_total", "lift_margin"),
}
LABEL = re.compile(r'(\w+)="')


@pytest.fixture(scope="module")
def used(demo):
    """The demo after everything that is counted has happened once."""
    sent, card = demo.card()
    demo.send(later(sent, about(card, "action_shown"), "teleport"))
    demo.order(order_id="S-1", value=50, visitor=sent["visitor"])
    demo.beacon({"name": "view_item", "item": GUITAR}, page={"kind": "moon"})
    until(lambda: any("rewards_total" in name for name in demo.series()))
    until(lambda: demo.series().get("engage_snapshot_number", 0) > 0)
    return demo


def test_places_of_the_demo(demo):
    """The demo has everything on its one port: shop, console, SDK, operations."""
    told = {p: demo.call("GET", p).status for p in [*PLACES, "/", "/sdk/engage.js"]}

    assert set(told.values()) == {200}


@pytest.mark.parametrize("path", PLACES)
def test_places_of_serve(shop, path):
    """`serve` has them on its admin listener; only the health checks are public."""
    public, operators = shop.call("GET", path), shop.call("GET", path, to=shop.admin)

    assert operators.status == 200
    assert public.status == (200 if path in {"/healthz", "/readyz"} else 404)


def test_the_shops_doors_are_public(shop):
    """The admin listener takes no beacons; the public one does."""
    sent = beacon("page_view", site=shop.site)

    assert shop.send(sent).status == 204
    assert shop.call("POST", "/v1/beacons", sent, to=shop.admin).status in {404, 405}


def test_series(used):
    """Every promised series is there with its labels, once there was traffic."""
    found = {}
    for name in used.series():
        base, _, labels = name.partition("{")
        found.setdefault(base, set()).update(LABEL.findall(labels))

    for name, labels in SERIES.items():
        assert found[f"engage_{name}"] == labels, name


def test_series_that_are_silent(used):
    """What has nothing to say yet is declared all the same, with type and help."""
    text = used.call("GET", "/metrics").body.decode()
    declared = set(re.findall(r"^# TYPE engage_(\S+)", text, re.MULTILINE))

    assert declared >= SILENT
    helped = set(re.findall(r"^# HELP engage_(\S+) .", text, re.MULTILINE))
    assert helped == declared


def test_labels_are_bounded(used):
    """No visitor, session, URL, code or version is ever a label's value."""
    sent, _ = used.card()
    used.call("GET", f"/v1/visitors/{sent['visitor']}")
    used.call("GET", "/p/some-product?secret=1")
    used.call("BREW", "/v1/decisions")
    names = " ".join(used.series())

    for secret in (sent["visitor"], sent["session"], "secret", "HERBST", "BREW"):
        assert secret not in names


def test_counts(used):
    """A beacon counts once, each of its events by name, a refusal by its reason."""
    before = used.series()
    used.beacon("page_view", LOOK, LOOK)
    used.beacon("page_view", seq=-1)
    after = used.series()

    grown = {name: to - before.get(name, 0) for name, to in after.items()}
    assert grown['engage_beacons_total{result="applied"}'] == 1
    assert grown['engage_beacons_total{result="refused"}'] == 1
    assert grown['engage_events_total{name="view_item"}'] == 2
    assert grown['engage_dropped_total{reason="bad-beacon"}'] == 1


def test_sdk_files(demo):
    """`engage.js` may be cached for 300 s, a versioned file for ever."""
    plain = demo.call("GET", "/sdk/engage.js")
    page = demo.call("GET", "/openapi.json").json
    fixed = demo.call("GET", f"/sdk/{page['info']['version']}/engage.js")

    assert "max-age=300" in plain.headers["cache-control"]
    assert "immutable" in fixed.headers["cache-control"]
    assert plain.body == fixed.body
    assert demo.call("GET", "/sdk/0.0.0/engage.js").status == 404


def test_openapi_names_every_door(demo):
    """`/openapi.json` describes the doors of sections 1, 2 and 5."""
    paths = demo.call("GET", "/openapi.json").json["paths"]
    doors = """/v1/beacons /v1/decisions/{id}/confirm /v1/orders /v1/decisions
        /v1/chat/groups/{group} /v1/catalog/items/{id} /v1/catalog /v1/visitors/{id}
        /v1/discounts/codes /v1/discounts/{code}/redeem"""

    assert set(doors.split()) <= set(paths)
    assert {"get", "delete"} <= set(paths["/v1/visitors/{id}"])
