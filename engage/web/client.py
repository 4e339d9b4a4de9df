"""Speaks to a running service over HTTP: as a browser, and as a shop's server.

For `engage ingest --to` and for simulated shoppers; the only HTTP client we have.
"""

# Rules of this file: one request, one `Reply`; a network that fails is a reply, too
# (status 0), because the caller decides whether to try again. Nothing is retried here.

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import aiohttp
import msgspec
import orjson

from engage.wire.beacon import Beacon, encode_beacon
from engage.wire.decision import Answer

# The service says what became of a beacon to who asks.
RESULT_HEADER: Final = "Engage-Result"
_JSON: Final = {"Content-Type": "application/json"}
_read_answer: Final = msgspec.json.Decoder(Answer).decode


class Reply(NamedTuple):
    """What came back.

    Attributes:
        status: of HTTP; 0 when there was no answer at all.
        answer: to a beacon; None unless it was taken.
        result: `applied`, `duplicate`, `late` or `no_consent`, if the service says.
        reason: why it was refused: last part of the problem's type, or `unreachable`.
        detail: the problem's sentence.
        retry_after_s: when to come back, seconds; 0 if not said.
        text: what the shop's server was answered, as it came.
    """

    status: int
    answer: Answer | None = None
    result: str | None = None
    reason: str = ""
    detail: str = ""
    retry_after_s: float = 0.0
    text: bytes = b""

    @property
    def is_taken(self) -> bool:
        """Whether the service took it: 2xx."""
        return 200 <= self.status < 300

    @property
    def is_worth_repeating(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (0, 408, 429) or self.status >= 500


class Client:
    """A pool of connections to one service; use it as an async context manager.

    Args:
        url: where it listens, for example `http://127.0.0.1:8080`.
        server_key: needed for what a shop's server does.
        connections: most requests at a time.
        timeout_s: of one request, seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        server_key: str = "",
        connections: int = 64,
        timeout_s: float = 10.0,
    ) -> None:
        self.url = url.rstrip("/")
        self._key = {"Authorization": f"Bearer {server_key}"} if server_key else {}
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(limit=self._connections),
            # Connections to one's own machine must not take a detour.
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, beacon: Beacon, *, gpc: bool = False) -> Reply:
        """Send a beacon as a browser does.

        Args:
            beacon: within the limits of the contract.
            gpc: with `Sec-GPC: 1`.
        """
        headers = {**_JSON, "Prefer": "engage-result"}
        if gpc:
            headers["Sec-GPC"] = "1"
        path, body = "/v1/beacons", encode_beacon(beacon)
        reply, answer = await self._request("POST", path, body=body, headers=headers)
        if not reply.is_taken:
            return reply
        return reply._replace(answer=_read_answer(answer) if answer else Answer())

    async def confirm(self, decision: str, token: str) -> bool:
        """Ask whether a card still holds; for a chat, take its agent."""
        path = f"/v1/decisions/{decision}/confirm"
        body = orjson.dumps({"token": token})
        reply, _ = await self._request("POST", path, body=body, headers=_JSON)
        return reply.is_taken

    async def order(self, order: Mapping[str, Any]) -> Reply:
        """Report an order or refund as the shop's server; needs the server key."""
        return await self.shop("POST", "/v1/orders", order)

    async def shop(self, method: str, path: str, body: Any) -> Reply:
        """Call any route of the shop's server with a JSON body.

        Args:
            method: `POST` or `PUT`.
            path: for example `/v1/chat/groups/guitars`.
            body: plain data; bytes are sent as they are.
        """
        headers = {**_JSON, **self._key}
        plain = body if isinstance(body, bytes) else orjson.dumps(body)
        reply, text = await self._request(method, path, body=plain, headers=headers)
        return reply._replace(text=text)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[Reply, bytes]:
        if self._session is None:
            raise RuntimeError("use the client as an async context manager")
        url = self.url + path
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                text = await response.read()
                return _reply(response, text), text
        except (aiohttp.ClientError, TimeoutError) as error:
            return Reply(0, reason="unreachable", detail=_why(error)), b""


def _why(error: aiohttp.ClientError | TimeoutError) -> str:
    """Return why nothing came back; of a refused connection only the reason."""
    number = error.errno if isinstance(error, OSError) else None
    if number is not None and number > 0:
        return os.strerror(number)
    return str(error) or type(error).__name__


def _reply(response: aiohttp.ClientResponse, text: bytes) -> Reply:
    if response.status < 400:
        return Reply(response.status, result=response.headers.get(RESULT_HEADER))
    retry_after = response.headers.get("Retry-After", "")
    kind, detail = _problem(text, status=response.status)
    return Reply(
        response.status,
        reason=kind,
        detail=detail,
        retry_after_s=float(retry_after) if retry_after.isdecimal() else 0.0,
    )


def _problem(text: bytes, *, status: int) -> tuple[str, str]:
    """Return kind and sentence of a problem document, or what stands for them."""
    try:
        plain = orjson.loads(text)
    except orjson.JSONDecodeError:
        plain = None
    if not isinstance(plain, dict):
        return f"status-{status}", ""
    kind = str(plain.get("type", "")).rpartition("/")[2]
    return kind or f"status-{status}", str(plain.get("detail", ""))
