"""Who may use the console: a token, a session cookie, and no other page's requests."""

# Rules of this file: without a token the console answers loopback only, under a
# loopback name (a foreign name that points here is DNS rebinding). Secrets are compared
# in constant time. Whatever changes something needs an operator, our own header and
# origin; so does what names a visitor.

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from ipaddress import ip_address
from typing import Final, Literal

from aiohttp import web

from engage.clock import Clock
from engage.errors import Forbidden, TooMany, Unauthorised
from engage.web.limits import NOWHERE, Buckets, network_of

COOKIE: Final = "engage_console"
HEADER: Final = "X-Engage-Console"
# A working day; after it the operator signs in again.
SESSION_S: Final = 12 * 3_600.0
_MOST_SESSIONS: Final = 100
_SESSION_BYTES: Final = 32
_LOOPBACK_HOST: Final = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")


Role = Literal["operator", "reader"]


@dataclass(slots=True, kw_only=True)
class Access:
    """Lets operators and readers in.

    Attributes:
        token: what signs an operator in; None for a demo on loopback.
        reader: what signs in somebody who may look and change nothing, if anything.
    """

    token: str | None = field(repr=False)
    clock: Clock
    reader: str | None = field(default=None, repr=False)
    _sessions: dict[str, tuple[float, Role]] = field(default_factory=dict, repr=False)
    _tries: Buckets = field(
        # Ten tries at once, then one every ten seconds: no guessing.
        default_factory=lambda: Buckets(rate=0.1, burst=10.0, what="sign-ins")
    )

    def admit(self, request: web.Request) -> Role:
        """Return as whom a request passes: by a token, or by a session of ours.

        Raises:
            Unauthorised: it carries neither.
            TooMany: tokens were tried too often from there.
            Forbidden: there is no token, and it does not come from this machine.
        """
        if self.token is None:
            _require_loopback(request)
            return "operator"
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            role = self._try(given, peer=request.remote)
            if role is not None:
                return role
        until_s, role = self._sessions.get(
            request.cookies.get(COOKIE, ""), (0.0, "reader")
        )
        if until_s <= self.clock.monotonic_s():
            raise Unauthorised("sign in with the console's token", field="token")
        return role

    def still_admits(self, request: web.Request) -> bool:
        """Whether a request that passed would pass again: nobody signed out since."""
        try:
            self.admit(request)
        except (TooMany, Unauthorised):
            return False
        return True

    def sign_in(self, given: str, *, peer: str | None) -> str:
        """Return the id of a new session for who knows a token.

        Raises:
            Unauthorised: it is another token.
            TooMany: tokens were tried too often from there.
        """
        role = self._try(given, peer=peer)
        if role is None:
            raise Unauthorised("this is not the console's token", field="token")
        session = secrets.token_urlsafe(_SESSION_BYTES)
        self._sessions[session] = (self.clock.monotonic_s() + SESSION_S, role)
        while len(self._sessions) > _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return session

    def sign_out(self, request: web.Request) -> None:
        """Forget the session that a request carries."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)

    def _try(self, given: str, *, peer: str | None) -> Role | None:
        """Return whose token it is, if anybody's; only wrong ones are counted.

        By network: who has one address of IPv6 has a whole /64 of them.
        """
        network = network_of(peer or NOWHERE).name
        # Before it is looked at, or the right one would stand out.
        self._tries.take(network, now_s=self.clock.monotonic_s())
        role = self._role_of(given)
        if role is not None:
            self._tries.give_back(network)
        return role

    def _role_of(self, given: str) -> Role | None:
        # Both are compared, always: the time taken does not say which came close.
        is_operator = _is_same(given, self.token)
        is_reader = _is_same(given, self.reader)
        if is_operator:
            return "operator"
        return "reader" if is_reader else None


ACCESS: Final = web.AppKey("console_access", Access)
ROLE: Final = web.RequestKey("console_role", str)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def admitted(handler: Handler) -> Handler:
    """Return the handler, closed to who is not let in or writes from elsewhere."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        request[ROLE] = request.app[ACCESS].admit(request)
        if request.method not in {"GET", "HEAD"}:
            require_own_page(request)
        return await handler(request)

    return guarded


def operated(handler: Handler) -> Handler:
    """Return the handler, closed to everybody but operators."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request[ROLE] != "operator":
            raise Forbidden("this sign-in may look, not change", field="token")
        return await handler(request)

    return admitted(guarded)


def require_own_page(request: web.Request) -> None:
    """Let a writing request pass that our own page (or a script) sent.

    Raises:
        Forbidden: our header is missing, or another origin's page sent it.
    """
    if request.headers.get(HEADER) != "1":
        raise Forbidden(f"{HEADER} must be 1", field=HEADER)
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Forbidden(
            f"Origin must be the console's own, got {origin[:100]!r}", field="origin"
        )


def _is_same(given: str, token: str | None) -> bool:
    wanted = token or ""
    # A header may hold any bytes; those that are no text arrive as surrogates.
    said = given.encode("utf-8", "surrogateescape")
    same = hmac.compare_digest(said, wanted.encode())
    return bool(wanted) and same


def _require_loopback(request: web.Request) -> None:
    peer = request.remote or ""
    try:
        is_near = ip_address(peer.partition("%")[0]).is_loopback
    except ValueError:
        is_near = False
    if not is_near or not _LOOPBACK_HOST.fullmatch(request.host):
        raise Forbidden("the console is open on this machine only", field="host")
