"""What a store of fast state is opened with and what it hands back."""

# Rules of this file: values only. A session is opaque but for its last sign of life,
# a visitor altogether: a store keeps them and never looks inside.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, NamedTuple, Protocol, TypeVar


class Visit(Protocol):
    """All a store needs to know of a session."""

    @property
    def last_at_s(self) -> float:
        """Return epoch seconds of the last beacon."""
        ...


DAY_S: Final = 86_400
S = TypeVar("S", bound=Visit)
V = TypeVar("V")

Redeemed = Literal["redeemed", "repeat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions(Generic[S, V]):
    """How a store is opened.

    Attributes:
        read_session: makes a session of kept bytes; `ValueError` or `StoreError` if
            they are unreadable.
        write_session: the inverse.
        read_visitor: makes a visitor of its ledger row; same errors.
        write_visitor: the inverse.
        live_sessions: sessions held at most; the longest silent one makes room.
        swept_s: who has been silent for so long is forgotten, even if nobody ends the
            visit; for a shop that lost all its processes. Whole seconds.
        settling_s: a confirmed slot still counts in the reports of free agents that
            arrive within so many seconds: the desk may not know of the chat yet.
        url: where the backend is, for stores that have one.
        is_cluster: the URL is that of any node of a Redis Cluster.
        is_shared: other processes use the same backend; what one of them saved and
            could not journal any more, another one must be able to make good.
        name: of the process, the same in all its lives; only where it is shared.
    """

    read_session: Callable[[bytes], S]
    write_session: Callable[[S], bytes]
    read_visitor: Callable[[Mapping[str, Any]], V]
    write_visitor: Callable[[V], Mapping[str, Any]]
    live_sessions: int = 1_000_000
    swept_s: int = DAY_S
    settling_s: float = 5.0
    url: str = ""
    is_cluster: bool = False
    is_shared: bool = False
    name: str = ""


class Owed(NamedTuple):
    """What one step of a visit has to journal, as kept beside the visit.

    Attributes:
        life: names the process that took the step, from its start to its end.
        at_s: when, epoch seconds.
        key: of the first record.
        packed: the records that must be durable before the browser is answered;
            hardly ever read (`redis/owed.records_of`).
    """

    life: str
    at_s: float
    key: str
    packed: bytes


class Known(NamedTuple, Generic[S, V]):
    """What the store knows of one visitor in one session.

    Attributes:
        visitor_id: the visitor's own id.
        session_id: the session's id.
        session: None for an unknown session.
        visitor: None for an unknown visitor.
        version: changes with every save to any session of this visitor; 0: unknown.
        owed: what its last steps owe the journal, the oldest first; a store that is
            not shared leaves it empty.
    """

    site: str
    visitor_id: str
    session_id: str
    session: S | None
    visitor: V | None
    version: int
    owed: tuple[Owed, ...] = ()


class GroupState(NamedTuple):
    """One chat group.

    Attributes:
        online: agents at work, as last reported; 0 when the report is stale.
        free: free agents of that report less confirmed chats it cannot know, >= 0.
        left: `free` less the acceptance probabilities of open invites, >= 0.
        is_fresh: the report is younger than its time to live.
        invited: acceptance probability of each open invite.
    """

    online: int
    free: int
    left: float
    is_fresh: bool
    invited: tuple[float, ...] = ()


class PoolState(NamedTuple):
    """What a discount pool can still give: codes, and cents of its budget."""

    codes_left: int
    budget_left_cents: int


class Restored(NamedTuple):
    """What a store found in the journal; `unreadable` visits were left out."""

    sessions: int
    unreadable: int
    codes: int
