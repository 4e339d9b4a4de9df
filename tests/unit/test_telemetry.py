"""Instruments count cheaply, stay bounded, and tell the same story as they are read."""

import io

import orjson
import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from engage.telemetry import (
    Instruments,
    Level,
    Spread,
    Tally,
    configure_logging,
    logger,
)


@pytest.fixture
def untouched_logging():
    """Leave structlog as it was."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def lines_of(instruments):
    """Return every sample of a scrape as (name, labels, value)."""
    registry = CollectorRegistry()
    registry.register(instruments)
    text = generate_latest(registry).decode()
    return [
        (sample.name, tuple(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]


def test_tally_sums_by_labels():
    """Each combination of label values has its own sum."""
    tally = Tally("x_total", "X.", ("a", "b"))
    tally.add("1", "2")
    tally.add("1", "2", by=2.5)
    tally.add("1", "3")

    assert tally.sums == {("1", "2"): 3.5, ("1", "3"): 1.0}
    assert tally.total() == 4.5


def test_tally_is_bounded():
    """Past the limit everything new is counted as `other`, and nothing is lost."""
    tally = Tally("x_total", "X.", ("a",), limit=3)
    for n in range(100):
        tally.add(str(n))

    assert len(tally.sums) == 4
    assert tally.sums["other",] == 97
    assert tally.total() == 100


def test_tally_without_labels_stands_at_zero():
    """Before anything was counted, or `increase` would miss the first time."""
    assert ("engage_learner_quarantined_total", (), 0.0) in lines_of(Instruments())


def test_level_is_bounded():
    """Past the limit a new level is not kept; a known one still moves."""
    level = Level("x", "X.", ("a",), limit=2)
    for n in range(10):
        level.set(str(n), to=n)
    level.set("1", to=7.0)

    assert level.values == {("0",): 0.0, ("1",): 7.0}


def test_spread_is_cumulative():
    """Buckets hold what is at most their bound; sum and count are exact."""
    spread = Spread("x", "X.", bounds=(1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 99.0):
        spread.observe(of=value)
    samples = {
        (sample.name, sample.labels.get("le")): sample.value
        for sample in spread.family().samples
    }

    assert samples == {
        ("x_bucket", "1.0"): 2.0,
        ("x_bucket", "2.0"): 3.0,
        ("x_bucket", "+Inf"): 4.0,
        ("x_count", None): 4.0,
        ("x_sum", None): 102.0,
    }


def test_spread_is_bounded():
    """Past the limit further label values share one row."""
    spread = Spread("x", "X.", ("a",), limit=2)
    for n in range(10):
        spread.observe(str(n), of=0.1)

    assert set(spread.counts) == {("0",), ("1",), ("other",)}
    assert sum(sum(row[:-1]) for row in spread.counts.values()) == 10


def test_scrape_has_what_was_counted():
    """What is counted is what a scrape says."""
    instruments = Instruments()
    instruments.beacons.of("pk_a").add("applied", by=3)
    instruments.free_agents.set("pk_a", "guitars", to=2)
    found = lines_of(instruments)

    assert ("engage_beacons_total", (("result", "applied"),), 3.0) in found
    assert ("engage_free_agents", (("group", "guitars"),), 2.0) in found


def test_two_shops_with_a_group_of_the_same_name():
    """With several sites a gauge has the label `site`, and nobody's value is lost."""
    instruments = Instruments()
    instruments.expect_sites(2)
    for site, free in (("pk_a", 2), ("pk_b", 5)):
        instruments.free_agents.set(site, "guitars", to=free)
    found = lines_of(instruments)

    for site, free in (("pk_a", 2.0), ("pk_b", 5.0)):
        labels = (("group", "guitars"), ("site", site))
        assert ("engage_free_agents", labels, free) in found
    instruments.free_agents.clear("pk_a")
    assert instruments.free_agents.of("pk_b") == {("guitars",): 5}
    assert instruments.free_agents.of("pk_a") == {}


def test_two_shops_with_a_pool_of_the_same_name():
    """With several sites what is counted of a shop is its own, and adds up to all."""
    instruments = Instruments()
    instruments.expect_sites(2)
    for site, given in (("pk_a", 2), ("pk_b", 5)):
        instruments.codes.of(site).add("autumn10", "given", by=given)
    found = lines_of(instruments)

    for site, given in (("pk_a", 2.0), ("pk_b", 5.0)):
        labels = (("pool", "autumn10"), ("site", site), ("state", "given"))
        assert ("engage_codes_total", labels, given) in found
    assert instruments.codes.sums == {("autumn10", "given"): 7.0}


def test_label_values_are_escaped():
    """A label value cannot forge a line of the exposition."""
    instruments = Instruments()
    hostile = 'a"} 1\nengage_orders_total{result="x'
    instruments.dropped.add(hostile)

    assert ("engage_dropped_total", (("reason", hostile),), 1.0) in lines_of(
        instruments
    )
    assert not [one for one in lines_of(instruments) if one[0] == "engage_orders_total"]


@pytest.mark.usefixtures("untouched_logging")
def test_log_lines_cannot_be_forged():
    """One event is one JSON line, whatever stands in its values."""
    stream = io.StringIO()
    configure_logging(stream)
    log = logger().bind()
    log.info("order.received", note='x\n{"event": "forged"}\x1b[31m')
    log.debug("too.quiet")

    lines = stream.getvalue().splitlines()
    told = orjson.loads(lines[0])
    assert len(lines) == 1
    assert (told["event"], told["level"]) == ("order.received", "info")
    assert "\x1b" not in lines[0]


@pytest.mark.usefixtures("untouched_logging")
def test_traceback_is_in_its_line():
    """An exception's traceback is part of the one line."""
    stream = io.StringIO()
    configure_logging(stream)
    try:
        int("broken")
    except ValueError:
        logger().bind().exception("request.failed", route="orders")

    told = orjson.loads(stream.getvalue())
    assert "ValueError: invalid literal" in told["exception"]
