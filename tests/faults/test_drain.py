"""A real process is told to stop: who was in the middle of something gets an answer."""

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass

import pytest_asyncio

CONFIG = """
[server]
host = "127.0.0.1"
port = 0
admin = "127.0.0.1:0"
drain_delay_s = {delay}
drain_limit_s = {limit}
body_deadline_s = {body}

[[sites]]
key = "pk_demo"
origins = ["https://shop.example"]
"""
BODY = (
    b'{"v":1,"site":"pk_demo","visitor":"v_1","session":"s_1","seq":0,"consent":'
    b'{"measure":true,"personalise":true},"page":{"kind":"product"},'
    b'"events":[{"name":"ask","age_ms":0}]}'
)
HEAD = (
    b"POST /v1/beacons HTTP/1.1\r\nHost: e\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(BODY)
)


@dataclass
class Running:
    """A service in a process of its own."""

    process: asyncio.subprocess.Process
    host: str
    port: int

    async def connect(self, sent=b""):
        """Return reader and writer of a new connection."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        writer.write(sent)
        await writer.drain()
        return reader, writer

    async def get(self, path):
        """Return the status of a GET on a new connection."""
        reader, writer = await self.connect(
            f"GET {path} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode()
        )
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    async def has(self, path, status):
        """Return once `path` answers with `status`."""
        async with asyncio.timeout(60):
            while await self.get(path) != status:
                pass

    async def ended(self):
        """Return the exit code."""
        return await asyncio.wait_for(self.process.wait(), 120)

    async def refuses(self):
        """Return once nobody listens any more."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await self.connect()
                except ConnectionError:
                    return
                writer.close()


@pytest_asyncio.fixture
async def start(tmp_path):
    """Start services that are ended after the test."""
    started = []
    files = contextlib.ExitStack()

    async def begin(*, delay=0.5, limit=20, body=30):
        config = tmp_path / "engage.toml"
        config.write_text(CONFIG.format(delay=delay, limit=limit, body=body))
        log = files.enter_context((tmp_path / f"log{len(started)}").open("wb"))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from engage.cli import main; raise SystemExit(main())",
            "serve",
            "--config",
            str(config),
            env={**os.environ, "ENGAGE_PK_DEMO_SERVER_KEY": "sk_0123456789abcdef"},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
        started.append(process)
        async with asyncio.timeout(60):
            first = (await process.stdout.readline()).decode()
        host, port = first.removeprefix("ready http://").strip().split(":")
        return Running(process, host, int(port))

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
    files.close()


async def test_request_in_flight_is_answered(start):
    """All but the last byte, SIGTERM, the last byte: a well-formed answer, exit 0."""
    service = await start()
    reader, writer = await service.connect(HEAD + BODY[:-1])
    await service.has("/readyz", 200)
    service.process.send_signal(signal.SIGTERM)
    await service.refuses()
    writer.write(BODY[-1:])
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()

    assert answer.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert await service.ended() == 0


async def test_new_requests_are_answered_while_others_still_come(start):
    """Endpoint lists lag: after SIGTERM it is not ready, but alive and answering."""
    service = await start(delay=600)
    service.process.send_signal(signal.SIGTERM)
    await service.has("/readyz", 503)
    reader, writer = await service.connect(HEAD + BODY)
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()

    assert answer.startswith(b"HTTP/1.1 204")
    assert await service.get("/healthz") == 200
    service.process.send_signal(signal.SIGTERM)
    assert await service.ended() == 0


async def test_idle_connections_do_not_hold_it_up(start):
    """A hundred idle keep-alive connections end with it, in time."""
    service = await start(delay=0)
    # Beacons of one session would be limited; behind each answer a connection idles.
    pairs = [
        await service.connect(HEAD + BODY.replace(b"s_1", b"s%02d" % n))
        for n in range(100)
    ]
    for reader, _ in pairs:
        await reader.readuntil(b"\r\n\r\n")
    service.process.send_signal(signal.SIGTERM)

    assert await service.ended() == 0
    for reader, writer in pairs:
        assert await reader.read() == b""
        writer.close()


async def test_time_to_end_is_a_bound(start):
    """Who never finishes is waited for as long as is said, were it not at all."""
    service = await start(delay=0, limit=0, body=3_600)
    _, writer = await service.connect(HEAD + BODY[:-1])
    await service.has("/readyz", 200)
    service.process.send_signal(signal.SIGTERM)

    assert await service.ended() == 0
    writer.close()


async def test_second_signal_is_at_once(start):
    """Whoever asks twice does not wait for anybody."""
    service = await start(delay=600, limit=600)
    _, writer = await service.connect(HEAD + BODY[:-1])
    service.process.send_signal(signal.SIGTERM)
    await service.has("/readyz", 503)
    service.process.send_signal(signal.SIGTERM)

    assert await service.ended() == 0
    writer.close()


async def test_interrupt_drains_too(start):
    """Ctrl-C is a polite request like SIGTERM."""
    service = await start(delay=0)
    service.process.send_signal(signal.SIGINT)

    assert await service.ended() == 0
