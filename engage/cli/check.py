"""`engage check FILE`: every mistake of a configuration at once."""

# Rules of this file: the same reading as `serve`, and what only a person would notice.

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Final, get_args

import orjson

from engage.campaigns import InterventionSettings, PageKind, RuleSettings
from engage.cli.options import Commands, json_option
from engage.cli.words import counted, say
from engage.config import admin_token_place, load, reader_token
from engage.deciding.policies.rules import is_category
from engage.errors import ConfigError
from engage.interventions.discount import Discount
from engage.interventions.kinds import KINDS, read_all
from engage.interventions.texts import (
    LAST_LOCALE,
    PLACEHOLDERS,
    language,
    names,
    placeholders_in,
)
from engage.scoring.moments import ASK
from engage.settings import SiteSettings
from engage.wire.currencies import CODES
from engage.wire.decision import NONE

# One text for both kinds of discount: one of the two is empty.
BOTH: Final = "{percent}{amount}"


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "check",
        help="check a configuration; all mistakes at once",
        description="Reads a configuration as `engage serve` would and lists every "
        "mistake with its key, limit and value, and rules that can never fire.",
    )
    parser.add_argument("file", type=Path, metavar="engage.toml")
    json_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Check the file; 0 only if nothing is wrong. Writes nothing.

    Raises:
        ConfigError: with every mistake.
    """
    try:
        settings = load(chosen.file, may_write=False, also=mistakes_of)
        # A token that can be guessed would stop the start, too.
        admin_token_place(Path(settings.server.data))
        reader_token()
    except ConfigError as error:
        if chosen.json:
            say(orjson.dumps({"mistakes": error.mistakes, "notes": {}}).decode())
        raise
    if chosen.json:
        notes = {site.key: notes_on(site) for site in settings.sites}
        say(orjson.dumps({"mistakes": [], "notes": notes}).decode())
        return 0
    actions = sum(len(site.interventions) for site in settings.sites)
    sites = counted(len(settings.sites), "site")
    say(f"{chosen.file}: {sites}, {counted(actions, 'intervention')}, good")
    for site in settings.sites:
        for note in notes_on(site):
            say(f"  {site.key}: {note}")
    return 0


def mistakes_of(site: SiteSettings) -> list[str]:
    """Return what is wrong beyond the form: options of kinds, what can never be."""
    found: list[str] = []
    try:
        read_all(site)
    except ConfigError as error:
        found += error.mistakes
    return found + no_currencies(site) + dead_interventions(site) + dead_rules(site)


def notes_on(site: SiteSettings) -> list[str]:
    """Return what is allowed and yet no working shop: a sentence each.

    >>> for note in notes_on(SiteSettings(key="pk_1", mode="shadow")):
    ...     print(note)
    origins: empty, so every browser is answered 403
    interventions: none, so visitors are measured and never offered anything
    mode: shadow, so decisions are recorded and no card is shown
    """
    told = {
        "origins: empty, so every browser is answered 403": not (
            site.origins or site.any_loopback_origin
        ),
        "interventions: none, so visitors are measured and never offered anything": (
            not site.interventions
        ),
        "mode: shadow, so decisions are recorded and no card is shown": (
            site.mode == "shadow"
        ),
        "holdout.share: 0, so what it is worth will never be known": (
            site.holdout.share == 0
        ),
        "holdout.share: 1, so nobody is shown anything": site.holdout.share == 1,
        "gates: at most 0 cards, so nobody is shown anything": (
            min(site.gates.max_per_session, site.gates.max_per_visitor_day) == 0
        ),
        "rules: none, so a list that decides proposes nothing": (
            "rules" in {site.mode, site.policy.policy} and not site.rules
        ),
    }
    notes = [note for note, is_so in told.items() if is_so]
    notes += [
        f"interventions.{one.id}.schedule: names no day, so it is never offered"
        for one in site.interventions
        if one.schedule and not any(span.days for span in one.schedule)
    ]
    return notes + without_product(site) + in_two_languages(site) + empty_words(site)


def without_product(site: SiteSettings) -> list[str]:
    """Return a sentence for prices of a product on pages that hardly show one."""
    found = []
    for one in site.interventions:
        is_bound = one.min_price_cents > 0 or one.max_price_cents is not None
        if is_bound and one.pages and "product" not in one.pages:
            name = "min_price_cents" if one.min_price_cents else "max_price_cents"
            found.append(
                f"interventions.{one.id}.{name}: is of the product looked at, and "
                f"none is on pages {', '.join(one.pages)}"
            )
    return found


def in_two_languages(site: SiteSettings) -> list[str]:
    """Return a sentence for texts that are the shop's in part, and English in part."""
    found = []
    for one in site.interventions:
        ours = KINDS[one.kind].built_in if one.kind in KINDS else {}
        for locale, text in one.texts.items():
            if not ours or language(locale) in ours:
                continue
            said, english = asdict(text), asdict(ours[LAST_LOCALE])
            parts = [name for name in said if english[name] and not said[name]]
            if names({locale: text}, "conditions"):
                parts.append("{conditions}")
            found += [
                f"interventions.{one.id}.texts.{locale}: {part} is English, as there "
                "are no words of ours in that language"
                for part in parts
            ]
    return found


def empty_words(site: SiteSettings) -> list[str]:
    """Return a sentence for every placeholder that will never stand for anything."""
    found = []
    for one in site.interventions:
        is_discount = one.kind == Discount.name
        idle = "amount" if "percent" in one.options else "percent"
        filled = {*PLACEHOLDERS} - {idle} if is_discount else {"title", "price"}
        found += [
            f"interventions.{one.id}.texts.{locale}.{part}: {{{name}}} is always empty"
            for locale, text in one.texts.items()
            for part, said in asdict(text).items()
            for name in placeholders_in(said)
            if name not in filled and not (is_discount and BOTH in said)
        ]
    return found


def no_currencies(site: SiteSettings) -> list[str]:
    """Return a sentence for every currency that no order and no page can be in."""
    own, rates = site.money.currency, site.money.rates
    found = []
    if own not in CODES:
        found.append(f"money.currency: must be an ISO 4217 code, got {own!r}")
    found += [
        f"money.rates: must be of ISO 4217 codes other than {own}, got {code!r}"
        for code in rates
        if code not in CODES or code == own
    ]
    return found


def dead_interventions(site: SiteSettings) -> list[str]:
    """Return a sentence for every intervention that can never be offered."""
    unseen = [
        f"interventions.{one.id}.pages: must name another than payment, "
        "which is never disturbed"
        for one in site.interventions
        if set(one.pages) == {"payment"}
    ]
    return unseen + [
        f"interventions.{one.id}.max_price_cents: must be >= min_price_cents "
        f"{one.min_price_cents}, got {one.max_price_cents}"
        for one in site.interventions
        if one.max_price_cents is not None and one.min_price_cents > one.max_price_cents
    ]


def dead_rules(site: SiteSettings) -> list[str]:
    """Return a sentence for every rule that can never fire."""
    found = []
    offered = {one.id: one for one in site.interventions}
    for index, rule in enumerate(site.rules):
        earlier = next(
            (i for i, other in enumerate(site.rules[:index]) if _covers(other, rule)),
            None,
        )
        if earlier is not None:
            found.append(
                f"rules[{index}]: can never fire, rules[{earlier}] comes first"
            )
        elif rule.max_price_cents is not None and (
            rule.min_price_cents > rule.max_price_cents
        ):
            found.append(
                f"rules[{index}].max_price_cents: must be >= min_price_cents "
                f"{rule.min_price_cents}, got {rule.max_price_cents}"
            )
        elif rule.action in offered and (apart := _apart(rule, offered[rule.action])):
            found.append(
                f"rules[{index}].{apart}: can never fire, interventions."
                f"{rule.action} is not offered there"
            )
    return found


def _apart(rule: RuleSettings, one: InterventionSettings) -> str | None:
    """Return in what a rule and what it proposes never meet; None: they do."""
    # Who asks is answered at a moment of its own.
    moments = (*one.moments, ASK) if one.moments else ()
    pairs = {
        # The payment step is never disturbed.
        "pages": (rule.pages, {*(one.pages or get_args(PageKind))} - {"payment"}),
        "moments": (rule.moments, moments),
        "segments": (rule.segments, one.segments),
    }
    for name, (wanted, offered) in pairs.items():
        if wanted and offered and set(wanted).isdisjoint(offered):
            return name
    if rule.categories and one.categories:
        meet = [name for name in rule.categories if is_category(name, one.categories)]
        if not meet:
            return "categories"
    tops = [top for top in (rule.max_price_cents, one.max_price_cents) if top]
    lowest = max(rule.min_price_cents, one.min_price_cents)
    return "prices" if tops and lowest > min(tops) else None


def _covers(wide: RuleSettings, narrow: RuleSettings) -> bool:
    """Tell whether `wide` fits wherever `narrow` does, for the same action or `none`.

    Another action may be refused by a gate where the later one is not; `none` never is.
    """
    if wide.action not in {narrow.action, NONE}:
        return False
    pairs = (
        (wide.moments, narrow.moments),
        (wide.categories, narrow.categories),
        (wide.pages, narrow.pages),
        (wide.segments, narrow.segments),
    )
    sets_cover = all(
        not one or (other and set(other) <= set(one)) for one, other in pairs
    )
    top = wide.max_price_cents
    reaches = top is None or (
        narrow.max_price_cents is not None and narrow.max_price_cents <= top
    )
    return sets_cover and wide.min_price_cents <= narrow.min_price_cents and reaches
