"""`engage catalog`: send a product feed to a running service."""

# Rules of this file: what is refused, here or by the service, is told by its line in
# the file and stops no other. Nothing is called out of stock by a feed with a fault.

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import orjson
from msgspec import structs

from engage.cli.options import Commands, json_option
from engage.cli.progress import progress
from engage.cli.remote import Message, remote_options, send
from engage.cli.words import counted, note, say
from engage.clock import rfc3339
from engage.errors import BadRequest
from engage.wire.catalog import Named
from engage.wire.feeds import feed_format, read_feed
from engage.wire.inflate import read_body
from engage.wire.prices import Sale
from engage.wire.shop import CatalogItem, FeedAnswer, RefusedLine

# Products of one call: some tenths of a second, so that a bar moves.
AT_ONCE: Final = 1_000
# The last call of a whole feed looks at everything the service knows, and a slow disk
# is no reason to give up.
_TIMEOUT_S: Final = 300.0
_GZIP: Final = b"\x1f\x8b"
# Of a compressed file; whoever runs the command has made it.
_INFLATED_BYTES: Final = 16 * 1024**3
# Lines of the file with their products, or with what they only name.
_Found = list[tuple[int, CatalogItem | Named]]
_read_answer: Final = msgspec.json.Decoder(FeedAnswer).decode


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "catalog",
        help="send a product feed (NDJSON, Google Merchant XML or TSV)",
        description="Reads a feed and sends it to a running service, a thousand "
        "products at a time. A line is all that is known of a product from then on: "
        "what it leaves out - link, category, sale - is known no more; of a product "
        "named twice the later line counts. Says which lines were refused, and why; "
        "the rest is taken. 0: everything was; 2: a line was refused.",
    )
    parser.add_argument("file", type=Path, metavar="FEED", help="the file; may be gzip")
    parser.add_argument(
        "--whole",
        action="store_true",
        help="the feed names everything that can be bought: what it leaves out is out "
        "of stock from then on, unless a line was refused",
    )
    remote_options(parser)
    json_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send the feed; 2 when a line could not be used.

    Raises:
        BadRequest: the feed is none or empty, or the service takes nothing from us.
    """
    body = _read(chosen.file)
    found: _Found = []
    refused: list[RefusedLine] = []
    for line, one in read_feed(body, feed=feed_format("", body)):
        if isinstance(one, str):
            refused.append(_refused(chosen, line, one))
        else:
            found.append((line, one))
    if not found and not refused:
        raise BadRequest("feed must hold a product, got none", field="feed")
    # What the file only names is for the last call.
    sent = [one for one in found if not (chosen.whole and isinstance(one[1], Named))]
    answers = _send(chosen, sent)
    count = len(refused)
    for lines, answer in answers:
        # It tells of the first ones only.
        count += len(lines) - answer.accepted
        refused += [
            _refused(chosen, lines[row.line - 1], row.detail) for row in answer.refused
        ]
    told = FeedAnswer(
        accepted=sum(answer.accepted for _, answer in answers),
        refused=tuple(refused),
    )
    if chosen.whole and not refused:
        whole = _send_names(chosen, found)
        told = structs.replace(whole, accepted=told.accepted)
    plain = msgspec.json.encode(told).decode()
    say(plain if chosen.json else _sentence(chosen, told, count))
    return 2 if refused else 0


def _refused(chosen: argparse.Namespace, line: int, detail: str) -> RefusedLine:
    """Tell of a line of the file that was refused, and return it."""
    note(f"{chosen.file}:{line}: {detail}")
    return RefusedLine(line=line, detail=detail)


def _sentence(chosen: argparse.Namespace, told: FeedAnswer, count: int) -> str:
    said = f"sent {counted(told.accepted, 'product')}, {counted(count, 'line')} refused"
    if told.withdrawn is not msgspec.UNSET:
        return f"{said}; {counted(told.withdrawn, 'product')} called out of stock"
    if chosen.whole:
        said += "; none called out of stock, for --whole takes a feed without a fault"
    return said


def _read(file: Path) -> bytes:
    """Return the feed, unpacked.

    Raises:
        BadRequest: it is a damaged gzip.
    """
    body = file.read_bytes()
    if not body.startswith(_GZIP):
        return body
    limits = {"wire_limit": len(body), "inflated_limit": _INFLATED_BYTES}
    return read_body(body, "gzip", bad=BadRequest, **limits)


def _send_names(chosen: argparse.Namespace, found: _Found) -> FeedAnswer:
    """Name everything that was sent as the whole feed, and return the answer.

    All products of a large shop are more than one call may hold; their ids are not.
    """
    names = b"\n".join(orjson.dumps({"id": one.item_id}) for _, one in found)
    message = Message("POST", "/v1/catalog?whole=true", names)
    (reply,) = send(chosen, [message], told=lambda _: None, timeout_s=_TIMEOUT_S)
    return _read_answer(reply.text)


def _send(
    chosen: argparse.Namespace, found: _Found
) -> list[tuple[Sequence[int], FeedAnswer]]:
    """Send products and return the answers, each with the lines that it speaks of."""
    parts = [found[at : at + AT_ONCE] for at in range(0, len(found), AT_ONCE)]
    messages = (
        Message("POST", "/v1/catalog", b"\n".join(_line(item) for _, item in part))
        for part in parts
    )
    with progress("products", total=len(found)) as told:
        replies = send(
            chosen,
            messages,
            told=lambda count: told(min(len(found), count * AT_ONCE)),
            timeout_s=_TIMEOUT_S,
        )
    lines = ([line for line, _ in part] for part in parts)
    answers = (_read_answer(reply.text) for reply in replies)
    return list(zip(lines, answers, strict=True))


def _line(item: CatalogItem | Named) -> bytes:
    """Return a product as a line of a feed, in Google Merchant's names."""
    if isinstance(item, Named):
        return orjson.dumps({"id": item.item_id})
    fields = {
        "id": item.item_id,
        "title": item.title,
        "link": item.link,
        "image_link": item.image_link,
        "price": _money(item.price_cents, item.currency),
        "availability": item.availability,
        "product_type": item.category_path,
        "item_group_id": item.item_group,
    }
    if item.cost_cents is not None:
        fields["cost_of_goods_sold"] = _money(item.cost_cents, item.currency)
    if item.sale is not None:
        fields |= _sale(item.sale, item.currency)
    return orjson.dumps(fields)


def _sale(sale: Sale, currency: str) -> dict[str, str]:
    told = {"sale_price": _money(sale.price_cents, currency)}
    if sale.from_s is not None and sale.until_s is not None:
        span = f"{rfc3339(sale.from_s)}/{rfc3339(sale.until_s)}"
        told["sale_price_effective_date"] = span
    return told


def _money(cents: int, currency: str) -> str:
    return f"{cents // 100}.{cents % 100:02d} {currency}"
