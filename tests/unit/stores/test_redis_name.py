"""The name of a Redis: a name server that hangs holds up nobody but who asks."""

import asyncio
import socket
import threading
from queue import SimpleQueue

import pytest

from engage.clock import ManualClock
from engage.errors import StoreError
from engage.stores.redis.link import Link
from engage.stores.redis.name import Name


@pytest.fixture
def hanging(monkeypatch):
    """A name server that says nothing until it is let go; the names asked for."""
    asked, let_go, answer = SimpleQueue(), threading.Event(), socket.getaddrinfo

    def getaddrinfo(host, *what, **how):
        if threading.current_thread().name == "redis-name":
            asked.put(host)
            let_go.wait()
        return answer(host, *what, **how)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield asked, let_go
    let_go.set()


async def test_hanging_name_server_is_asked_once(hanging, redis_url):
    """Many attempts to connect are one question, and its answer serves them all."""
    asked, let_go = hanging
    url, clock = redis_url.replace("127.0.0.1", "localhost"), ManualClock(at_s=100.0)
    link = Link(url.replace("socket_timeout=10", "socket_timeout=0.01"))
    for _ in range(3):
        with pytest.raises(StoreError, match="nobody says where localhost is"):
            await link.ask(("PING",))
    assert await asyncio.to_thread(asked.get) == "localhost"
    assert asked.empty()
    await link.close()

    let_go.set()
    patient = Link(url, now=clock.monotonic_s)
    assert await patient.ask(("PING",)) == [True]
    await patient.close()


async def test_name_without_an_address():
    """A name that nobody knows is told as such."""
    with pytest.raises(OSError, match=r"known|resolution|associated"):
        await Name("redis://nowhere.invalid:6379/0").known(within_s=60.0)


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:6379", "redis://[::1]:6379", "unix:///run/redis.sock"]
)
async def test_addresses_are_not_asked_for(url, hanging):
    """Where there is no name, nobody is asked."""
    await Name(url).known(within_s=0.0)

    assert hanging[0].empty()
