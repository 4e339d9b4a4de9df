"""Products from the shop's server: what is news of them is kept, and told to others."""

# Rules of this file: nothing is believed, nor told, before it is durable.

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Final, Self

import msgspec

from engage.errors import BadRequest
from engage.settings import MoneySettings
from engage.stores.base import Record
from engage.street.currency import foreign_price
from engage.street.site import Site
from engage.street.turns import by_turns
from engage.telemetry import logger
from engage.wire.feeds import feed_format, read_feed
from engage.wire.shop import CatalogItem

log = logger()
# Products taken, or looked at, in one go: a millisecond of the event loop.
AT_ONCE: Final = 200
# Products in one message to the other processes, some 400 bytes each: they read up to
# 500 messages at once, and Redis keeps 20,000.
_TOLD_AT_ONCE: Final = 50
# Refused lines told one by one: a file that is no feed has millions.
REFUSED_TOLD: Final = 1_000


@dataclass(slots=True)
class Feed:
    """What a feed says.

    Attributes:
        items: products, each with its line; XML may have all of them on one.
        named: ids of lines that say nothing else, with them.
        refused: lines and what is wrong with them, the first `REFUSED_TOLD`.
        untold: how many more were refused.
    """

    items: list[tuple[int, CatalogItem]] = field(default_factory=list)
    named: list[tuple[int, str]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    untold: int = 0

    @classmethod
    def read(cls, body: bytes, *, media: str, money: MoneySettings) -> Self:
        """Return what a feed says; a large one takes seconds of a thread.

        Raises:
            BadRequest: it cannot be read as a whole.
            UnsupportedMedia: the media type is none of a feed.
        """
        feed = cls()
        for line, found in read_feed(body, feed=feed_format(media, body)):
            if isinstance(found, str):
                feed.refuse(line, found)
            elif not isinstance(found, CatalogItem):
                feed.named.append((line, found.item_id))
            elif problem := foreign_price(found, money=money):
                feed.refuse(line, problem)
            else:
                feed.items.append((line, found))
        return feed

    def refuse(self, line: int, problem: str) -> None:
        """Note what is wrong with a line."""
        if len(self.refused) < REFUSED_TOLD:
            self.refused.append((line, problem))
        else:
            self.untold += 1

    def told(self) -> list[dict[str, Any]]:
        """Return the refused lines as the answer has them."""
        rows = [{"line": line, "detail": text} for line, text in self.refused]
        if self.untold:
            rest = f"{self.untold} more lines after this one were refused"
            rows.append({"line": self.refused[-1][0], "detail": rest})
        return rows


async def take_feed(site: Site, feed: Feed, *, is_whole: bool) -> dict[str, Any]:
    """Take a feed and return what is answered.

    Args:
        site: the shop.
        feed: as it was read.
        is_whole: it names everything that can be bought: what it leaves out is out of
            stock - unless a line was refused, for then nobody knows.
    """
    if not is_whole:
        for line, _ in feed.named:
            feed.refuse(line, "title is required, but for the names of a whole feed")
        feed.named.clear()
    taken: list[str] = []
    async for some in by_turns(feed.items, most=AT_ONCE):
        excess = await put_items(site, *(item for _, item in some))
        for line, item in some:
            if item.item_id in excess:
                feed.refuse(line, no_room(site))
            else:
                taken.append(item.item_id)
    accepted = len(taken) + len(feed.named)
    answer = {"accepted": accepted, "refused": feed.told()}
    if is_whole:
        named = {*taken, *(name for _, name in feed.named)}
        is_sound = accepted > 0 and not feed.refused
        answer["withdrawn"] = await withdraw(site, named=named) if is_sound else 0
    return answer


def no_room(site: Site) -> str:
    """Return why a product was not taken into a full catalogue."""
    most = site.catalogue.max_items
    return f"catalogue must hold at most {most} products, and has that many"


async def put_items(site: Site, *items: CatalogItem) -> set[str]:
    """Take products into the catalogue, all or none, and keep what is news of them.

    Returns:
        Ids of those that it has no room for.

    Raises:
        BadRequest: the price of one is in another currency than the site's.
    """
    money = site.settings.money
    problems = (foreign_price(item, money=money) for item in items)
    problem = next(filter(None, problems), "")
    if problem:
        raise BadRequest(problem, field="price")
    at_s, known = site.now_s(), site.catalogue
    # Of one that is named twice the later word counts.
    said = {item.item_id: item for item in items}
    excess = known.without_room(said.keys(), at_s=at_s)
    # A product told alone is a change, if another process just heard otherwise.
    is_alone = len(said) == 1 and site.share is not None
    news = [
        item
        for name, item in said.items()
        if name not in excess and (is_alone or known.is_news(item, at_s=at_s))
    ]
    if not news:
        return excess
    records = [_item_record(site, item, at_s=at_s) for item in news]
    await site.journal.append(*records)
    # Only now: what was not kept is news when it is sent again.
    for item in news:
        known.put(item, at_s=at_s)
    if site.share is not None:
        for start in range(0, len(records), _TOLD_AT_ONCE):
            some = records[start : start + _TOLD_AT_ONCE]
            site.share("items", {"items": [dict(one.body) for one in some]})
    return excess


def _item_record(site: Site, item: CatalogItem, *, at_s: float) -> Record:
    body = {**msgspec.to_builtins(item), "at_s": at_s}
    return Record(kind="item", site=site.key, key=item.item_id, at_s=at_s, body=body)


async def withdraw(site: Site, *, named: Container[str]) -> int:
    """Call out of stock what a whole feed does not name; return how many those are.

    Feeds leave out what is sold out, or sold no more.
    """
    count = 0
    async for some in by_turns(site.catalogue.fed(), most=AT_ONCE):
        gone = [site.catalogue.sold_out(one) for one in some if one not in named]
        found = [one for one in gone if one is not None]
        await put_items(site, *found)
        count += len(found)
    if count:
        # The next whole feed heals half a one; till then somebody should know.
        log.info("catalog.withdrawn", site=site.key, products=count)
    return count
