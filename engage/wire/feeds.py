"""Reads a catalogue feed: NDJSON, Google Merchant XML (RSS or Atom) or TSV.

A wrong line costs that line only: it is reported with its number, and the rest is
taken.
"""

# Rules of this file: bytes in, numbered items or sentences out. The XML reader is
# expat without document types: no entities, no external files, no expansion.

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, Self
from xml.parsers import expat

from engage.errors import BadRequest, UnsupportedMedia
from engage.wire.catalog import (
    CatalogItem,
    CatalogMessage,
    Named,
    catalog_item_from,
    is_blank,
    named_from,
)
from engage.wire.plain import read_object, shown

FeedFormat = Literal["ndjson", "xml", "tsv"]
# A line's number (from 1) with its item, or with what is wrong with it.
FeedLine = tuple[int, CatalogItem | Named | str]

_FORMATS: dict[str, FeedFormat] = {
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/rss+xml": "xml",
    "application/atom+xml": "xml",
    "text/tab-separated-values": "tsv",
}
# Types that say nothing: the first byte decides.
_VAGUE = frozenset({"", "application/octet-stream", "text/plain", "application/json"})
FEED_MEDIA: Final = frozenset({*_FORMATS, *_VAGUE} - {""})
"""Content types in which a feed may come."""
_GOOGLE = "http://base.google.com/ns/1.0"
_ROWS = frozenset({"item", "entry"})
# Merchant lets a product have several of these.
_REPEATED = frozenset({"product_type", "google_product_category"})
# Bytes of XML read at once: what is found in them is passed on before the next.
_PIECE = 64 * 1024


def feed_format(media_type: str, body: bytes) -> FeedFormat:
    """Return the format a feed has by its media type, or by its first byte.

    Raises:
        UnsupportedMedia: the media type is none of a feed.

    >>> feed_format("text/xml; charset=utf-8", b""), feed_format("text/plain", b"{}")
    ('xml', 'ndjson')
    """
    name = media_type.partition(";")[0].strip().lower()
    if name in _FORMATS:
        return _FORMATS[name]
    if name not in _VAGUE:
        raise UnsupportedMedia(
            f"content-type must be one of {', '.join(sorted(_FORMATS))}, "
            f"got {media_type!r:.60}",
            field="content-type",
        )
    first = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    # A list is no line of JSON either, but that is what to say of it.
    return "xml" if first == b"<" else "ndjson" if first in {b"{", b"["} else "tsv"


def read_feed(body: bytes, *, feed: FeedFormat) -> Iterator[FeedLine]:
    """Yield every line of the feed with its item or with what is wrong with it.

    Raises:
        BadRequest: the feed as a whole cannot be read (not UTF-8, no header).
    """
    if feed == "xml":
        return _read_xml(body)
    return _read_ndjson(body) if feed == "ndjson" else _read_tsv(body)


def _read_ndjson(body: bytes) -> Iterator[FeedLine]:
    # One after the other: a list of them all would be many times the body.
    lines = io.BytesIO(body.removeprefix(b"\xef\xbb\xbf"))
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = read_object(line, bad=BadRequest)
        except BadRequest as error:
            yield number, str(error)
        else:
            yield number, _item(fields)


def _read_tsv(body: bytes) -> Iterator[FeedLine]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        wrong = body[error.start]
        raise BadRequest(
            f"feed must be UTF-8, got byte 0x{wrong:02x} in line {line}", field="feed"
        ) from error
    lines = _Lines(text)
    rows = csv.reader(lines, delimiter="\t")
    try:
        header = [_plain_name(name) for name in next(rows, [])]
    except csv.Error as error:
        raise BadRequest(
            f"feed's header cannot be read: {error}", field="feed"
        ) from error
    if "id" not in header:
        raise BadRequest("feed must begin with a header that has id", field="feed")
    for name in CatalogMessage.__struct_fields__:
        if header.count(name) > 1 and name not in _REPEATED:
            raise BadRequest(
                f"feed's header must have {name} once, got it twice", field="feed"
            )
    return _tsv_lines(rows, header, lines)


class _Lines:
    """A table's lines, for a reader of rows; those of a broken row can come again."""

    def __init__(self, text: str) -> None:
        self._stream = io.StringIO(text, newline="")
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._before = 0
        self._end = None if text.endswith(("\n", "\r")) else len(text)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._stream)
        self._row.append(line)
        return line

    @property
    def is_cut(self) -> bool:
        """Whether this is the end, without a line feed."""
        return not self._again and self._stream.tell() == self._end

    @property
    def are_several(self) -> bool:
        """Whether the row has more than one of them."""
        return len(self._row) > 1

    def begin_row(self) -> int:
        """Return the number of the next row's first line."""
        self._before += len(self._row)
        self._row.clear()
        return self._before + 1

    def give_back(self) -> None:
        """Let all lines of the row but the first come again."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]


def _tsv_lines(rows: Any, header: list[str], lines: _Lines) -> Iterator[FeedLine]:
    """Yield a table's rows by the line they begin on; a quoted field may have more.

    A row may leave out its last columns - but not where the feed ends without a line
    feed: the job that wrote or sent it did not come to its end. A quote that nobody
    closes takes in what follows: such a row is its first line, the others come again.
    """
    while True:
        number = lines.begin_row()
        try:
            row = next(rows, None)
        except csv.Error as error:
            lines.give_back()
            yield number, f"line is no tab-separated row: {error}"
            continue
        if row is None:
            return
        # A spreadsheet writes rows that nobody filled in.
        if all(map(is_blank, row)):
            continue
        wrong = f"line must have {len(header)} columns, got {len(row)}"
        found: CatalogItem | Named | str = wrong
        if len(row) < len(header) and lines.is_cut:
            found = f"{wrong} and no line feed: the feed is cut off"
        elif len(row) <= len(header):
            found = _item(dict(zip(header, row, strict=False)))
        is_broken = isinstance(found, str) and len(row) != len(header)
        if is_broken and lines.are_several:
            lines.give_back()
            found = f"{wrong}, with a quote that is not closed"
        yield number, found


def _read_xml(body: bytes) -> Iterator[FeedLine]:
    reader, has_rows = _XmlReader(), False
    for start in range(0, len(body) + 1, _PIECE):
        piece = body[start : start + _PIECE]
        try:
            reader.read(piece, is_last=start + _PIECE > len(body))
        except expat.ExpatError as error:
            yield from reader.found
            what = expat.ErrorString(error.code)
            yield error.lineno, f"feed is no XML from here on: {what}"
            return
        yield from reader.found
        has_rows = has_rows or bool(reader.found)
        reader.found.clear()
    if not has_rows:
        yield 1, "feed must have an item (RSS) or entry (Atom)"


class _XmlReader:
    """Collects the fields of each `item` (RSS) or `entry` (Atom) of a feed."""

    def __init__(self) -> None:
        self.found: list[FeedLine] = []
        self._fields: dict[str, str] | None = None
        self._google: dict[str, str] = {}
        self._line = 0
        self._depth = 0
        self._text: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text.append

    def read(self, piece: bytes, *, is_last: bool) -> None:
        self._parser.Parse(piece, is_last)

    def _refuse_doctype(self, *_: object) -> None:
        raise BadRequest("feed must not have a document type", field="feed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._text.clear()
        local = name.rpartition(" ")[2]
        if self._fields is None:
            if local in _ROWS:
                self._fields, self._google, self._depth = {}, {}, 0
                self._line = self._parser.CurrentLineNumber
            return
        self._depth += 1
        # Atom keeps addresses in attributes: of the page, of the entry itself, ...
        is_page = attributes.get("rel", "alternate") == "alternate"
        if local == "link" and is_page and attributes.get("href"):
            self._fields.setdefault("link", attributes["href"])

    def _end(self, name: str) -> None:
        if self._fields is None:
            return
        namespace, _, local = name.rpartition(" ")
        if self._depth == 0:
            # Merchant's own names win over those that RSS has, too (title, link).
            fields = self._fields | self._google
            found = _item(fields)
            if isinstance(found, str) and "id" in fields:
                # All of a feed may stand on one line.
                found = f"{found}, in item {shown(fields['id'])}"
            self.found.append((self._line, found))
            self._fields = None
            return
        text = "".join(self._text).strip()
        self._text.clear()
        if self._depth == 1 and text:
            own = self._google if namespace == _GOOGLE else self._fields
            own.setdefault(local, text)  # of repeated ones the first counts
        self._depth -= 1


def _item(fields: Mapping[str, object]) -> CatalogItem | Named | str:
    try:
        return named_from(fields) or catalog_item_from(fields)
    except BadRequest as error:
        return str(error)


def _plain_name(name: str) -> str:
    """Return a column's name as Merchant spells it today.

    >>> _plain_name("g:Image Link ")
    'image_link'
    """
    return name.strip().lower().removeprefix("g:").replace(" ", "_")
