"""Chat slots of one site in memory: an invite holds a share, a chat a whole slot."""

# Rules of this file: a stale report means nobody is there. An expiry is found when
# somebody looks, and holds from `until_s` on, exactly; what has expired stays expired.

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import msgspec

from engage.errors import StoreError
from engage.stores import claims
from engage.stores.overflow import may_overflow
from engage.stores.states import GroupState


@dataclass(slots=True)
class _Invite:
    share: float
    until_s: float
    claims: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """One group: the shop's last report, open invites, chats it may not know of."""

    online: int = 0
    free: int = 0
    until_s: float = -math.inf
    invites: dict[str, _Invite] = field(default_factory=dict)
    confirmed: dict[str, float] = field(default_factory=dict)

    def free_now(self, at_s: float) -> int:
        """Return agents free at `at_s`; 0 when the report is stale."""
        if at_s >= self.until_s:
            return 0
        return max(0, self.free - len(self.confirmed))

    def lapse(self, at_s: float) -> list[str]:
        """Remove invites that expired and return their decisions."""
        gone = [name for name, one in self.invites.items() if at_s >= one.until_s]
        for name in gone:
            del self.invites[name]
        return gone


_GROUPS: Final = msgspec.msgpack.Decoder(dict[str, _Group])


class ChatDesk:
    """All groups of a site.

    Open invites are bounded by the free agents and the overbooking; confirmed chats
    are remembered until the next report but for `settling_s` seconds.
    """

    def __init__(self, *, settling_s: float) -> None:
        self._settling_s = settling_s
        self._groups: dict[str, _Group] = {}
        # Decision -> name of the group it holds something of.
        self._held: dict[str, str] = {}

    @classmethod
    def unpacked(cls, packed: bytes, *, settling_s: float) -> ChatDesk:
        """Return the desk that `packed` was made of.

        Raises:
            StoreError: these bytes are no desk.
        """
        desk = cls(settling_s=settling_s)
        try:
            desk._groups = _GROUPS.decode(packed)
        except msgspec.MsgspecError as error:
            raise StoreError(f"packed chat groups cannot be read: {error}") from error
        for name, group in desk._groups.items():
            desk._held |= dict.fromkeys((*group.invites, *group.confirmed), name)
        return desk

    def packed(self) -> bytes:
        """Return everything as bytes, for stores that share a desk."""
        return msgspec.msgpack.encode(self._groups)

    def announce(
        self, group: str, *, online: int, free: int, ttl_s: float, at_s: float
    ) -> None:
        """Note a report; chats confirmed well before it are in its numbers."""
        desk = self._groups.setdefault(group, _Group())
        desk.online, desk.free, desk.until_s = online, free, at_s + ttl_s
        known = [
            decision
            for decision, confirmed_s in desk.confirmed.items()
            if at_s >= confirmed_s + self._settling_s
        ]
        for decision in known:
            del desk.confirmed[decision]
            del self._held[decision]

    def groups(self, *, at_s: float) -> dict[str, GroupState]:
        """Return every group as it is at `at_s`."""
        return {name: self._state(name, at_s) for name in self._groups}

    def reserve(
        self,
        group: str,
        *,
        decision: str,
        share: float,
        overbooking: float,
        until_s: float,
        at_s: float,
        claim: str = "",
    ) -> bool:
        """Hold a share of a slot if the overflow stays within its bound."""
        if not 0.0 <= share <= 1.0:
            raise StoreError(f"share must be in [0, 1], got {share!r}")
        desk = self._groups.get(group)
        if desk is None:
            return False
        self._lapse(desk, at_s)
        if decision in self._held:
            if decision in desk.invites:
                claims.lay(desk.invites[decision].claims, claim)
            return self._held[decision] == group
        free = desk.free_now(at_s)
        shares = [invite.share for invite in desk.invites.values()] + [share]
        if free < 1 or may_overflow(shares, free=free, overbooking=overbooking):
            return False
        if at_s < until_s:
            desk.invites[decision] = _Invite(share, until_s, [claim])
            self._held[decision] = group
        return at_s < until_s

    def confirm(self, decision: str, *, at_s: float) -> bool:
        """Turn an invite into a whole slot while there is one."""
        group = self._held.get(decision)
        if group is None:
            return False
        desk = self._groups[group]
        self._lapse(desk, at_s)
        if decision in desk.confirmed:
            # Its agent is busy with it, as long as anybody is there.
            return desk.online > 0 and at_s < desk.until_s
        if decision not in desk.invites or desk.free_now(at_s) < 1:
            return False
        del desk.invites[decision]
        desk.confirmed[decision] = at_s
        return True

    def release(self, decision: str) -> bool:
        """Give an open invite's share back; a confirmed chat keeps its slot."""
        group = self._held.get(decision)
        if group is None or decision not in self._groups[group].invites:
            return False
        del self._groups[group].invites[decision]
        del self._held[decision]
        return True

    def take_back(self, decision: str, claim: str) -> bool:
        """Give an invite's share back, unless another try claims it, too."""
        desk = self._groups.get(self._held.get(decision, ""))
        invite = None if desk is None else desk.invites.get(decision)
        if invite is None or not claims.drop(invite.claims, claim):
            return False
        return self.release(decision)

    def _state(self, name: str, at_s: float) -> GroupState:
        desk = self._groups[name]
        self._lapse(desk, at_s)
        free = desk.free_now(at_s)
        invited = tuple(invite.share for invite in desk.invites.values())
        is_fresh = at_s < desk.until_s
        return GroupState(
            online=desk.online if is_fresh else 0,
            free=free,
            left=max(0.0, free - math.fsum(invited)),
            is_fresh=is_fresh,
            invited=invited,
        )

    def _lapse(self, desk: _Group, at_s: float) -> None:
        for decision in desk.lapse(at_s):
            del self._held[decision]
