"""What the scripts of a page cost its thread, in a browser that nobody looks into.

Chromium's own counter of script time leaves out what runs when a promise settles, and
a page that a test tool is attached to pays for the tool: for each request and import it
notes the stack, and reads every function on it once more to number its lines (2 ms of a
start). So the browser is driven here by its protocol, with nothing switched on in the
page, and what a page does is read from a trace: the thread's own CPU time within the
outermost events that are script (`script_ms`), and within all of its tasks (`all_ms`).
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from aiohttp import ClientSession, ClientWebSocketResponse

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--remote-debugging-port=0",
)
SCRIPT = frozenset(
    {
        "EvaluateScript",
        "FunctionCall",
        "RunMicrotasks",
        "v8.compile",
        "v8.compileModule",
        "v8.evaluateModule",
    }
)
TASK = frozenset({"RunTask"})
CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "v8",
    "v8.execute",
]


class Spent(NamedTuple):
    """CPU of the page's thread, in ms."""

    script_ms: float
    all_ms: float


class Tab(NamedTuple):
    """A page of its own context, and the session that drives it."""

    context: str
    target: str
    session: str


class Driver:
    """Speaks the browser's protocol: one call at a time, and the events of a trace."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        """Begin with nothing traced."""
        self.socket = socket
        self.numbers = count(1)
        self.events: list[dict[str, Any]] = []

    async def call(self, method: str, tab: Tab | None = None, **params: Any) -> Any:
        """Send a command and return its answer; what is traced meanwhile is kept."""
        number = next(self.numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if tab:
            message["sessionId"] = tab.session
        await self.socket.send_str(orjson.dumps(message).decode())
        answer = await self._until(lambda told: told.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    async def open(self) -> Tab:
        """Open an empty page."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        made = await self.call(
            "Target.createTarget",
            url="about:blank",
            browserContextId=context,
            width=1280,
            height=800,
        )
        told = {"targetId": made["targetId"], "flatten": True}
        session = (await self.call("Target.attachToTarget", **told))["sessionId"]
        return Tab(context, made["targetId"], session)

    async def use(self, tab: Tab) -> None:
        """Do what a visitor does: 60 moves, 10 turns of the wheel, 5 clicks."""
        for step in range(60):
            at = {"x": 60 + 7 * step, "y": 60 + 3 * (step % 20)}
            await self._mouse(tab, "mouseMoved", **at)
        for _ in range(10):
            turn = {"x": 473, "y": 117, "deltaX": 0, "deltaY": 120}
            await self._mouse(tab, "mouseWheel", **turn)
        for step in range(5):
            at = {"x": 300 + 20 * step, "y": 300}
            await self._mouse(tab, "mouseMoved", **at)
            for what in ("mousePressed", "mouseReleased"):
                await self._mouse(tab, what, button="left", clickCount=1, **at)

    async def _mouse(self, tab: Tab, what: str, **more: Any) -> None:
        await self.call("Input.dispatchMouseEvent", tab, type=what, **more)

    async def close(self, tab: Tab) -> None:
        """Close a page and forget all it stored."""
        await self.call("Target.disposeBrowserContext", browserContextId=tab.context)

    @asynccontextmanager
    async def tracing(self) -> AsyncIterator[list[dict[str, Any]]]:
        """Trace all threads; the list is filled when the block has ended."""
        self.events = []
        config = {"includedCategories": CATEGORIES}
        await self.call("Tracing.start", traceConfig=config)
        traced = self.events
        yield traced
        await self.call("Tracing.end")
        await self._until(lambda told: told.get("method") == "Tracing.tracingComplete")

    async def _until(self, fits: Any) -> dict[str, Any]:
        async for message in self.socket:
            told: dict[str, Any] = orjson.loads(message.data)
            if told.get("method") == "Tracing.dataCollected":
                self.events += told["params"]["value"]
            if fits(told):
                return told
        raise RuntimeError("the browser hung up")


@asynccontextmanager
async def browser() -> AsyncIterator[Driver]:
    """Start Chromium with a profile of the moment; nothing looks into its pages."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    # Its last processes may still write while the folder is removed.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pipe = asyncio.subprocess.PIPE
        profile = f"--user-data-dir={folder}/profile"
        started = await asyncio.create_subprocess_exec(
            path, *FLAGS, profile, "about:blank", stderr=pipe
        )
        address = await _address(started.stderr)
        async with (
            ClientSession() as http,
            http.ws_connect(address, max_msg_size=0) as socket,
        ):
            driver = Driver(socket)
            yield driver
            await driver.call("Browser.close")
        await started.wait()


async def _address(lines: asyncio.StreamReader | None) -> str:
    assert lines is not None
    async for line in lines:
        found = re.search(r"ws://\S+", line.decode())
        if found:
            return found.group()
    raise RuntimeError("Chromium did not start")


def threads_of(events: list[dict[str, Any]], url: str) -> frozenset[tuple[int, int]]:
    """Return the process and thread that read the page at `url`, from a trace of it.

    Raises:
        RuntimeError: nobody did; what is not found must not count as nothing spent.
    """
    where = frozenset((e["pid"], e["tid"]) for e in events if _is_page(e, url))
    if not where:
        raise RuntimeError(f"no trace of {url}")
    return where


def spent(events: list[dict[str, Any]], where: frozenset[tuple[int, int]]) -> Spent:
    """Return what these threads did in a trace."""
    mine = [e for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) in where]
    return Spent(_outermost(mine, SCRIPT), _outermost(mine, TASK))


def _is_page(event: dict[str, Any], url: str) -> bool:
    told = event.get("args", {}).get("beginData", {})
    # A trace writes a space as %20.
    return event["name"] == "ParseHTML" and url in unquote(str(told.get("url", "")))


def _outermost(events: Iterable[dict[str, Any]], names: frozenset[str]) -> float:
    """Return the CPU time within events of these names, none counted twice."""
    ends = total = 0.0
    for event in sorted((e for e in events if e["name"] in names), key=_begin):
        if event["ts"] >= ends:
            ends = event["ts"] + event["dur"]
            total += event.get("tdur", 0) / 1_000
    return total


def _begin(event: dict[str, Any]) -> tuple[float, float]:
    return event["ts"], -event["dur"]
