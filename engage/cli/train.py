"""`engage train LOG --recipe FILE --out SNAPSHOT`: from a log to a candidate."""

# Rules of this file: words, tables and files; what is learned stands in
# `engage.learning.training`.

from __future__ import annotations

import argparse
import os
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console
from rich.table import Table

from engage import __version__
from engage.cli.options import Commands, json_option, text_of
from engage.cli.progress import progress
from engage.cli.words import columns, note, say, tables
from engage.errors import BadRequest
from engage.evidence.training_log import TrainingLog, open_training_log
from engage.learning.recipes import Variant, variants_of
from engage.learning.training import Trained, Training, train

_FEW_DECISIONS: Final = 100
_RECIPES: Final = """\
A recipe is a TOML file; an empty one trains what a service with default settings
would learn. What a shop has set otherwise belongs into it:
  site = "pk_shop"                  only where the log holds several
  until = "2026-11-20T00:00:00Z"    later records are left for its trial
  order_margin_cents = 3000         as in [sites.money]
  outcome = "order"                 the same
  has_rules = true                  the shop has a list of its own
  [learner]                         any of [sites.learner], docs/SETTINGS.md
  [policy]                          any of [sites.policy]
  [sweep]                           a candidate for each combination
  "learner.prior_scale" = [0.5, 1.0, 2.0]
Of a sweep the one with the lowest R-loss is written, and where only policies differ
the one with the highest gain. R-loss is the mean squared error of the predicted
uplifts, less that of the predictions as logged: below 0 is better. Losses of scorers
are weighted as in reports, and of what was known when a visitor was looked at.
From an export or NDJSON only uplifts are learned: scorers stay as they come, and
a winner's learner reads the journal of its service from the beginning."""


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train",
        help="train a candidate from a log, or a sweep of them",
        description="Reads a log as the service's learner does, predicting before it\n"
        "learns, and writes a candidate for `engage promote`: plain JSON, the same\n"
        "byte for byte from the same log, recipe and release.",
        epilog=_RECIPES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "log", type=Path, metavar="LOG", help="data directory, export or NDJSON"
    )
    parser.add_argument(
        "--recipe", type=Path, required=True, metavar="FILE", help="see below"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="SNAPSHOT",
        help="the candidate to write",
    )
    json_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Train, print the figures, write the candidate.

    Raises:
        BadRequest: the log or the recipe cannot be used.
        ConfigError: the recipe is wrong; holds every mistake.
    """
    if chosen.out.exists() and not chosen.out.is_file():
        raise BadRequest(f"--out must be a file, which {chosen.out} is not")
    text = text_of(chosen.recipe, expected="--recipe takes a TOML file")
    variants = variants_of(text, source=str(chosen.recipe))
    site = variants[0].recipe.site
    # Said before the work, not after.
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    with closing(open_training_log(chosen.log, site=site)) as log:
        found = _train(log, variants)
        damaged = log.damaged
    if damaged:
        note(f"{damaged} damaged records were passed over")
    best = min(range(len(found)), key=lambda at: _rank(found[at]))
    body = found[best].candidate.encode()
    _write(chosen.out, body)
    plain = _plain(variants, found, best, chosen.out)
    if chosen.json:
        say(orjson.dumps(plain).decode())
    else:
        _show(tables(), variants, found, best)
        _say_more(found[best], chosen.out, len(body))
    return 0


def _train(log: TrainingLog, variants: list[Variant]) -> list[Trained]:
    trainings = [
        Training(
            variant=one,
            site=log.site,
            offered=log.offered,
            find=log.find,
            is_journal=log.is_journal,
        )
        for one in variants
    ]
    with progress("learning", total=log.last_offset) as advance:
        train(log.entries(), trainings, tell=advance)
        advance(log.last_offset)
    card = {"engage": __version__, "commit": commit_of(Path(__file__).parents[2])}
    return [one.finish(card) for one in trainings]


def _rank(one: Trained) -> tuple[float, float, float]:
    """Return what a sweep is ordered by: the uplifts first, then scorers, then policy.

    A policy's settings change no prediction, so between those the gain decides.
    """
    losses = [v for n, v in one.figures.items() if n in _names(one)]
    far = float("inf")
    return one.figures.get("r_loss", far), sum(losses), -one.figures.get("gain", -far)


def _names(one: Trained) -> list[str]:
    scored = [name for name in one.figures if name.startswith("log_loss ")]
    return [name for name in scored if not name.endswith("_se")]


def commit_of(root: Path) -> str | None:
    """Return the commit checked out at a source tree, None outside of one."""
    git = root / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        loose = git / name
        if loose.is_file():
            return loose.read_text(encoding="ascii").strip()
        lines = (git / "packed-refs").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found = [line.split(" ")[0] for line in lines if line.endswith(f" {name}")]
    return found[0] if found else None


def _write(target: Path, body: bytes) -> None:
    """Put the file in place whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(body)
    os.replace(partial, target)  # noqa: PTH105 - one call, atomic


def _plain(
    variants: list[Variant], found: list[Trained], best: int, out: Path
) -> dict[str, Any]:
    return {
        "site": found[best].candidate.site,
        "candidate": found[best].candidate.id,
        "out": str(out),
        "best": best,
        "refused": found[best].refused,
        "sweep": [
            {"changes": dict(one.changes), "figures": dict(trained.figures)}
            for one, trained in zip(variants, found, strict=True)
        ],
    }


def _show(
    console: Console, variants: list[Variant], found: list[Trained], best: int
) -> None:
    decisions = int(found[best].figures["decisions"])
    title = (
        f"prequential, on the log's {decisions:,} decisions; R-loss in currency², gain "
        "in currency; ± a standard error"
    )
    table = Table(title=title, title_justify="left")
    names = _names(found[best])
    losses = [f"{name.removeprefix('log_loss ')} (nats)" for name in names]
    columns(table, "recipe", *losses, "R-loss - logged", "gain a decision")
    for at, (variant, one) in enumerate(zip(variants, found, strict=True)):
        changes = "\n".join(f"{k} {v:g}" for k, v in variant.changes.items())
        cells = [_cell(one, name) for name in (*names, "r_loss", "gain")]
        mark = " *" if at == best and len(found) > 1 else ""
        table.add_row(f"{changes or 'as it is'}{mark}", *cells)
    console.print(table)


def _cell(one: Trained, name: str) -> str:
    if name not in one.figures:
        return "-"
    return f"{one.figures[name]:.4f}\n± {one.figures[f'{name}_se']:.4f}"


def _say_more(best: Trained, out: Path, size: int) -> None:
    learned = int(best.figures["decisions"])
    if learned < _FEW_DECISIONS:
        note(f"only {learned} decisions were learned: the figures say little")
    if best.refused:
        note(f"{best.refused} records could not be learned")
    say(f"wrote {out}: candidate {best.candidate.id}, {size:,} bytes")
