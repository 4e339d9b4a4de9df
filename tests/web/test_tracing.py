"""Traces: a beacon, its decision and its commit, as one tree; nothing without them."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from engage.config import trace_wish
from engage.engine import Engine
from engage.errors import StoreError, Unauthorised
from engage.stores.journal.sqlite import SqliteJournal
from engage.web.beside import Beside
from engage.web.tracing import trace, traced, tracer_of
from engage.wire.beacon import decode_beacon
from tests.web.console_shop import ask, console
from tests.web.console_trial import begin
from tests.web.serving import beacon, serving

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.fixture
def kept():
    """Where finished spans go, and a tracer that keeps all of them."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter, provider.get_tracer("test")


async def test_one_tree(tmp_path, kept):
    """A beacon that leads to a decision is one span with two below it."""
    exporter, tracer = kept
    async with console(tmp_path) as (_, service):
        service.engines = traced(service.engines, tracer)
        await ask(service)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    root = spans["beacon"]

    assert set(spans) == {"beacon", "decide", "journal"}
    assert root.parent is None
    assert root.attributes["engage.result"] == "applied"
    for name in ("decide", "journal"):
        assert spans[name].parent.span_id == root.context.span_id
        assert root.start_time <= spans[name].start_time <= root.end_time
    assert spans["decide"].attributes["engage.moment"] == "ask"


async def test_trees_of_concurrent_beacons(tmp_path, kept):
    """Over HTTP, where a beacon may end in another task, trees do not mix."""
    exporter, tracer = kept
    async with serving(tmp_path) as at:
        at.service.engines = traced(at.service.engines, tracer)
        for n in range(6):
            await at.beacon("ask", visitor=f"v_{n}", session=f"s_{n}")
    spans = exporter.get_finished_spans()
    roots = [span for span in spans if span.name == "beacon"]
    traces = {span.context.trace_id for span in roots}

    assert len(roots) == len(traces) == 6
    for root in roots:
        names = [s.name for s in spans if s.context.trace_id == root.context.trace_id]
        assert sorted(set(names)) == ["beacon", "decide", "journal"]


async def test_spans_name_nobody(tmp_path, kept):
    """No visitor and no session gets into a span."""
    exporter, tracer = kept
    async with console(tmp_path) as (_, service):
        service.engines = traced(service.engines, tracer)
        await ask(service, "v_secret")
    told = "".join(span.to_json() for span in exporter.get_finished_spans())

    assert "secret" not in told


async def test_a_refused_beacon(tmp_path, kept):
    """The span of a beacon that is refused says which error it was."""
    exporter, tracer = kept
    forged = {"name": "action_clicked", "decision": "d_1", "token": "1.a.b"}
    one, _ = decode_beacon(beacon(forged))
    async with console(tmp_path) as (_, service):
        service.engines = traced(service.engines, tracer)
        with pytest.raises(Unauthorised):
            await service.engine("pk_demo").receive(one)
    [span] = exporter.get_finished_spans()

    assert span.attributes["error.type"] == "Unauthorised"


async def test_nothing_is_wrapped_without_a_wish(tmp_path):
    """A service without traces has the plain engine and the plain journal."""
    async with console(tmp_path) as (_, service):
        engine = service.engine("pk_demo")

        assert type(engine) is Engine
        assert type(engine.site.journal) is SqliteJournal


@pytest.mark.parametrize(
    ("environment", "wished"),
    [
        ({}, None),
        ({ENDPOINT: "http://127.0.0.1:4318"}, False),
        ({ENDPOINT: "http://127.0.0.1:4318", "OTEL_TRACES_SAMPLER": "always_on"}, True),
    ],
)
def test_wish(environment, wished):
    """Traces are wanted where they have somewhere to go."""
    found = trace_wish(environment=environment)

    assert (found and found.has_sampler) == wished


def test_one_in_a_hundred(monkeypatch):
    """Without a sampler of the operator's one trace in a hundred is kept."""
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    tracer = tracer_of(trace_wish(environment={ENDPOINT: "http://127.0.0.1:9"}))

    assert "TraceIdRatioBased{0.01}" in tracer.sampler.get_description()


async def test_steps_beside_requests(tmp_path, kept):
    """A step that did something is a span, one that found nothing is none."""
    exporter, tracer = kept

    async def merges():
        return True

    async def rests():
        return False

    async def fails():
        raise StoreError("away")

    async with console(tmp_path) as (_, service):
        steps = {"merging": merges, "resting": rests, "shipping": fails}
        service.beside = [
            Beside(name=name, step=step, pause_s=1.0) for name, step in steps.items()
        ]
        trace(service, tracer)
        busy, idle, failing = (one.step for one in service.beside)
        assert (await busy(), await idle()) == (True, False)
        with pytest.raises(StoreError, match=r"^away$"):
            await failing()
        service.beside = []
    merging, shipping = exporter.get_finished_spans()

    assert (merging.name, shipping.name) == ("merging", "shipping")
    assert shipping.attributes["error.type"] == "StoreError"


async def test_a_challengers_choice(tmp_path, kept):
    """What a challenger chooses is a span, too, though it came after the start."""
    exporter, tracer = kept
    async with console(tmp_path) as (_, service):
        trace(service, tracer)
        await begin(service, is_forced=True, why="a test")
        tried = service.engine("pk_demo").site.challenger
        tried.share = 1.0
        await ask(service)
    names = [span.name for span in exporter.get_finished_spans()]

    assert names.count("decide") == 1
