"""Reads what lift needs from a log: a data directory, an export, or NDJSON.

A decision log holds money only inside its records: what a first decision was worth at
its long close is what its visitor was worth. So lift from a log needs settled records;
from a journal it is exact at any horizon.
"""

# Rules of this file: nothing is written. A journal is followed in its own order; lines
# of a log become the records that the same journal would have held.

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from engage.clock import epoch_s
from engage.errors import BadRequest, DamagedRecord
from engage.evidence.decision_log import no_log, open_log
from engage.evidence.export.entries import Told, entries_in_export
from engage.evidence.export.log import as_record
from engage.evidence.lift.ledger import KINDS, Costs, CostsOf, Ledger
from engage.evidence.lift.told import orders_told
from engage.stores.base import Body, Entry, JournalReads, Record
from engage.stores.following import sound
from engage.stores.journal.files import JOURNAL_FILE
from engage.stores.journal.sqlite import read_journal

_BATCH: Final = 1_000
_WEEK_S: Final = 7 * 86_400.0

# Told how far along it is: records read, and records in all (0 if that is unknown).
Progress = Callable[[int, int], None]
# By visitor: when something was spent, and how many cents.
Spent = dict[str, list[tuple[float, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One site's ledger and the log's own clock.

    Attributes:
        until_s: time of the last record, epoch seconds.
        horizon_s: how long after a decision its money is settled, seconds.
        longest_s: horizon up to which the log knows of money, seconds; a journal knows
            of all there was.
        damaged: records of the whole log that cannot be read any more.
    """

    ledger: Ledger
    until_s: float
    horizon_s: float
    longest_s: float = math.inf
    damaged: int = 0


def usual_costs(_site: str) -> Costs:
    """Return what interventions cost where nobody says."""
    return Costs()


class _Ledgers(dict[str, Ledger]):
    """A ledger for each site, begun when the site is first met."""

    def __init__(self, costs: CostsOf) -> None:
        super().__init__()
        self._costs = costs

    def __missing__(self, site: str) -> Ledger:
        self[site] = begun = Ledger(self._costs(site))
        return begun


def read_log(
    path: Path, *, costs: CostsOf = usual_costs, progress: Progress | None = None
) -> dict[str, Evidence]:
    """Return the evidence of every site in a log.

    Args:
        path: a data directory, an export, or a file of decision records, one a line.
        costs: what interventions cost at a site when they happen.
        progress: told after every thousand records.

    Raises:
        BadRequest: a line is no decision record; says which.
        NotFound: there is nothing of the kind.
        StoreError: the journal cannot be read.
    """
    if not path.exists():
        raise no_log(path)
    tell = progress or (lambda _done, _total: None)
    if (path / JOURNAL_FILE).exists():
        return _read_journal(path / JOURNAL_FILE, costs, tell)
    read = _read_export if path.is_dir() else _read_lines
    return read(path, costs, tell)


def _read_journal(path: Path, costs: CostsOf, tell: Progress) -> dict[str, Evidence]:
    ledgers = _Ledgers(costs)
    horizons: dict[str, float] = {}
    damaged: list[int] = []
    with closing(read_journal(path)) as journal:
        until_s = _end_of(journal)
        for entry in _entries(journal, tell, on_damaged=damaged.append):
            record = entry.record
            until_s = max(until_s, record.at_s)
            ledgers[record.site].take(entry)
            if record.kind == "decision":
                horizons[record.site] = _horizon_of(record)
    return {
        site: Evidence(
            ledger=ledger,
            until_s=until_s,
            horizon_s=horizons.get(site, _WEEK_S),
            damaged=len(damaged),
        )
        for site, ledger in ledgers.items()
    }


def _read_export(path: Path, costs: CostsOf, tell: Progress) -> dict[str, Evidence]:
    """Return the evidence in an export; money is in tables of its own there.

    Where they lack what decisions tell of, money is what those say, as in a file.

    Raises:
        NotFound: the directory holds no export.
    """
    ledgers, told, until_s = _Ledgers(costs), Told(), 0.0
    horizons: dict[str, float] = {}
    for entry in entries_in_export(path):
        body, site = entry.record.body, entry.record.site
        ledgers[site].take(entry)
        told.see(entry)
        times = (body["at"], body.get("closed_at"), body.get("settled_at"))
        until_s = max(until_s, *(epoch_s(text) for text in times if text))
        if body.get("settled_at"):
            took_s = epoch_s(body["settled_at"]) - entry.record.at_s
            horizons[site] = min(took_s, horizons.get(site, took_s))
        if entry.offset % _BATCH == 0:
            tell(entry.offset, 0)
    if told.missing or not (path / "orders").is_dir():
        return _read_bodies(path, costs)
    return {
        site: Evidence(
            ledger=ledger, until_s=until_s, horizon_s=horizons.get(site, _WEEK_S)
        )
        for site, ledger in ledgers.items()
    }


def _read_bodies(path: Path, costs: CostsOf) -> dict[str, Evidence]:
    by_site: dict[str, list[Body]] = defaultdict(list)
    with closing(open_log(path)) as log:
        for body in log.bodies():
            by_site[body["site"]].append(body)
    return {site: evidence_of(bodies, costs(site)) for site, bodies in by_site.items()}


def _end_of(journal: JournalReads) -> float:
    """Return the time of the last record, 0 if there is none that can be read."""
    try:
        ends = journal.read(journal.last_offset() - 1, 1)
    except DamagedRecord:
        return 0.0
    return ends[-1].record.at_s if ends else 0.0


def _entries(
    journal: JournalReads, tell: Progress, *, on_damaged: Callable[[int], object]
) -> Iterator[Entry]:
    """Yield every entry that counts, and tell how far it is."""
    entries = sound(journal, kinds=KINDS, batch=_BATCH, on_damaged=on_damaged)
    for number, entry in enumerate(entries, 1):
        yield entry
        if number % _BATCH == 0:
            tell(entry.offset, journal.last_offset())
    tell(journal.last_offset(), journal.last_offset())


def _horizon_of(record: Record) -> float:
    for opened in record.body.get("opens", ()):
        if opened["kind"] == "long":
            return float(opened["due_s"]) - record.at_s
    return _WEEK_S


def _read_lines(path: Path, costs: CostsOf, tell: Progress) -> dict[str, Evidence]:
    by_site: dict[str, list[Body]] = defaultdict(list)
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                body = _decision(line, where=f"{path} line {number}")
                by_site[body["site"]].append(body)
            if number % _BATCH == 0:
                tell(number, 0)
    return {site: evidence_of(bodies, costs(site)) for site, bodies in by_site.items()}


def _decision(line: bytes, *, where: str) -> Body:
    try:
        body = orjson.loads(line)
        missing = _NEEDED - body.keys()
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise BadRequest(f"{where} must be a decision record: {error}") from error
    if missing:
        raise BadRequest(
            f"{where} must be a decision record, it lacks {min(missing)!r}"
        )
    return as_record(body)


_NEEDED: Final = frozenset(
    {
        *("decision", "site", "at", "visitor", "group", "holdout_share", "served"),
        *("moment", "first_ever", "refused", "action", "ghost", "outcomes", "value"),
        "settled_at",
    }
)


def evidence_of(bodies: Iterable[Body], costs: Costs | None) -> Evidence:
    """Return the evidence in one site's decision records, in any order."""
    costs = costs or Costs()
    ordered = sorted(bodies, key=lambda body: epoch_s(body["at"]))
    ledger, until_s, horizons = Ledger(costs), 0.0, [_WEEK_S]
    spent = _spent(ordered, costs)
    for offset, body in enumerate(ordered, 1):
        for record in _records(body, spent):
            ledger.take(Entry(offset, record))
        times = [body["at"], body.get("closed_at"), body.get("settled_at")]
        until_s = max(until_s, *(epoch_s(text) for text in times if text))
        if body["settled_at"]:
            horizons.append(epoch_s(body["settled_at"]) - epoch_s(body["at"]))
    horizon_s = min(horizons)
    return Evidence(
        ledger=ledger, until_s=until_s, horizon_s=horizon_s, longest_s=horizon_s
    )


def _spent(bodies: list[Body], costs: Costs) -> Spent:
    cents = {"chat_started": costs.chat_cents, "dismissed": costs.dismissal_cents}
    spent: Spent = defaultdict(list)
    for body in bodies:
        causes = (one for one in body["outcomes"] if one["name"] in cents)
        spent[_subject(body)] += [(epoch_s(c["at"]), cents[c["name"]]) for c in causes]
    return spent


def _subject(body: Body) -> str:
    # An erased visitor's decisions can no longer be told to be one visitor's.
    return str(body["visitor"] or body["decision"])


def _records(body: Body, spent: Spent) -> Iterator[Record]:
    """Yield what a journal would have said about one decision."""

    def record(kind: str, key: str, at: str, fields: Body) -> Record:
        return Record(
            kind=kind,
            site=body["site"],
            key=key,
            at_s=epoch_s(at),
            body=fields,
            subject=_subject(body),
        )

    yield record("decision", body["decision"], body["at"], body)
    for outcome in body["outcomes"]:
        if outcome["name"] not in {"order", "refund"}:
            yield record("outcome", body["decision"], outcome["at"], outcome)
    if body["first_ever"]:
        until_s = epoch_s(body["settled_at"]) if body["settled_at"] else float("inf")
        cents = sum(cent for at_s, cent in spent[_subject(body)] if at_s <= until_s)
        for at, order, fields in orders_told(body, spent_cents=cents):
            yield record("order", order, at, fields)
