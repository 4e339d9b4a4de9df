"""Discount codes and budgets of one site in memory.

A code is free, held for a decision, given (delivered to its visitor), redeemed by an
order, or expired. What it costs at most counts against its pool's budget from the hold
on, so that at every moment the sum of what is held, given and spent is within budget.
"""

# Rules of this file: money is refused, never overdrawn; what a shop has honoured is
# spent, whatever the budget says, and booked. An expiry is found when
# somebody looks, and holds from `until_s` on, exactly. A delivered code never becomes
# free again. Bounded by the codes that were added.

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from engage.errors import Conflict, Expired, NotFound, StoreError
from engage.stores import claims
from engage.stores.records import CodeRow, CodeState
from engage.stores.states import PoolState, Redeemed


@dataclass(slots=True)
class _Code:
    code: str
    pool: str
    state: CodeState = "free"
    decision: str | None = None
    subject: str | None = None
    order_id: str | None = None
    until_s: float = math.inf
    booked_cents: int = 0
    # What was booked until it expired.
    lapsed_cents: int = 0
    claims: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Pool:
    budget_cents: int = 0
    booked_cents: int = 0
    free: deque[_Code] = field(default_factory=deque)

    def left_cents(self) -> int:
        """Return what may still be booked; 0 if the budget was cut below that."""
        return max(0, self.budget_cents - self.booked_cents)


class CodeDesk:
    """All pools of a site."""

    def __init__(self) -> None:
        self._pools: dict[str, _Pool] = {}
        self._codes: dict[str, _Code] = {}
        self._by_decision: dict[str, _Code] = {}
        # Ends of holds and of validity; an entry that is out of date is passed over.
        self._due: list[tuple[float, str]] = []

    def add(self, pool: str, codes: Iterable[str]) -> tuple[int, int]:
        """Add codes; those known to any pool of the site are duplicates."""
        accepted = duplicate = 0
        home = self._pools.setdefault(pool, _Pool())
        for text in codes:
            if text in self._codes:
                duplicate += 1
                continue
            accepted += 1
            self._codes[text] = code = _Code(text, pool)
            home.free.append(code)
        return accepted, duplicate

    def set_budget(self, pool: str, cents: int) -> None:
        """Set a pool's budget; below what is booked, nothing more is given."""
        if cents < 0:
            raise StoreError(f"budget of pool {pool!r} must be >= 0 cents, got {cents}")
        self._pools.setdefault(pool, _Pool()).budget_cents = cents

    def stock(self, *, at_s: float) -> dict[str, PoolState]:
        """Return what every pool can still give at `at_s`."""
        self._lapse(at_s)
        return {
            name: PoolState(len(pool.free), pool.left_cents())
            for name, pool in self._pools.items()
        }

    def reserve(
        self,
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
        self._lapse(at_s)
        held = self._by_decision.get(decision)
        if held is not None:
            if held.pool != pool or not self._extend(held, amount_cents, until_s):
                return None
            claims.lay(held.claims, claim)
            return held.code
        home = self._pools.get(pool)
        if home is None or not home.free or amount_cents > home.left_cents():
            return None
        if at_s >= until_s:
            return None
        code = home.free.popleft()
        code.state, code.decision, code.subject = "held", decision, subject
        code.claims = [claim]
        self._by_decision[decision] = code
        self._book(code, amount_cents)
        self._expire_at(code, until_s)
        return code.code

    def give(self, decision: str, *, at_s: float, until_s: float | None = None) -> bool:
        """Mark a held code as delivered."""
        self._lapse(at_s)
        code = self._by_decision.get(decision)
        if code is None or code.state not in ("held", "given"):
            return False
        if code.state == "held":
            code.state = "given"
            self._expire_at(code, math.inf if until_s is None else until_s)
        return True

    def redeem(
        self,
        text: str,
        order_id: str,
        *,
        spent_cents: int | None,
        at_s: float,
        is_paid: bool = False,
    ) -> Redeemed:
        """Redeem a code for one order; see `Codes.redeem`."""
        self._lapse(at_s)
        code = self._codes.get(text)
        if code is None:
            raise NotFound(f"code {text!r} is unknown", field="code")
        if code.state == "expired" and not is_paid:
            raise Expired(f"code {text!r} is no longer valid", field="code")
        is_repeat = code.state == "redeemed"
        if is_repeat and code.order_id != order_id:
            raise Conflict(f"code {text!r} is redeemed by another order", field="code")
        if code.state == "expired":
            spent_cents = code.lapsed_cents if spent_cents is None else spent_cents
        if spent_cents is not None:
            self._rebook(code, spent_cents, is_paid=is_paid)
        if code.state == "free":
            # The shop gave it away by itself: it is the shop's, and nobody else's now.
            self._pools[code.pool].free.remove(code)
        code.state, code.order_id, code.until_s = "redeemed", order_id, math.inf
        return "repeat" if is_repeat else "redeemed"

    def owner(self, text: str) -> tuple[str, str] | None:
        """Return decision and subject a code was issued to, or None."""
        code = self._codes.get(text)
        if code is None or code.decision is None or code.subject is None:
            return None
        return code.decision, code.subject

    def release(self, decision: str) -> bool:
        """Put a held code back; a delivered one stays with its visitor."""
        code = self._by_decision.get(decision)
        if code is None or code.state != "held":
            return False
        self._free(code)
        return True

    def take_back(self, decision: str, claim: str) -> bool:
        """Put back what a try reserved, unless another try claims it, too."""
        code = self._by_decision.get(decision)
        if code is None or code.state not in ("held", "given"):
            return False
        if not claims.drop(code.claims, claim):
            return False
        self._free(code)
        return True

    def restore(self, rows: Iterable[CodeRow]) -> int:
        """Start from what the journal knows; budgets are set by the configuration."""
        self._codes.clear()
        self._by_decision.clear()
        self._due.clear()
        for pool in self._pools.values():
            pool.free.clear()
            pool.booked_cents = 0
        for row in rows:
            self._restore(row)
        return len(self._codes)

    def _restore(self, row: CodeRow) -> None:
        code = _Code(
            row.code, row.pool, row.state, row.decision, row.subject, row.order_id
        )
        self._codes[row.code] = code
        home = self._pools.setdefault(row.pool, _Pool())
        if row.state == "free":
            home.free.append(code)
            return
        if row.decision is not None:
            self._by_decision[row.decision] = code
        if row.state == "expired":
            code.lapsed_cents = row.amount_cents
        else:
            self._book(code, row.amount_cents)
        if row.state in ("held", "given") and row.until_s is not None:
            self._expire_at(code, row.until_s)

    def _extend(self, code: _Code, amount_cents: int, until_s: float) -> bool:
        """Let a code in somebody's hands cost and last as much as this, too."""
        more_cents = max(0, amount_cents - code.booked_cents)
        left_cents = self._pools[code.pool].left_cents()
        if code.state not in ("held", "given") or more_cents > left_cents:
            return False
        self._book(code, code.booked_cents + more_cents)
        if until_s > code.until_s:
            self._expire_at(code, until_s)
        return True

    def _rebook(self, code: _Code, spent_cents: int, *, is_paid: bool) -> None:
        if spent_cents < 0:
            raise StoreError(f"spent_cents must be >= 0, got {spent_cents}")
        # Less than before is always fine, even with a budget cut below it.
        most = code.booked_cents + self._pools[code.pool].left_cents()
        if spent_cents > most and not is_paid:
            raise Conflict(
                f"spent_cents of code {code.code!r} must be <= {most}, the budget left,"
                f" got {spent_cents}",
                field="discount",
            )
        self._book(code, spent_cents)

    def _book(self, code: _Code, cents: int) -> None:
        self._pools[code.pool].booked_cents += cents - code.booked_cents
        code.booked_cents = cents

    def _expire_at(self, code: _Code, until_s: float) -> None:
        code.until_s = until_s
        if until_s < math.inf:
            heapq.heappush(self._due, (until_s, code.code))

    def _lapse(self, at_s: float) -> None:
        while self._due and self._due[0][0] <= at_s:
            until_s, text = heapq.heappop(self._due)
            code = self._codes.get(text)
            if code is None or code.until_s != until_s:
                # Released, redeemed or given a later end since.
                continue
            if code.state == "held":
                self._free(code)
            elif code.state == "given":
                code.state, code.until_s = "expired", math.inf
                code.lapsed_cents = code.booked_cents
                self._book(code, 0)

    def _free(self, code: _Code) -> None:
        if code.decision is not None:
            self._by_decision.pop(code.decision, None)
        self._book(code, 0)
        code.state, code.decision, code.subject = "free", None, None
        code.until_s, code.claims = math.inf, []
        self._pools[code.pool].free.append(code)
