"""The way to Redis: company, scripts nobody taught, and a server that stands still."""

import asyncio
import signal
import sys
from traceback import format_exception

import pytest
from hiredis import pack_command
from redis.asyncio import Redis
from structlog.testing import capture_logs

from engage.clock import ManualClock
from engage.errors import ConfigError, StoreError
from engage.stores.names import STORES
from engage.stores.redis.asked import Asked
from engage.stores.redis.link import Link, Script
from tests.contracts.stores.builders import options
from tests.redis_server import redis_server

ECHO = Script.of("return {KEYS[1], ARGV[1]}")


@pytest.fixture
async def link(redis_url):
    """A way to an empty Redis."""
    one = Link(redis_url)
    yield one
    await one.close()


@pytest.fixture
def still(tmp_path):
    """A server of our own that stands still, and answers again when it is told to."""
    with redis_server(tmp_path, timeout_s=0.1) as running:
        running.process.send_signal(signal.SIGSTOP)
        yield running
        running.process.send_signal(signal.SIGCONT)


async def test_answers_in_order(link):
    """Whoever asks in the same turn gets the answers to their own questions."""
    asked = [link.ask(("SET", f"k{n}", n), ("GET", f"k{n}")) for n in range(300)]

    answers = await asyncio.gather(*asked)

    assert [int(got) for _, got in answers] == list(range(300))


async def test_questions_of_one_turn_travel_together(link, redis_keys):
    """A hundred questions of one turn of the loop are one packet, not a hundred."""
    await link.ask(("PING",))
    before = redis_keys.info("stats")["total_reads_processed"]

    await asyncio.gather(*(link.ask(("PING",)) for _ in range(100)))

    # One read for the hundred, and one for asking how many there were.
    assert redis_keys.info("stats")["total_reads_processed"] - before <= 3


async def test_unknown_script_is_taught(link, redis_keys):
    """A server that does not know a script learns it within the same call."""
    redis_keys.script_flush()

    assert await link.run(ECHO, ["k"], "a") == [b"k", b"a"]
    assert redis_keys.script_exists(ECHO.digest) == [True]


async def test_refused_command(link):
    """What Redis refuses is an error of the caller's own, and of nobody else's."""
    good, bad = await asyncio.gather(
        link.ask(("PING",)), link.ask(("HGET", "only")), return_exceptions=True
    )

    assert good == [True]
    assert isinstance(bad, StoreError)
    assert "refused: wrong number of arguments" in str(bad)


async def test_cancelled_caller(link):
    """A caller who gives up leaves the answers of the others in their places."""
    given_up = asyncio.ensure_future(link.ask(("PING",)))
    others = [asyncio.ensure_future(link.ask(("ECHO", n))) for n in range(3)]
    await asyncio.sleep(0)
    given_up.cancel()

    assert await asyncio.gather(*others) == [[b"0"], [b"1"], [b"2"]]


async def test_late_answer_is_nobodys(still):
    """An answer that comes after its time is not taken for the next question's."""
    clock = ManualClock(at_s=100.0)
    link = Link(still.url, now=clock.monotonic_s)
    with pytest.raises(StoreError, match="does not answer: TimeoutError"):
        await link.ask(("ECHO", "late"), ("ECHO", "later"))
    still.process.send_signal(signal.SIGCONT)

    assert await answered(link, clock) == [b"next"]
    await link.close()


async def answered(link, clock):
    """Ask until there is an answer; each pause of the breaker is over at once."""
    while True:
        try:
            return await link.ask(("ECHO", "next"))
        except StoreError:
            clock.move(60.0)
            await asyncio.sleep(0)


async def test_words_are_the_clients_own(link, redis_url):
    """We send what the client would send, and read answers as it does."""
    commands = [
        ("SET", b"\x00\xff", "\u00e4", "EX", 86_400),
        ("ZADD", "z", 1e-7, "a", 12.5, "b", -3.0, "c", 1_790_000_000.123, "d"),
        ("HSET", "h", "big", 2**80, "none", b""),
        ("HGETALL", "h"),
    ]
    stock = Redis.from_url(redis_url, protocol=2)
    connection = await stock.connection_pool.get_connection()
    theirs = connection.pack_commands(commands)

    assert b"".join(map(pack_command, commands)) == b"".join(theirs)
    assert (await link.ask(*commands))[-1] == {b"big": b"%d" % 2**80, b"none": b""}
    await stock.aclose()


async def test_connection_that_was_closed(link, redis_keys):
    """A connection that the server closed meanwhile is replaced, and nobody notices."""
    await link.ask(("PING",))
    (idle,) = link._idle
    redis_keys.client_kill_filter(_type="normal", skipme=True)
    assert await idle._reader.read() == b""

    assert await link.ask(("PING",)) == [True]


async def test_nobody_waits_for_a_dead_server(still):
    """After three unanswered attempts nothing is sent for a second."""
    clock = ManualClock(at_s=100.0)
    link = Link(still.url, now=clock.monotonic_s)
    for _ in range(3):
        with pytest.raises(StoreError, match="does not answer: TimeoutError"):
            await link.ask(("PING",))
    clock.move(0.25)

    with pytest.raises(StoreError, match=r"after 3 failures, 0\.75 s of it to go$"):
        await link.ask(("PING",))
    await link.close()


async def test_log_says_why():
    """The log says why a server is left alone, if only by the name of the error."""
    link = Link("redis://127.0.0.1:1")
    with capture_logs() as lines:
        for _ in range(3):
            link._failed([], TimeoutError())
    await link.close()

    told = [(one["event"], one["error"]) for one in lines]
    assert told == [("redis.unreachable", "TimeoutError")]


async def test_who_has_time_waits(still):
    """A URL's short time is the beacons'; what runs beside them waits all the same."""
    link = Link(still.url, patience_s=30.0)
    asked = asyncio.ensure_future(link.ask(("PING",)))
    # Three times what the URL says.
    await asyncio.wait({asked}, timeout=0.3)
    still.process.send_signal(signal.SIGCONT)

    assert await asked == [True]
    await link.close()


async def test_server_is_tried_while_nobody_waits(still):
    """After the pause it is tried beside its callers; its answer lets them in again."""
    clock = ManualClock(at_s=100.0)
    link = Link(still.url, now=clock.monotonic_s)
    for _ in range(3):
        with pytest.raises(StoreError, match="TimeoutError"):
            await link.ask(("PING",))
    for _ in range(2):
        clock.move(1.0)
        for _ in range(2):
            with pytest.raises(StoreError, match=r"0\.00 s of it to go$"):
                await link.ask(("PING",))
        await asyncio.gather(*link._lanes)
        with pytest.raises(StoreError, match=r"1\.00 s of it to go$"):
            await link.ask(("PING",))
    still.process.send_signal(signal.SIGCONT)

    assert await answered(link, clock) == [b"next"]
    await link.close()


@pytest.fixture
def slow(tmp_path):
    """A server of our own that has ten seconds to answer."""
    with redis_server(tmp_path, timeout_s=10.0) as running:
        yield running
        running.process.send_signal(signal.SIGCONT)


async def test_in_haste(slow):
    """Who can go on without an answer waits a part of the time, and then not at all."""
    link = Link(slow.url)
    await link.ask(("PING",))
    slow.process.send_signal(signal.SIGSTOP)
    patient = asyncio.ensure_future(link.ask(("PING",)))
    for _ in range(2):
        with pytest.raises(StoreError, match=r"is late with an answer$"):
            await link.send([("SET", "k", 1)], in_haste=True)
        assert not patient.done()
        # Both travel together; nobody asks a second time.
        assert (len(link._lanes), len(link._waiting)) == (1, 0)
    slow.process.send_signal(signal.SIGCONT)

    assert await patient == [True]
    assert await link.send([("GET", "k")], in_haste=True) == [b"1"]
    await link.close()


async def test_late_by_ourselves():
    """An answer that is there, but has not been read yet, is not late."""
    loop = asyncio.get_running_loop()
    asked = Asked([("PING",)], loop.create_future())
    waiting = asyncio.ensure_future(asked.within(0.0, give_up=lambda _: asked.fail("")))
    await asyncio.sleep(0)
    loop.call_soon(loop.call_soon, asked.tell, [True])

    assert await waiting == [True]


async def test_password_is_not_told(still):
    """An error names the place of a server, never its password."""
    url = still.url.replace("redis://", "redis://:secret@")
    link = Link(url)

    with pytest.raises(StoreError) as told:
        await link.ask(("PING",))

    assert "secret" not in str(told.value)
    assert "redis at 127.0.0.1:" in str(told.value)
    await link.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://:secret/2@127.0.0.1"])
def test_url_that_is_none(url):
    """What is no address of Redis is refused, and nothing of it is repeated."""
    with pytest.raises(StoreError, match=r"^redis_url cannot be read") as told:
        STORES["redis"](options(url=url))

    assert "secret" not in "".join(format_exception(told.value))


def test_missing_package(monkeypatch):
    """Without the redis package the error says what to install."""
    monkeypatch.setitem(sys.modules, "engage.stores.redis.store", None)

    with pytest.raises(ConfigError, match=r"needs pip install 'redis\[hiredis\]"):
        STORES["redis"](options(url="redis://127.0.0.1"))
