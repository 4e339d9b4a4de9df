"""Discount codes and budgets in Redis; the scripts decide, this file asks and tells."""

# Rules of this file: messages and errors are those of `memory/codes`. Asking again is
# harmless everywhere: same decision, same code; same order, a repeat.

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from engage.errors import Conflict, Expired, NotFound, StoreError
from engage.stores.records import CodeRow
from engage.stores.redis import scripts
from engage.stores.redis.keys import stock_keys
from engage.stores.redis.link import Link, Script
from engage.stores.states import PoolState, Redeemed

T = TypeVar("T")

# Codes sent at once: Redis is busy with them for a few milliseconds.
AT_ONCE: Final = 500


class RedisCodes:
    """All pools of all shops.

    Args:
        link: the way to Redis.
        is_shared: several processes fill a stock that was lost.
        refill: fills the stock of a site again if Redis forgot it, told its birth;
            returns whether it had to.
    """

    def __init__(
        self,
        link: Link,
        *,
        is_shared: bool,
        refill: Callable[[str, str], Awaitable[bool]],
    ) -> None:
        self._link, self._is_shared = link, is_shared
        self._refill = refill
        # What was set here, by site and pool: a Redis that forgot is told again.
        self._budgets: dict[str, dict[str, int]] = {}

    async def add(self, site: str, pool: str, codes: Iterable[str]) -> tuple[int, int]:
        """Add codes; those known to any pool of the site are duplicates."""
        accepted = duplicate = 0
        for some in _slices(list(codes)) or [[]]:
            new, known = await self._run(
                site, scripts.ADD, pool, msgspec.msgpack.encode(some)
            )
            accepted, duplicate = accepted + new, duplicate + known
        return accepted, duplicate

    async def set_budget(self, site: str, pool: str, cents: int) -> None:
        """Set a pool's budget; below what is booked, nothing more is given."""
        if cents < 0:
            raise StoreError(f"budget of pool {pool!r} must be >= 0 cents, got {cents}")
        await self._run(site, scripts.SET_BUDGET, pool, cents)
        self._budgets.setdefault(site, {})[pool] = cents

    async def set_budgets_again(self, site: str) -> None:
        """Set the budgets that were set before, of all pools of a site."""
        for pool, cents in self._budgets.get(site, {}).items():
            await self.set_budget(site, pool, cents)

    async def stock(self, site: str, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give; refills it if Redis forgot it."""
        birth, pools = await self._stock(site, at_s=at_s)
        if await self._refill(site, birth):
            birth, pools = await self._stock(site, at_s=at_s)
        if self._is_shared and not is_whole(birth):
            # What others have given may be missing still: nothing is given away.
            return dict.fromkeys(pools, PoolState(0, 0))
        return pools

    async def reserve(
        self,
        site: str,
        pool: str,
        *,
        decision: str,
        subject: str,
        amount_cents: int,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> str | None:
        """Hold a code and its cost, or return None."""
        if amount_cents < 0:
            raise StoreError(f"amount_cents must be >= 0, got {amount_cents}")
        span = (repr(until_s), repr(at_s))
        wanted = (pool, decision, subject, amount_cents, *span, claim)
        text = await self._run(site, scripts.RESERVE, *wanted)
        return None if text is None else text.decode()

    async def give(
        self, site: str, decision: str, *, at_s: float, until_s: float | None = None
    ) -> bool:
        """Mark a held code as delivered."""
        end = "" if until_s is None else repr(until_s)
        return bool(await self._run(site, scripts.GIVE, decision, end, repr(at_s)))

    async def redeem(
        self,
        site: str,
        text: str,
        order_id: str,
        *,
        spent_cents: int | None,
        at_s: float,
        is_paid: bool = False,
    ) -> Redeemed:
        """Redeem a code for one order; see `Codes.redeem`."""
        spent = "" if spent_cents is None else spent_cents
        flags = int(is_paid), int(self._is_shared)
        arguments = (text, order_id, spent, repr(at_s), *flags)
        word, most = await self._run(site, scripts.REDEEM, *arguments)
        match word:
            case b"redeemed":
                return "redeemed"
            case b"repeat":
                return "repeat"
            case b"doubt" | b"lost" if self._is_shared or word == b"doubt":
                raise StoreError(f"code {text!r}: the journals were not asked yet")
            case b"unknown" | b"lost":
                raise NotFound(f"code {text!r} is unknown", field="code")
            case b"expired":
                raise Expired(f"code {text!r} is no longer valid", field="code")
            case b"other":
                raise Conflict(
                    f"code {text!r} is redeemed by another order", field="code"
                )
            case b"overdrawn":
                raise Conflict(
                    f"spent_cents of code {text!r} must be <= {most}, the budget left,"
                    f" got {spent_cents}",
                    field="discount",
                )
            case _:
                raise StoreError(f"spent_cents must be >= 0, got {spent_cents}")

    async def owner(self, site: str, text: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        (packed,) = await self._link.ask(("HGET", stock_keys(site).codes, text))
        if packed is None:
            return None
        _, _, decision, subject, *_ = msgspec.msgpack.decode(packed)
        return (decision, subject) if decision and subject else None

    async def release(self, site: str, decision: str) -> bool:
        """Put a held code back; a delivered one stays with its visitor."""
        return bool(await self._run(site, scripts.RELEASE, decision))

    async def take_back(self, site: str, decision: str, claim: str) -> bool:
        """Put back what a try reserved, unless another try claims it, too."""
        return bool(await self._run(site, scripts.TAKE_BACK, decision, claim))

    async def begin(self, site: str) -> str:
        """Return the birth of a shop's stock, which begins now if there is none."""
        birth = await self._run(site, scripts.BEGIN, secrets.token_hex(16))
        return str(birth.decode())

    async def birth(self, site: str) -> str:
        """Return the birth of a shop's stock; see `is_whole`."""
        (found,) = await self._link.ask(("GET", stock_keys(site).birth))
        return "" if found is None else str(found.decode())

    async def report(self, site: str, name: str) -> None:
        """Say that a process has brought back what its journal knows."""
        await self._link.ask(("SADD", stock_keys(site).refilled, name))

    async def have_reported(self, site: str, names: Collection[str]) -> bool:
        """Tell whether all these processes have said so since the loss."""
        (found,) = await self._link.ask(("SMEMBERS", stock_keys(site).refilled))
        return {name.decode() for name in found}.issuperset(names)

    async def restore(self, site: str, rows: Sequence[CodeRow]) -> int:
        """Add what the journal knows and Redis does not; return how many there are."""
        count = 0
        for some in _slices(rows) or [[]]:
            packed = msgspec.msgpack.encode([_plain(row) for row in some])
            count = await self._run(site, scripts.RESTORE, packed)
        return count

    async def _stock(
        self, site: str, *, at_s: float
    ) -> tuple[str, dict[str, PoolState]]:
        """Return the stock's birth as `birth` does, and every pool at `at_s`."""
        birth, *rest = await self._run(site, scripts.STOCK, repr(at_s))
        pools = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        return birth.decode(), {
            name.decode(): PoolState(codes, cents) for name, codes, cents in pools
        }

    async def _run(
        self, site: str, script: Script, *arguments: str | bytes | int
    ) -> Any:
        return await self._link.run(script, stock_keys(site), *arguments)


def is_whole(birth: str) -> bool:
    """Tell by its birth whether a stock holds all that the journals know.

    >>> is_whole("5f:8a"), is_whole(""), is_whole("?8a")
    (True, False, False)
    """
    return birth != "" and not birth.startswith("?")


def _plain(row: CodeRow) -> tuple[str, tuple[str | int, ...]]:
    """Return a row as the scripts keep it: no nulls, times as text."""
    is_open = row.state in ("held", "given") and row.until_s is not None
    return row.code, (
        row.pool,
        row.state,
        "" if row.state == "free" else row.decision or "",
        "" if row.state == "free" else row.subject or "",
        row.order_id or "",
        row.amount_cents,
        repr(row.until_s) if is_open else "",
    )


def _slices(rows: Sequence[T]) -> list[Sequence[T]]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]
