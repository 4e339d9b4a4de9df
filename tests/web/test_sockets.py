"""What a stock client would never send: cut, slow, lying and pipelined requests."""

import asyncio

import orjson
import pytest

from engage.web.sockets import http_logger
from tests.web.serving import ORIGIN, beacon, request, serving

GOOD = request(beacon(), f"Origin: {ORIGIN}")


async def test_slow_body(tmp_path):
    """A body that does not arrive in time is 408, and the connection ends."""
    async with serving(tmp_path, body_deadline_s=0.2) as at:
        raw = await at.raw(GOOD[:-1])
        answer = await raw.answer()
        rest = await raw.rest()

    assert (answer.status, answer.json()["type"]) == (408, "/problems/too-slow")
    assert rest == b""


async def test_slow_head(tmp_path):
    """A head that never ends is cut off without an answer."""
    async with serving(tmp_path, keepalive_s=0.3) as at:
        raw = await at.raw(b"POST /v1/beacons HTTP/1.1\r\nHost: engage\r\nX-")
        rest = await raw.rest()

    assert rest == b""


async def test_length_too_long_is_refused_unread(at):
    """A length over the limit is 413 before the body comes."""
    raw = await at.raw(request(b"", "Content-Length: 1000000"))
    answer = await raw.answer()

    assert answer.status == 413


async def test_chunked_body_over_the_limit(at):
    """Without a length the bytes themselves are counted."""
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    raw = await at.raw(
        request(b"", "Transfer-Encoding: chunked", "Content-length:0").replace(
            b"Content-length:0\r\n", b""
        )
        + chunk
        + b"1\r\nx\r\n"
    )
    answer = await raw.answer()

    assert answer.status == 413


async def test_chunked_body(at):
    """A body in pieces is a body."""
    pieces = (
        b"".join(b"%x\r\n%s\r\n" % (1, bytes([b])) for b in beacon()) + b"0\r\n\r\n"
    )
    head = request(b"", "Transfer-Encoding: chunked", "Content-length:0")
    raw = await at.raw(head.replace(b"Content-length:0\r\n", b"") + pieces)
    answer = await raw.answer()

    assert answer.status == 204


async def test_broken_chunks_are_the_callers_fault(at):
    """Chunks that are none are 400, never 500."""
    head = request(b"", "Transfer-Encoding: chunked", "Content-length:0")
    raw = await at.raw(head.replace(b"Content-length:0\r\n", b""), b"zz\r\nhello\r\n")
    answer = await raw.answer()

    assert answer.status == 400


async def test_gone_in_the_middle_is_nobodys_failure(at):
    """A client that hangs up in its body causes no error of ours."""
    raw = await at.raw(GOOD[:-20])
    raw.writer.transport.abort()
    await at.until(at.service.metrics.beacons.total)

    assert at.service.metrics.beacons.sums == {("refused",): 1.0}
    codes = {labels[2] for labels in at.service.metrics.http_requests.sums}
    assert codes <= {"200", "400"}


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        (request(b"{", f"Origin: {ORIGIN}"), 400),
        (request(beacon(), "Origin: https://evil.com"), 403),
        (request(b"x" * 20_000), 413),
        (request(beacon(), "Content-Type: text/html"), 415),
        (request(b"{}", path="/v1/nothing"), 404),
        (request(b"{}", path="/v1/orders"), 401),
        (request(b"{}", path="/v1/orders").replace(b"POST", b"PATCH", 1), 405),
    ],
)
async def test_refusal_does_not_poison_the_connection(at, bad, status):
    """After a refusal, its body read or not, the next request is understood."""
    raw = await at.raw(bad)
    refused = await raw.answer()
    await raw.send(GOOD)
    taken = await raw.answer()

    assert (refused.status, taken.status) == (status, 204)


async def test_pipelined_requests_are_answered_in_order(at):
    """Three requests at once get three answers, in their order."""
    raw = await at.raw(GOOD + request(b"{") + request(beacon(seq=1)))
    answers = [await raw.answer() for _ in range(3)]

    assert [one.status for one in answers] == [204, 400, 204]


NO_HTTP = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /v1/beacons HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    request(b"", "Content-Length: 5", "Transfer-Encoding: chunked"),
    b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nBroken header\r\n\r\n",
]


@pytest.mark.parametrize("sent", NO_HTTP)
async def test_what_is_no_http(at, sent):
    """Bytes that are no HTTP are a problem, 400; nothing about our insides is said."""
    raw = await at.raw(sent)
    everything = await raw.rest()
    head, _, body = everything.partition(b"\r\n\r\n")

    assert everything.startswith((b"HTTP/1.1 400", b"HTTP/1.0 400"))
    assert b"Content-Type: application/problem+json" in head
    told = orjson.loads(body)
    assert (told["type"], told["status"]) == ("/problems/bad-request", 400)
    assert told["detail"].startswith("not readable as HTTP: ")
    for word in (b"Traceback", b"aiohttp", b"Python", b"bytearray", b"aaaa", b"b'"):
        assert word not in everything


@pytest.mark.parametrize("is_admin", [False, True], ids=["public", "admin"])
async def test_server_names_no_versions(at, is_admin):
    """No answer says with which versions of what it was made."""
    for path in ("/healthz", "/nowhere", "/openapi.json", "/metrics"):
        found = await at.call("GET", path, admin=is_admin)
        assert found.headers["Server"] == "engage"


async def test_log_of_bad_http_names_nobody(at, capsys):
    """The line about a malformed request carries no address and no bytes of it."""
    raw = await at.raw(b"GET /secret-path HTTP/9.9\r\n\r\n")
    await raw.rest()

    told = "".join(capsys.readouterr())
    assert "request.malformed" in told
    assert "127.0.0.1" not in told.split("request.malformed")[1]
    assert "secret-path" not in told
    assert http_logger().propagate is False


async def test_bytes_that_are_no_text(at):
    """Header and path bytes outside UTF-8 are refused, not a failure of ours."""
    sent = [
        request(beacon(), "Origin: https://\xff\xfe"),
        request(b"{}", "Authorization: Bearer \xff\xfe", path="/v1/orders"),
        request(beacon(), "Content-Encoding: \xff"),
        request(b"{}", path="/v1/\xff"),
        request(b"{}", path="/v1/decisions/%ff%00/confirm"),
        request(b"{}", path="/v1/decisions/%ED%A0%80/confirm"),
    ]
    statuses = []
    for one in sent:
        raw = await at.raw(one)
        statuses.append((await raw.answer()).status)

    assert all(400 <= status < 500 for status in statuses), statuses
    assert statuses[:3] == [403, 401, 415]


async def test_connections_are_capped(tmp_path):
    """Over the cap a connection is closed at once; below it everything goes on."""
    async with serving(tmp_path, max_connections=3) as at:
        held = [await at.raw(b"POST") for _ in range(3)]
        extra = await at.raw()
        assert await extra.rest() == b""
        await held.pop().close()
        async with asyncio.timeout(60):
            while True:
                raw = await at.raw(GOOD)
                try:
                    answer = await raw.answer()
                except (asyncio.IncompleteReadError, ConnectionError):
                    continue
                break

    assert answer.status == 204


async def test_large_answers_reach_slow_readers(at):
    """A page of decisions longer than any buffer arrives whole."""
    for n in range(60):
        await at.beacon("ask", visitor=f"v_{n}", session=f"s_{n}")
    answer = await at.shop("GET", "/v1/decisions")
    rows = [orjson.loads(line) for line in answer.body.splitlines()]

    assert len(answer.body) > 100_000
    assert len(rows) == 60
