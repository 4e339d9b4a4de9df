"""`engage promote SNAPSHOT`: hand a candidate to the service's own promotion test."""

# Rules of this file: words and files. The service judges; a command can only hand over,
# force the first test open, withdraw, and say where things stand.

from __future__ import annotations

import argparse
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson

from engage.cli.kept import kept_settings
from engage.cli.options import Commands, journal_in, json_option, text_of
from engage.cli.words import note, say
from engage.clock import rfc3339
from engage.errors import BadRequest
from engage.learning.candidates import Candidate, check_fits
from engage.learning.trials.kept import present
from engage.learning.trials.orders import FOLDER, Order, Wish, hand_over, handed_over
from engage.settings import ServerSettings, SiteSettings
from engage.stores.journal.recent import RecentReads
from engage.stores.journal.sqlite import read_journal

# What a stage waits for; the others wait for the challenger's own visitors.
_UNITS: Final = {"shadow": "decisions", "half": "visitors of an arm with their money"}


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "promote",
        help="try a candidate: shadow, canary, ramp, and back by itself",
        description="Hands a candidate of `engage train` to the service. It is tried "
        "in the shadow first; only evidence from decisions after its training moves it "
        "on to some visitors, and at the end to all. It is rolled back by itself. "
        "In mode `rules` it has to earn more than the shop's list, and takes over from "
        "it. Every transition is in the journal with its evidence.",
        epilog="Without SNAPSHOT: tells every transition with its evidence of then, "
        "and how the present trial stands now (with --json under `now` of its last "
        "transition). Works while the service runs, and before it starts.",
    )
    parser.add_argument(
        "snapshot",
        nargs="?",
        type=Path,
        metavar="SNAPSHOT",
        help="what `engage train` wrote",
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(ServerSettings().data),
        metavar="DIR",
        help=f"data directory of the service (default: {ServerSettings().data})",
    )
    parser.add_argument("--site", help="which site, where there are several")
    parser.add_argument(
        "--force",
        action="store_true",
        help="skip the promotion test, not the guardrails; without SNAPSHOT that of "
        "the present trial; needs --why",
    )
    parser.add_argument(
        "--withdraw",
        action="store_true",
        help="end the present trial, or give a shop in mode `rules` its list back "
        "after a winner has taken over; needs --why",
    )
    parser.add_argument("--why", default="", metavar="TEXT", help="kept in the journal")
    json_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Hand over, withdraw, or tell how it stands.

    Raises:
        BadRequest: the options do not go together, or the candidate cannot be
            read, or there is no journal.
        SnapshotRejected: the candidate is torn or foreign.
        StoreError: the journal cannot be read.
    """
    if (chosen.force or chosen.withdraw) and not chosen.why.strip():
        raise BadRequest("--force and --withdraw need --why TEXT, got none")
    if chosen.force and chosen.withdraw:
        raise BadRequest("--force and --withdraw do not go together")
    journal = journal_in(chosen.data)
    if chosen.withdraw or (chosen.force and chosen.snapshot is None):
        what: Wish = "withdraw" if chosen.withdraw else "force"
        site = _site(journal, chosen.site)
        hand_over(chosen.data / FOLDER, Order(what=what, site=site, why=chosen.why))
        wish = "end the trial of" if chosen.withdraw else "hold the test open for"
        say(
            f"order to {wish} {site} handed over: the service takes it up within "
            "seconds, if there is one then; `engage promote` tells how it stands"
        )
        return 0
    if chosen.snapshot is None:
        found = _transitions(journal, chosen.site)
        _add_now(found, chosen.data, journal)
        _show(found, as_json=chosen.json)
        for waiting in handed_over(chosen.data / FOLDER):
            note(f"{waiting.stem} waits for the service to take it up")
        return 0
    text = text_of(chosen.snapshot, expected="SNAPSHOT is what `engage train` wrote")
    candidate = Candidate.decode(text.encode())
    site = _site(journal, chosen.site or candidate.site)
    _check(candidate, site, chosen.data, journal)
    order = Order(
        what="try",
        site=site,
        candidate=text,
        is_forced=chosen.force,
        why=chosen.why,
    )
    hand_over(chosen.data / FOLDER, order)
    say(
        f"handed candidate {candidate.id} to {site}: the service takes it up within "
        "seconds; `engage promote` tells how it stands"
    )
    return 0


def _check(candidate: Candidate, site: str, data: Path, journal: Path) -> None:
    """Let a candidate pass that the service will not refuse, as far as that is known.

    Raises:
        BadRequest: it is another site's.
        SnapshotRejected: it does not fit the site.
    """
    if candidate.site != site:
        raise BadRequest(f"SNAPSHOT must be of {site}, got one of {candidate.site}")
    with closing(read_journal(journal)) as opened:
        last_offset = opened.last_offset()
    settings = kept_settings(data).get(site)
    if settings is not None:
        check_fits(candidate, settings, last_offset=last_offset)


def _site(journal: Path, wanted: str | None) -> str:
    with closing(read_journal(journal)) as opened:
        sites = list(opened.decision_counts())
    if not sites:
        raise BadRequest("the journal holds no decision, so there is nothing to try on")
    if wanted is not None and wanted not in sites:
        raise BadRequest(f"site must be of {', '.join(sites)}, got {wanted!r}")
    if wanted is None and len(sites) != 1:
        raise BadRequest(f"the journal holds {', '.join(sites)}: name one with --site")
    return wanted or sites[0]


def _transitions(journal: Path, site: str | None) -> list[dict[str, Any]]:
    with closing(read_journal(journal)) as opened:
        sites = opened.decision_counts()
    if site is not None and sites and site not in sites:
        raise BadRequest(f"site must be of {', '.join(sorted(sites))}, got {site!r}")
    with closing(RecentReads(journal)) as recent:
        found = [
            {"site": one, **body}
            for one in ([site] if site else sites)
            for body in reversed(recent.transitions(one, limit=10_000))
        ]
    found.sort(key=lambda one: float(one["at_s"]))
    return [{"at": rfc3339(one.pop("at_s")), **one} for one in found]


def _add_now(found: list[dict[str, Any]], data: Path, journal: Path) -> None:
    """Add to a site's last transition how its trial stands now, if it is under way."""
    kept, last = kept_settings(data), {one["site"]: one for one in found}
    with closing(read_journal(journal)) as opened:
        for site, one in last.items():
            trial = present(opened, kept.get(site) or SiteSettings(key=site))
            if trial is not None and trial.candidate.id == one["candidate"]:
                verdict = trial.verdict()
                why = f"{verdict.to}: {verdict.why}" if verdict.to else verdict.why
                told = trial.told(why=why)
                names = ("stage", "share", "why", "have", "need", "evidence")
                one["now"] = {name: told[name] for name in names}


def _show(found: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        say(orjson.dumps(found).decode())
        return
    if not found:
        say("no candidate was ever tried")
    for one in found:
        say(
            f"{one['at']}  {one['site']}  {one['candidate']}  {one['from']} -> "
            f"{one['to']} ({one['share']:.0%} of visitors): {one['why']}; "
            + _shown(one["evidence"])
        )
    for one in (one for one in found if "now" in one):
        now = one["now"]
        unit = _UNITS.get(now["stage"], "visitors at this share")
        say(
            f"now  {one['site']}  {one['candidate']}  {now['stage']} "
            f"({now['share']:.0%} of visitors): {now['why']}; {now['have']:,} of at "
            f"least {now['need']:,} {unit}; " + _shown(now["evidence"])
        )


def _shown(evidence: dict[str, Any]) -> str:
    """Say what had been found then: in the shadow, and between the arms if any."""
    gain = evidence["gain"]
    found = [("gain", gain, f"a decision, on {gain['n']}")] if gain["n"] else []
    for name in ("surrogate", "value"):
        one = evidence.get("arms", {}).get(name, {})
        # A release before compared decisions.
        for unit in {"visitors", "decisions"} & one.keys():
            own, others = one[unit]
            if own and others:
                on = f"a {unit.removesuffix('s')}, on {own} against {others}"
                found.append((f"{name} of the arms", one, on))
    told = [
        f"{name} {one['difference']:+.4f} (se {one['se']:.4f}) {on}"
        for name, one, on in found
    ]
    return "; ".join(told) or "no decision seen yet"
