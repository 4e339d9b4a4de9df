"""`engage catalog`: send a product feed to a running service."""

# Rules of this file: checks a feed before it is sent, line by line.

from __future__ import annotations

import argparse
from pathlib import Path

from engage.cli.options import Commands
from engage.cli.remote import remote_options, send
from engage.cli.words import complain, say
from engage.wire.feeds import feed_format, read_feed


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
    """Send the feed; 2 when a line could not be used."""
    body = chosen.file.read_bytes()
    sent = refused = 0
    for line, found in read_feed(body, feed=feed_format("", body)):
        if isinstance(found, str):
            complain(f"{chosen.file}:{line}: {found}")
            refused += 1
            continue
        message = {
            "title": found.title,
            "link": found.link,
            "image_link": found.image_link,
            "price": f"{found.price_cents / 100:.2f} {found.currency}",
            "availability": found.availability,
            "product_type": found.category_path,
        }
        if found.cost_cents is not None:
            message["cost_of_goods_sold"] = (
                f"{found.cost_cents / 100:.2f} {found.currency}"
            )
        send(chosen, "PUT", f"/v1/catalog/items/{found.item_id}", message)
        sent += 1
    say(f"sent {sent} products, {refused} lines refused")
    return 2 if refused else 0
