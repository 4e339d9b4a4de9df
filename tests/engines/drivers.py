"""Two browsers that are no Chromium, driven by what they themselves listen to.

Firefox speaks WebDriver BiDi on a socket, WebKit the older WebDriver by HTTP; of both
only what a visitor does is used: go to a page, move, click, press keys, look.
"""

# Rules of this file: no test in it. Both drivers have the same methods; scripts are
# function bodies whose returned value comes back as plain data.

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any, Self

import orjson
import psutil
from aiohttp import ClientSession, ClientWebSocketResponse

from tests.faults.pausing import pause

ESCAPE = "\ue00c"
PATIENCE_S = 30.0
WEBKIT = "*/webkit2gtk-4.1/MiniBrowser"
WIDTH, HEIGHT = 1280, 900


def program(name: str) -> str:
    """Return where a program is.

    Raises:
        FileNotFoundError: it is not installed; says what to install.
    """
    found = shutil.which(name)
    if found is None:
        packages = "firefox-esr webkit2gtk-driver xvfb xdotool"
        raise FileNotFoundError(f"{name} is missing: apt-get install {packages}")
    return found


def pointer(*moves: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the actions of a mouse."""
    kind = {"pointerType": "mouse"}
    return [{"type": "pointer", "id": "mouse", "parameters": kind, "actions": [*moves]}]


def click_at(x: float, y: float) -> list[dict[str, Any]]:
    """Return the actions of a click at a place of the window."""
    at = {"type": "pointerMove", "x": int(x), "y": int(y), "duration": 100}
    down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
    return pointer(at, down, up)


def press(key: str) -> list[dict[str, Any]]:
    """Return the actions of one key."""
    both = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
    return [{"type": "key", "id": "keys", "actions": both}]


class Program:
    """A process that is waited for by a line or a port, and ended with its children."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process, self.folder = process, folder

    @classmethod
    async def start(cls, *command: str, **environment: str) -> Self:
        """Start a program with a home of its own."""
        folder = Path(tempfile.mkdtemp(prefix="engine"))
        process = await asyncio.create_subprocess_exec(
            *(part.replace("{folder}", str(folder)) for part in command),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env=os.environ | {"HOME": str(folder)} | environment,
        )
        return cls(process, folder)

    async def line(self, start: str) -> str:
        """Return the rest of the first line on standard error that begins so."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            async for line in self.process.stderr:
                text = line.decode(errors="replace").strip()
                if text.startswith(start):
                    return text.removeprefix(start).strip()
        raise ChildProcessError(f"{start!r} never came")

    async def stop(self) -> None:
        """End it, with whatever it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


async def screen() -> tuple[Program, str]:
    """Start a screen that nobody sees; return it and its name.

    Without a screen no page has the focus, and an unfocused page nobody's attention.
    """
    size = f"{WIDTH}x{HEIGHT}x24"
    one = await Program.start(program("Xvfb"), "-displayfd", "2", "-screen", "0", size)
    return one, f":{await one.line('')}"


class Firefox:
    """Firefox, on a screen that nobody sees."""

    name = "firefox"

    def __init__(self) -> None:
        self._count = 0

    async def start(self) -> None:
        """Start screen and browser, and open a session."""
        self._screen, display = await screen()
        self._program = await Program.start(
            program("firefox-esr"),
            "--remote-debugging-port=0",
            f"--width={WIDTH}",
            f"--height={HEIGHT}",
            "--profile",
            "{folder}",
            DISPLAY=display,
        )
        url = await self._program.line("WebDriver BiDi listening on")
        self._session = ClientSession()
        self._socket: ClientWebSocketResponse = await self._session.ws_connect(
            f"{url}/session", max_msg_size=0
        )
        begun = await self._call("session.new", capabilities={})
        self.version = begun["capabilities"]["browserVersion"]
        tree = await self._call("browsingContext.getTree")
        self._page = tree["contexts"][0]["context"]
        await self._focus(display)

    async def open(self, url: str) -> None:
        """Go to an address; return when it is loaded."""
        where = {"context": self._page, "url": url, "wait": "complete"}
        await self._call("browsingContext.navigate", **where)

    async def back(self) -> None:
        """Go back in the history."""
        await self._call(
            "browsingContext.traverseHistory", context=self._page, delta=-1
        )

    async def run(self, body: str) -> Any:
        """Run a function's body in the page; return what it returns, awaited."""
        found = await self._call(
            "script.callFunction",
            functionDeclaration=_wrapped(body),
            target={"context": self._page},
            awaitPromise=True,
        )
        if found["type"] != "success":
            raise RuntimeError(found["exceptionDetails"]["text"])
        return orjson.loads(found["result"]["value"])

    async def act(self, actions: list[dict[str, Any]]) -> None:
        """Do what a visitor does."""
        await self._call("input.performActions", context=self._page, actions=actions)

    async def look(self) -> bytes:
        """Return a picture of the window, PNG."""
        kept = await self._call("browsingContext.captureScreenshot", context=self._page)
        return base64.b64decode(kept["data"])

    async def stop(self) -> None:
        """End browser and screen."""
        await self._socket.close()
        await self._session.close()
        await self._program.stop()
        await self._screen.stop()

    async def _focus(self, display: str) -> None:
        """Do what a window manager does: without the focus nobody is attentive."""
        found = ("search", "--onlyvisible", "--class", "firefox", "windowfocus")
        process = await asyncio.create_subprocess_exec(
            program("xdotool"),
            *("mousemove", str(WIDTH // 2), str(HEIGHT // 2), "click", "1", *found),
            env=os.environ | {"DISPLAY": display},
        )
        await process.wait()

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        asked = {"id": self._count, "method": method, "params": parameters}
        await self._socket.send_json(asked)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self._socket.receive_json()
                if answer.get("id") == self._count:
                    break
        if answer["type"] == "error":
            raise RuntimeError(f"{method}: {answer['message']}")
        result: dict[str, Any] = answer["result"]
        return result


class WebKit:
    """WebKitGTK's own small browser, on a screen that nobody sees."""

    name = "webkit"

    async def start(self) -> None:
        """Start screen, driver and browser, and open a session."""
        self._screen, display = await screen()
        self._driver = await Program.start(
            program("WebKitWebDriver"), "--port=0", DISPLAY=display
        )
        self._session = ClientSession(f"http://127.0.0.1:{await self._port()}")
        options = {"binary": _webkit(), "args": ["--automation"]}
        asked = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        begun = await self._call("POST", "/session", {"capabilities": asked})
        self._at = f"/session/{begun['sessionId']}"
        self.version = begun["capabilities"]["browserVersion"]

    async def open(self, url: str) -> None:
        """Go to an address; return when it is loaded."""
        await self._call("POST", f"{self._at}/url", {"url": url})

    async def back(self) -> None:
        """Go back in the history."""
        await self._call("POST", f"{self._at}/back", {})

    async def run(self, body: str) -> Any:
        """Run a function's body in the page; return what it returns, awaited."""
        script = f"return ({_wrapped(body)})()"
        asked = {"script": script, "args": []}
        return orjson.loads(await self._call("POST", f"{self._at}/execute/sync", asked))

    async def act(self, actions: list[dict[str, Any]]) -> None:
        """Do what a visitor does."""
        await self._call("POST", f"{self._at}/actions", {"actions": actions})

    async def look(self) -> bytes:
        """Return a picture of the window, PNG."""
        kept = await self._call("GET", f"{self._at}/screenshot")
        return base64.b64decode(kept)

    async def stop(self) -> None:
        """End browser, driver and screen."""
        await self._call("DELETE", self._at)
        await self._session.close()
        await self._driver.stop()
        await self._screen.stop()

    async def _port(self) -> int:
        """Return where the driver listens: it chose a port and does not tell."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                process = psutil.Process(self._driver.process.pid)
                for one in process.net_connections():
                    if one.status == psutil.CONN_LISTEN:
                        return int(one.laddr.port)
                await pause()

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, path, json=body) as answer:
            value = (await answer.json())["value"]
        if answer.status != 200:
            raise RuntimeError(f"{path}: {value['message']}")
        return value


def _webkit() -> str:
    """Return where Debian keeps WebKit's browser, whatever the processor."""
    return str(next(Path("/usr/lib").glob(WEBKIT)))


def _wrapped(body: str) -> str:
    """Return a function that gives its value as text, whatever the protocol."""
    return (
        "async () => { const value = await (async () => { "
        + body
        + " })(); return JSON.stringify(value === undefined ? null : value) }"
    )
