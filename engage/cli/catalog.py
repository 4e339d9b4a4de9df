"""`engage catalog`: send a product feed to a running service."""

# Rules of this file: checks a feed before it is sent, line by line.

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from engage.cli.options import Commands
from engage.cli.progress import progress
from engage.cli.remote import Message, remote_options, send
from engage.cli.words import complain, counted, say
from engage.clock import rfc3339
from engage.wire.catalog import Sale
from engage.wire.feeds import feed_format, read_feed
from engage.wire.shop import CatalogItem


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "catalog",
        help="send a product feed (NDJSON, Google Merchant XML or TSV)",
        description="Reads a feed, says which lines cannot be used, and sends the rest "
        "to a running service, product by product.",
    )
    parser.add_argument("file", type=Path, metavar="FEED")
    remote_options(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send the feed; 2 when a line could not be used.

    Raises:
        BadRequest: the feed is none, or the service refused a product.
    """
    body = chosen.file.read_bytes()
    items, refused = [], 0
    for line, found in read_feed(body, feed=feed_format("", body)):
        if isinstance(found, str):
            complain(f"{chosen.file}:{line}: {found}")
            refused += 1
        else:
            items.append(found)
    with progress("products", total=len(items)) as told:
        sent = send(chosen, _messages(items), told=told)
    say(f"sent {counted(sent, 'product')}, {counted(refused, 'line')} refused")
    return 2 if refused else 0


def _messages(items: list[CatalogItem]) -> Iterator[Message]:
    """Yield one call for each product, in Google Merchant's names."""
    for item in items:
        body = {
            "title": item.title,
            "link": item.link,
            "image_link": item.image_link,
            "price": _money(item.price_cents, item.currency),
            "availability": item.availability,
            "product_type": item.category_path,
        }
        if item.cost_cents is not None:
            body["cost_of_goods_sold"] = _money(item.cost_cents, item.currency)
        if item.sale is not None:
            body |= _sale(item.sale, item.currency)
        path = f"/v1/catalog/items/{quote(item.item_id, safe='')}"
        yield Message("PUT", path, body)


def _sale(sale: Sale, currency: str) -> dict[str, str]:
    told = {"sale_price": _money(sale.price_cents, currency)}
    if sale.from_s is not None and sale.until_s is not None:
        span = f"{rfc3339(sale.from_s)}/{rfc3339(sale.until_s)}"
        told["sale_price_effective_date"] = span
    return told


def _money(cents: int, currency: str) -> str:
    return f"{cents // 100}.{cents % 100:02d} {currency}"
