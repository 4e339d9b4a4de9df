"""A whole service of several processes for tests: Redis, workers, a learner."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
import psutil

from tests.redis_server import steady_port

SITE = "pk_demo"
SERVER_KEY = "sk_0123456789abcdef"
POOL = "autumn10"
CHAT, GROUP = "chat_guitars", "guitars"
ROOT = Path(__file__).parents[2]
CONFIG = """
[server]
port = {port}
admin = "127.0.0.1:{admin}"
data = "{data}"
store = "{store}"
redis_url = "{url}"
drain_delay_s = 0.0
drain_limit_s = 3.0
network_beacons_per_s = 100000.0
network_burst = 100000.0
session_beacons_per_s = 100000.0
session_burst = 100000.0

[[sites]]
key = "{site}"
any_loopback_origin = true
welcome_automated = true
mode = "learned"

[sites.windows]
short_close_s = {window}
long_close_s = {long}
session_idle_s = {idle}

[sites.gates]
cooldown_s = {cooldown}
max_per_session = 20
max_per_visitor_day = 40
kind_pause_s = 0.0

[[sites.interventions]]
id = "{pool}"
kind = "discount"
pages = ["product"]
texts = {{}}
[sites.interventions.options]
pool = "{pool}"
percent = 10
budget_cents = {budget}
max_amount_cents = 500
valid_s = 86400.0

[[sites.interventions]]
id = "returns"
kind = "help"
pages = ["product"]
options = {{ href = "/returns", topics = ["page"] }}
[sites.interventions.texts.en]
title = "Try it for 30 days"
text = "Free returns."
cta = "How it works"
decline = "No thanks"

[[sites.interventions]]
id = "chat_guitars"
kind = "chat"
pages = ["product"]
options = {{ group = "guitars" }}
[sites.interventions.texts.en]
title = "Torn?"
text = "Mara knows."
cta = "Ask"
decline = "No"
"""
_CODE = "import sys; from engage.cli import main; sys.exit(main())"


@dataclass
class Fleet:
    """The processes of one service.

    Attributes:
        url: where browsers and the shop call.
        learner_url: where the learner answers.
    """

    folder: Path
    redis: str
    store: str = "redis"
    window_s: float = 1.0
    budget_cents: int = 10_000_000
    cooldown_s: float = 0.0
    port: int = 0
    admin: int = 0
    url: str = ""
    learner_url: str = ""
    workers: asyncio.subprocess.Process | None = None
    learner: asyncio.subprocess.Process | None = None
    count: int = 0

    def __post_init__(self) -> None:
        """Write the configuration."""
        # The Redis of a test has the first of these ports.
        self.port = self.port or steady_port(8) + 1
        self.admin = self.admin or self.port + 1
        text = CONFIG.format(
            port=self.port,
            admin=self.admin,
            data=self.folder / "data",
            store=self.store,
            url=self.redis,
            site=SITE,
            pool=POOL,
            window=self.window_s,
            long=10 * self.window_s,
            # A visit outlives the short close of its decisions.
            idle=max(300.0, self.window_s),
            budget=self.budget_cents,
            cooldown=self.cooldown_s,
        )
        (self.folder / "engage.toml").write_text(text)

    async def start_workers(self, count: int) -> None:
        """Start the supervisor of so many workers; return when all are ready."""
        self.count = count
        options = ["--workers", str(count), "--no-learner"]
        self.workers = await self._start("serve", *options, log="workers")
        self.url = await _ready(self.workers)

    async def start_learner(self) -> None:
        """Start the learner; return when it answers."""
        await self.launch_learner()
        self.learner_url = await _ready(self.learner)

    async def launch_learner(self) -> None:
        """Start the learner and wait for nothing."""
        options = ["--admin", "127.0.0.1:0"]
        self.learner = await self._start("learn", *options, log="learner")

    async def stop(self) -> None:
        """Let everything drain; return when it has ended."""
        for process in (self.workers, self.learner):
            if process is not None and process.returncode is None:
                os.kill(process.pid, signal.SIGTERM)
                await process.wait()

    def worker_pids(self) -> list[int]:
        """Return the process ids of the workers that listen now.

        One more waits beside them until it is needed.
        """
        assert self.workers is not None
        path = Path(f"/proc/{self.workers.pid}/task/{self.workers.pid}/children")
        return [int(pid) for pid in path.read_text().split() if _listens(int(pid))]

    async def is_ready(self) -> bool:
        """Tell whether every worker says that it is ready."""
        async with aiohttp.ClientSession() as session:
            for index in range(self.count):
                url = f"http://127.0.0.1:{self.admin + index}/readyz"
                try:
                    async with session.get(url) as reply:
                        await reply.read()
                        if reply.status != HTTPStatus.OK:
                            return False
                except aiohttp.ClientError:
                    return False
        return True

    def journals(self) -> list[Path]:
        """Return the workers' journals."""
        return sorted((self.folder / "data" / "workers").glob("*/journal.sqlite"))

    @property
    def ledger(self) -> Path:
        """The ledger."""
        return self.folder / "data" / "journal.sqlite"

    async def _start(self, *arguments: str, log: str) -> asyncio.subprocess.Process:
        command = [arguments[0], "--config", str(self.folder / "engage.toml")]
        with (self.folder / f"{log}.log").open("ab") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                _CODE,
                *command,
                *arguments[1:],
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=ROOT,
                env={**os.environ, "ENGAGE_PK_DEMO_SERVER_KEY": SERVER_KEY},
            )


@asynccontextmanager
async def running(one: Fleet, *, workers: int = 2):
    """Start a whole service; stop it at the end, whatever has become of it."""
    try:
        await asyncio.gather(one.start_learner(), one.start_workers(workers))
        yield one
    finally:
        await one.stop()


async def _ready(process: asyncio.subprocess.Process | None) -> str:
    """Return the URL that a process says it is ready at."""
    return (await said(process, "ready ")).split()[1]


async def said(process: asyncio.subprocess.Process | None, words: str) -> str:
    """Return the next line of a process that begins with these words."""
    assert process is not None
    assert process.stdout is not None
    while True:
        line = (await process.stdout.readline()).decode()
        assert line, f"the process ended before it said {words!r}"
        if line.startswith(words):
            return line


def _listens(pid: int) -> bool:
    """Tell whether a process listens on any port."""
    try:
        found = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN for one in found)


def kill(pid: int) -> None:
    """Kill a process at once."""
    os.kill(pid, signal.SIGKILL)
