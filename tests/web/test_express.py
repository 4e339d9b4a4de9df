"""The express lane: same answers as the plain door, in order."""

import asyncio
import socket

import pytest
from aiohttp import web

from engage.errors import BadBeacon
from engage.web import browser
from engage.web.crowding import Crowd
from engage.web.express import ExpressHandler, begin
from engage.web.outbox import Outbox
from tests.web.serving import ORIGIN, beacon, request, serving

ORIGIN_LINE = f"Origin: {ORIGIN}"
HEADS = ("Access-Control-Allow-Origin", "Vary", "Content-Type", "Engage-Result")


def chunked(body, *lines):
    """Return a request whose body comes in a chunk: none for the express lane."""
    head = request(b"", "Transfer-Encoding: chunked", *lines, "Content-length:0")
    piece = b"%x\r\n%s\r\n" % (len(body), body) if body else b""
    return head.replace(b"Content-length:0\r\n", b"") + piece + b"0\r\n\r\n"


CASES = {
    "nothing to do": (beacon(session="s_1"), ORIGIN_LINE),
    "no browser": (beacon(session="s_2"), "X-Nothing: 1"),
    "account": (beacon(session="s_3"), "Prefer: engage-result"),
    "no JSON": (b"{", ORIGIN_LINE),
    "no body": (b"", ORIGIN_LINE),
    "a bad field": (beacon(session="s 4"), ORIGIN_LINE),
    "another origin": (beacon(session="s_5"), "Origin: https://evil.example"),
    "the null origin": (beacon(session="s_6"), "Origin: null"),
    "an unknown site": (beacon(site="pk_none"), ORIGIN_LINE),
    "privacy control": (beacon(session="s_7"), "Sec-GPC: 1"),
}


@pytest.mark.parametrize("name", CASES)
async def test_both_doors_answer_alike(at, name):
    """Status, body and the headers a page can read do not depend on the door."""
    body, line = CASES[name]
    express = await (await at.raw(request(body, line))).answer()
    again = body.replace(b'"s_', b'"t_')
    plain = await (await at.raw(chunked(again, line))).answer()

    assert express.status == plain.status
    assert express.body == plain.body
    assert [express.headers.get(name) for name in HEADS] == [
        plain.headers.get(name) for name in HEADS
    ]
    assert "Date" in express.headers


class Gone(ExpressHandler):
    """A connection whose caller has left in the turn of the loop in which it came."""

    __slots__ = ("task",)

    def connection_made(self, transport):
        """Come and go."""
        super().connection_made(transport)
        self.task = self._task_handler
        transport.abort()
        self.connection_lost(None)


async def test_who_leaves_at_once_is_no_failure(at):
    """A caller that is gone before anybody looked ends quietly, not as an error."""
    server = web.Server(lambda _: None)
    ours, theirs = socket.socketpair()
    with theirs:
        _, gone = await asyncio.get_running_loop().create_connection(
            lambda: Gone(
                server,
                service=at.service,
                outbox=Outbox(),
                loop=asyncio.get_running_loop(),
            ),
            sock=ours,
        )
        await asyncio.wait([gone.task])

    # Python 3.12 starts it at once, and aiohttp cancels it; before, it never begins.
    assert gone.task.cancelled() or gone.task.exception() is None


async def test_a_plain_beacon_takes_the_lane(at, monkeypatch):
    """What aiohttp's private parts promise holds: a usual beacon never gets to it."""

    async def refuse(*_, **__):
        raise BadBeacon("this is the plain door")

    monkeypatch.setattr(browser, "read_body", refuse)
    express = await (await at.raw(request(beacon(), ORIGIN_LINE))).answer()
    plain = await (await at.raw(chunked(beacon(session="s_2"), ORIGIN_LINE))).answer()

    assert (express.status, plain.status) == (204, 400)


@pytest.mark.parametrize("pieces", [1, 2, 7])
async def test_answers_keep_the_order(at, pieces):
    """Requests of every sort, in any packets, are answered one by one."""
    sent = b"".join(
        (
            request(beacon(seq=0), ORIGIN_LINE),
            b"GET /healthz HTTP/1.1\r\nHost: engage\r\n\r\n",
            request(b"{", ORIGIN_LINE),
            chunked(beacon(seq=1), ORIGIN_LINE),
            request(beacon(seq=2), ORIGIN_LINE),
        )
    )
    size = -(-len(sent) // pieces)
    raw = await at.raw(*(sent[i : i + size] for i in range(0, len(sent), size)))
    statuses = [(await raw.answer()).status for _ in range(5)]

    assert statuses == [204, 200, 400, 204, 204]


async def test_a_waiting_beacon_holds_the_line(at):
    """While one waits for the disk, what comes behind it waits for its turn."""
    asks = request(beacon("ask", session="s_ask"), ORIGIN_LINE)
    raw = await at.raw(asks)
    await raw.send(request(beacon(session="s_ask", seq=1), ORIGIN_LINE))
    await raw.send(b"GET /healthz HTTP/1.1\r\nHost: engage\r\n\r\n")
    first, second, third = [await raw.answer() for _ in range(3)]

    assert at.service.metrics.decisions.total() == 1
    assert first.status in (200, 204)
    assert (second.status, third.status) == (204, 200)


@pytest.mark.parametrize("first", ["plain", "express"])
async def test_order_behind_a_waiting_beacon(at, first):
    """Whatever came before it, what is sent behind a waiting beacon waits for it."""
    body = beacon(session="s_1")
    head = {"plain": chunked(body), "express": request(body)}[first]
    raw = await at.raw(head)
    assert (await raw.answer()).status == 204
    # At once: aiohttp's own task has not yet come back to its wait.
    raw.writer.write(request(beacon("ask", session="s_2"), "Prefer: engage-result"))
    await asyncio.sleep(0)
    raw.writer.write(b"GET /healthz HTTP/1.1\r\nHost: engage\r\n\r\n")
    await asyncio.sleep(0)
    raw.writer.write(request(b"{"))
    answers = [await raw.answer() for _ in range(3)]

    assert answers[0].headers["Engage-Result"] == "applied"
    assert [answer.status for answer in answers[1:]] == [200, 400]


async def test_lane_stays_open(at, monkeypatch):
    """A connection whose first request took the plain door is not bound to it."""
    raw = await at.raw(chunked(beacon(session="s_1"), ORIGIN_LINE))
    assert (await raw.answer()).status == 204

    async def refuse(*_, **__):
        raise BadBeacon("this is the plain door")

    monkeypatch.setattr(browser, "read_body", refuse)
    await raw.send(request(beacon(session="s_2"), ORIGIN_LINE))

    assert (await raw.answer()).status == 204


async def test_gone_while_it_waits(at):
    """A browser that leaves before its answer has its beacon applied all the same."""
    asks = request(beacon("ask", session="s_gone"), ORIGIN_LINE)
    raw = await at.raw(asks)
    raw.writer.transport.abort()
    await at.until(lambda: at.service.metrics.decisions.total() == 1)

    # It is decided before it is durable, and answered after that.
    await at.until(lambda: at.service.in_flight.count == 0)


async def test_nobody_reads(tmp_path, monkeypatch):
    """Who sends and never reads gets every answer, later."""
    one = request(beacon(session="s_deaf"), ORIGIN_LINE, "Prefer: engage-result")
    async with serving(tmp_path, session_beacons_per_s=1e6, session_burst=1e6) as at:
        # However slow the machine is, nobody is sent away here.
        monkeypatch.setattr(at.service, "crowd", Crowd(few=3_000))
        raw = await at.raw()
        for _ in range(60):
            raw.writer.write(one * 50)
            await asyncio.sleep(0)
        answers = [await raw.answer() for _ in range(3_000)]

    results = [answer.headers["Engage-Result"] for answer in answers]
    assert results == ["applied"] + ["duplicate"] * 2_999


async def test_what_is_begun_goes_on():
    """A coroutine that had to wait goes on as a task, with results and errors."""
    loop = asyncio.get_running_loop()

    async def wait(*futures):
        total = 0
        for future in futures:
            try:
                total += await future
            except ValueError:
                total += 100
        return total

    futures = [loop.create_future() for _ in range(3)]
    rest = begin(wait(*futures))
    futures[0].set_result(1)
    futures[1].set_exception(ValueError())
    loop.call_soon(futures[2].set_result, 20)

    assert rest is not None
    assert await asyncio.create_task(rest) == 121
    assert begin(wait()) is None
