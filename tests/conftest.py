"""What all suites share: one real redis-server, emptied for each test that asks."""

from __future__ import annotations

import pytest
import redis
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as examples

from tests.redis_cluster import redis_cluster
from tests.redis_server import redis_server
from tests.subjects import deal_for

# Everywhere the same examples, however slow the machine that makes them.
examples.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
examples.load_profile("suite")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Whom a test meets hangs on the test alone; before its fixtures meet anybody."""
    deal_for(item.nodeid)


@pytest.fixture(autouse=True)
def plain_logging():
    """No test logs the way an earlier one configured it, nor for seconds.

    A traceback with every local variable, as is the default, takes as long as that.
    """
    structlog.reset_defaults()
    *steps, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*steps, plain])
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def redis_running(tmp_path_factory):
    """A redis-server of this test session."""
    with redis_server(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture(scope="session")
def redis_keys(redis_running):
    """A plain client of that server, to look inside and to empty it."""
    with redis.Redis.from_url(redis_running.url) as client:
        yield client


@pytest.fixture
def redis_url(redis_running, redis_keys):
    """Where that server is, with nothing in it."""
    redis_keys.flushall()
    return redis_running.url


@pytest.fixture(scope="session")
def cluster_running(tmp_path_factory):
    """A cluster of three masters of this test session."""
    with redis_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture
def cluster_url(cluster_running):
    """Where that cluster is, with nothing in it."""
    cluster_running.flush()
    return cluster_running.url
