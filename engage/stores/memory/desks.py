"""The desks of all sites, out of the desk of one: chats and codes in memory.

What a desk does, all of them do with the site named first. `redis/chat` keeps its
desks elsewhere and does the same with them.
"""

# Rules of this file: no rule about chats or codes stands here. Nothing suspends in
# memory, so each call is atomic for everything on the same event loop.

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from engage.stores.memory.chat import ChatDesk
from engage.stores.memory.codes import CodeDesk

D = TypeVar("D")
P = ParamSpec("P")
T = TypeVar("T")


class Desks(ABC, Generic[D]):
    """The desks of all sites, wherever they are kept."""

    @abstractmethod
    async def change(self, site: str, act: Callable[[D], T]) -> T:
        """Do something with a site's desk, as if nobody else were there."""


def of_site(
    act: Callable[Concatenate[D, P], T],
) -> Callable[Concatenate[Desks[D], str, P], Coroutine[Any, Any, T]]:
    """Return what one desk does as a method of all of them, the site first."""

    @wraps(act)
    async def ask(
        desks: Desks[D], site: str, /, *args: P.args, **options: P.kwargs
    ) -> T:
        return await desks.change(site, lambda desk: act(desk, *args, **options))

    return ask


class ChatDesks(Desks[ChatDesk]):
    """The chat groups of all sites; see `Chats` and `Store.release`."""

    announce = of_site(ChatDesk.announce)
    groups = of_site(ChatDesk.groups)
    reserve = of_site(ChatDesk.reserve)
    confirm = of_site(ChatDesk.confirm)
    release = of_site(ChatDesk.release)
    take_back = of_site(ChatDesk.take_back)


class MemoryChats(ChatDesks):
    """The chat groups of all sites, in this process.

    Args:
        settling_s: see `StoreOptions`.
    """

    def __init__(self, *, settling_s: float) -> None:
        self._settling_s = settling_s
        # Bounded by the sites of the configuration.
        self._desks: dict[str, ChatDesk] = {}

    async def change(self, site: str, act: Callable[[ChatDesk], T]) -> T:
        """Do something with a site's desk."""
        if site not in self._desks:
            self._desks[site] = ChatDesk(settling_s=self._settling_s)
        return act(self._desks[site])


class MemoryCodes(Desks[CodeDesk]):
    """The pools of all sites, in this process; see `Codes` and `Store.release`."""

    add = of_site(CodeDesk.add)
    set_budget = of_site(CodeDesk.set_budget)
    stock = of_site(CodeDesk.stock)
    reserve = of_site(CodeDesk.reserve)
    give = of_site(CodeDesk.give)
    redeem = of_site(CodeDesk.redeem)
    owner = of_site(CodeDesk.owner)
    release = of_site(CodeDesk.release)
    take_back = of_site(CodeDesk.take_back)
    restore = of_site(CodeDesk.restore)

    def __init__(self) -> None:
        # Bounded by the sites of the configuration.
        self._desks: dict[str, CodeDesk] = {}

    async def change(self, site: str, act: Callable[[CodeDesk], T]) -> T:
        """Do something with a site's desk."""
        return act(self._desks.setdefault(site, CodeDesk()))
