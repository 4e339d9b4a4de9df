"""Traces, for who wants them: beacon -> decide -> journal, as OpenTelemetry spans.

Of several processes also what they do beside requests: shipping, merging, publishing.
Nothing on the street knows of it: the parts of a service are wrapped once it is put
together, so a service without traces pays nothing for them.
"""

# Rules of this file: a span names a step and its result, never who it was about. The
# parent is handed on by a context variable that is only ever set: a beacon that begins
# in one context (the connection's) may end in another (a task's).

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, cast

from engage.clock import Clock
from engage.config import TraceWish
from engage.deciding.policies.base import Choice, Policy, Situation
from engage.engine import Engine, Taken
from engage.errors import ConfigError, EngageError
from engage.stores.base import Journal, Record
from engage.street.site import Site
from engage.web.beside import Beside
from engage.web.service import Service
from engage.wire.beacon import Beacon

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

# One trace in a hundred shows what is slow; all of them cost more than deciding.
_KEPT: Final = 0.01
# A step beside requests that took longer had something to do.
_NOTABLE_S: Final = 0.01
_PARENT: Final[ContextVar[Any]] = ContextVar("engage_parent_span", default=None)

Step = Callable[[], Awaitable[bool]]


class TracedEngine(Engine):
    """An engine whose beacons are spans."""

    def __init__(self, engine: Engine, tracer: Tracer) -> None:
        super().__init__(engine.site)
        self._tracer = tracer

    async def take(
        self, beacon: Beacon, *, gpc: bool = False, network: str = ""
    ) -> Taken:
        """Apply one beacon; see `Engine.take`."""
        # A trial that was won or begun has brought a policy of its own.
        _wrap(self.site, self._tracer)
        span = self._tracer.start_span("beacon")
        _PARENT.set(span)
        try:
            taken = await super().take(beacon, gpc=gpc, network=network)
        except EngageError as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
        else:
            span.set_attribute("engage.result", taken.result)
            if (decision := taken.answer.decision) is not None:
                span.set_attribute("engage.decision", decision.id)
            return taken
        finally:
            span.end()


class TracedPolicy:
    """A policy whose choices are spans."""

    def __init__(self, policy: Policy, tracer: Tracer) -> None:
        self.name = policy.name
        self._policy, self._tracer = policy, tracer

    def distribution(self, situation: Situation) -> Choice:
        """Return the policy's choice."""
        with _child(self._tracer, "decide") as span:
            span.set_attribute("engage.moment", situation.moment)
            span.set_attribute("engage.eligible", len(situation.eligible))
            return self._policy.distribution(situation)


class TracedJournal:
    """A journal whose commits are spans; everything else is the journal's own."""

    def __init__(self, journal: Journal, tracer: Tracer) -> None:
        self._journal, self._tracer = journal, tracer

    def __getattr__(self, name: str) -> Any:
        """Return what the journal has."""
        return getattr(self._journal, name)

    def append(self, *records: Record) -> asyncio.Future[int]:
        """Append records; the span lasts until they are durable."""
        span = _child(self._tracer, "journal")
        span.set_attribute("engage.records", len(records))
        durable = self._journal.append(*records)
        durable.add_done_callback(lambda _: span.end())
        return durable


class _Open:
    """A child span as a context manager that leaves the current context alone."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        return self._span

    def __exit__(self, *_error: object) -> None:
        self._span.end()

    def set_attribute(self, name: str, value: str | int) -> None:
        """Say something about the span."""
        self._span.set_attribute(name, value)

    def end(self) -> None:
        """End the span."""
        self._span.end()


def _child(tracer: Tracer, name: str) -> _Open:
    from opentelemetry.trace import set_span_in_context  # noqa: PLC0415 - optional

    parent = _PARENT.get()
    context = None if parent is None else set_span_in_context(parent)
    return _Open(tracer.start_span(name, context=context))


def traced(engines: Mapping[str, Engine], tracer: Tracer) -> dict[str, Engine]:
    """Return the engines with their steps as spans; their sites are wrapped, too."""
    found: dict[str, Engine] = {}
    for key, engine in engines.items():
        site = engine.site
        _wrap(site, tracer)
        site.journal = cast("Journal", TracedJournal(site.journal, tracer))
        found[key] = TracedEngine(engine, tracer)
    return found


def _wrap(site: Site, tracer: Tracer) -> None:
    """Make the choices of a site's policies spans, where they are not yet."""
    for one in (site, site.challenger):
        if one is not None and not isinstance(one.policy, TracedPolicy):
            one.policy = cast("Policy", TracedPolicy(one.policy, tracer))


def trace(service: Service, tracer: Tracer) -> None:
    """Make a service's beacons spans, and what it does beside them."""
    service.engines = traced(service.engines, tracer)
    for one in service.beside:
        one.step = _traced_step(one, tracer, service.clock)


def _traced_step(one: Beside, tracer: Tracer, clock: Clock) -> Step:
    """Return a step whose runs are spans; those that found nothing are left out."""
    step, name = one.step, one.name

    async def traced_step() -> bool:
        span, before_s = tracer.start_span(name), clock.monotonic_s()
        try:
            is_busy = await step()
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.end()
            raise
        if is_busy or clock.monotonic_s() - before_s >= _NOTABLE_S:
            span.end()
        return is_busy

    return traced_step


def tracer_of(wish: TraceWish) -> Tracer:
    """Return a tracer that exports by OTLP, set up by OpenTelemetry's own variables.

    Raises:
        ConfigError: the optional packages are not installed.
    """
    try:
        exporter = importlib.import_module(
            "opentelemetry.exporter.otlp.proto.http.trace_exporter"
        )
        trace = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        sampling = importlib.import_module("opentelemetry.sdk.trace.sampling")
    except ImportError as error:
        mistake = (
            "OTEL_EXPORTER_OTLP_ENDPOINT is set: pip install 'opentelemetry-sdk>=1.30' "
            "'opentelemetry-exporter-otlp-proto-http>=1.30'"
        )
        raise ConfigError([mistake]) from error
    sampler = None if wish.has_sampler else sampling.ParentBasedTraceIdRatio(_KEPT)
    provider = trace.TracerProvider(sampler=sampler)
    provider.add_span_processor(export.BatchSpanProcessor(exporter.OTLPSpanExporter()))
    tracer: Tracer = provider.get_tracer("engage")
    return tracer
