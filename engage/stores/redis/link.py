"""The way to Redis: what is asked in one turn of the event loop travels together.

redis-py spends 110 to 200 microseconds of a worker's time on a command that travels
alone, and a quarter of that in company (benchmarks/redis_store.py). So commands wait
for the end of the turn, and while all lanes are busy, for the next free one.
"""

# Rules of this file: the only one that knows the client. One attempt a command: what is
# worth repeating is repeated by callers who know that it is harmless. Bounded: LANES
# connections, BATCH commands each; those who wait are requests, which the door bounds.

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError

from engage.errors import StoreError
from engage.stores.redis.asked import Asked
from engage.stores.redis.breaker import Breaker
from engage.stores.redis.name import Name
from engage.stores.redis.words import Command, Script, spoken
from engage.telemetry import logger

log = logger()
__all__ = ["BATCH", "LANES", "TIMEOUT_S", "Command", "Link", "Script"]

# A hundred times what an answer takes, unless the URL says `?socket_timeout=`.
TIMEOUT_S: Final = 0.1
LANES: Final = 4
BATCH: Final = 256
# What share of that time a caller in haste waits: ten times what an answer takes.
_HASTE: Final = 0.2
_NO_URL: Final = "redis_url cannot be read: must be redis://user:password@host:port/0"


class Link:
    """A connection pool with batching and a circuit breaker.

    Args:
        url: `redis://`, `rediss://` or `unix://`, with redis-py's own options.
        patience_s: an answer may take so long at least, whatever the URL says.
        now: monotonic seconds; the event loop's by default.

    Raises:
        StoreError: the URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        patience_s: float = 0.0,
        now: Callable[[], float] | None = None,
    ) -> None:
        try:
            # Whoever allows more time for an answer allows it for a connection, too.
            given: Any = parse_url(url)
            within_s = max(patience_s, given.get("socket_timeout", TIMEOUT_S))
            self._within_s = within_s
            self._client: Redis = Redis.from_url(
                url,
                socket_connect_timeout=within_s,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                max_connections=LANES,
            )
        except ValueError:
            # What it says may be a part of the password.
            raise StoreError(_NO_URL) from None
        self._name = Name(url)
        self._where = self._name.told
        self._now = now or _loop_time
        self._breaker = Breaker()
        self._waiting: deque[Asked] = deque()
        self._lanes: set[asyncio.Task[None]] = set()
        self._pool: Any = self._client.connection_pool
        # What the URL says counts for more than what the client is given.
        self._pool.connection_kwargs["socket_timeout"] = within_s
        # Connections that nobody uses now. They stay ours: to hand one out costs the
        # client's pool more than a command costs Redis.
        self._idle: list[Any] = []
        # Somebody in haste has given up, and nothing was answered since.
        self._is_late = False
        self._is_due = self._is_trying = False

    async def ask(self, *commands: Command) -> list[Any]:
        """Send commands and return their answers, in order.

        Raises:
            StoreError: Redis does not answer, or refused one of them. Without an
                answer it may have done them all the same.
        """
        replies = await self.send(commands)
        for reply in replies:
            if isinstance(reply, ResponseError):
                raise StoreError(f"redis at {self._where} refused: {reply}") from reply
        return replies

    async def ask_all(self, command: Command) -> list[Any]:
        """Send a command to every server and return their answers; errors as `ask`."""
        return await self.ask(command)

    async def run(
        self, script: Script, keys: Sequence[str], *arguments: str | bytes | float
    ) -> Any:
        """Run a script and return its answer; same errors as `ask`."""
        return (await self.run_after((), script, keys, *arguments))[-1]

    async def run_after(
        self,
        before: Sequence[Command],
        script: Script,
        keys: Sequence[str],
        *arguments: str | bytes | float,
        in_haste: bool = False,
    ) -> list[Any]:
        """Send commands and then a script, in one trip; same errors as `ask`."""
        rest = (len(keys), *keys, *arguments)
        asked = (*before, ("EVALSHA", script.digest, *rest))
        replies = await self.send(asked, in_haste=in_haste)
        if isinstance(replies[-1], NoScriptError):
            # A new or restarted server: EVAL runs it and teaches it.
            return [*replies[:-1], *await self.ask(("EVAL", script.source, *rest))]
        for reply in replies:
            if isinstance(reply, ResponseError):
                raise StoreError(f"redis at {self._where} refused: {reply}") from reply
        return replies

    async def close(self) -> None:
        """Wait for what is under way and close all connections."""
        while self._lanes or self._waiting:
            await asyncio.gather(*self._lanes)
            # Lets the lanes' own callbacks take what still waits.
            await asyncio.sleep(0)
        await self._client.aclose()

    async def send(
        self, commands: Sequence[Command], *, in_haste: bool = False
    ) -> list[Any]:
        """Send commands; refusals are among the answers, as exceptions.

        Args:
            commands: in order.
            in_haste: the caller can go on without an answer, and rather does than
                wait long. While others wait for one in vain, it is not even sent.

        Raises:
            StoreError: Redis does not answer.
        """
        self._refuse_while_away()
        if in_haste and self._is_late and self._lanes:
            raise StoreError(f"redis at {self._where} is late with an answer")
        asked = Asked(commands, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        self._go_soon()
        if not in_haste:
            return await asked.answer
        return await asked.within(_HASTE * self._within_s, give_up=self._given_up)

    def _given_up(self, asked: Asked) -> None:
        self._is_late = True
        asked.fail(f"redis at {self._where} is late with an answer")

    def _refuse_while_away(self) -> None:
        """Let nobody wait for a server that does not answer.

        Who comes first after the pause has it tried, but waits for nothing.
        """
        if not self._breaker.is_probing:
            return
        left_s = self._breaker.left_s(at_s=self._now())
        if left_s <= 0 and not self._is_trying:
            self._is_trying = True
            self._start(self._try())
        raise StoreError(
            f"redis at {self._where} does not answer: left alone for "
            f"{self._breaker.pause_s:g} s after {self._breaker.limit} failures, "
            f"{left_s:.2f} s of it to go"
        )

    async def _try(self) -> None:
        """Find out whether the server answers again."""
        try:
            await self._exchange([("PING",)])
        except (RedisError, OSError) as error:
            self._failed([], error)
        else:
            self._succeeded()
        finally:
            self._is_trying = False

    def _start(self, travel: Coroutine[Any, Any, None]) -> None:
        lane = asyncio.create_task(travel)
        self._lanes.add(lane)
        lane.add_done_callback(self._arrived)

    def _go_soon(self) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._go)

    def _go(self) -> None:
        self._is_due = False
        while self._waiting and len(self._lanes) < LANES:
            self._start(self._travel(self._batch()))

    def _arrived(self, lane: asyncio.Task[None]) -> None:
        self._lanes.discard(lane)
        if self._waiting:
            self._go_soon()

    def _batch(self) -> list[Asked]:
        batch = [self._waiting.popleft()]
        size = len(batch[0].commands)
        while self._waiting:
            size += len(self._waiting[0].commands)
            if size > BATCH:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _travel(self, batch: list[Asked]) -> None:
        try:
            replies = await self._exchange([c for one in batch for c in one.commands])
        except (RedisError, OSError) as error:
            self._failed(batch, error)
            return
        self._succeeded()
        start = 0
        for asked in batch:
            end = start + len(asked.commands)
            asked.tell(replies[start:end])
            start = end

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        connection, is_done = await self._connected(), False
        try:
            replies = await spoken(connection, commands, within_s=self._within_s)
            is_done = True
        finally:
            if not is_done:
                # What it still says would be taken for the next answers.
                await self._give_back(connection)
        self._idle.append(connection)
        shapes: Any = self._client.response_callbacks
        return [
            reply
            if isinstance(reply, Exception) or command[0] not in shapes
            else shapes[command[0]](reply)
            for command, reply in zip(commands, replies, strict=True)
        ]

    async def _connected(self) -> Any:
        """Return a connection that nobody uses; a new one if none is sound."""
        while self._idle:
            connection = self._idle.pop()
            if not await connection.can_read():
                return connection
            # Closed by the other side, or it said what nobody asked for.
            await self._give_back(connection)
        await self._name.known(within_s=self._within_s)
        return await self._pool.get_connection()

    async def _give_back(self, connection: Any) -> None:
        await connection.disconnect(nowait=True)
        await self._pool.release(connection)

    def _succeeded(self) -> None:
        self._is_late = False
        if self._breaker.succeed():
            log.info("redis.answered", where=self._where)

    def _failed(self, batch: list[Asked], error: Exception) -> None:
        # A timeout says nothing but its name.
        why = str(error) or type(error).__name__
        if self._breaker.fail(at_s=self._now()):
            log.warning("redis.unreachable", where=self._where, error=why)
        if self._breaker.left_s(at_s=self._now()) > 0:
            # Nobody else waits for what is not going to be sent.
            batch = [*batch, *self._waiting]
            self._waiting.clear()
        why = f"{type(error).__name__}: {error}".removesuffix(": ")
        for asked in batch:
            asked.fail(f"redis at {self._where} does not answer: {why}")


def _loop_time() -> float:
    return asyncio.get_running_loop().time()
