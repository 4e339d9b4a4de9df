"""What the pages for readers name is there: files, commands, options, targets."""

import argparse
import re
from dataclasses import asdict
from pathlib import Path

import pytest

from engage.cli import parser
from engage.deciding.networks import BUCKETS
from engage.evidence.lift.standing import LEAST_TOLD
from engage.settings import RetentionSettings

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("benchmarks", "deploy", "docs", "engage", "examples", "models", "scripts"),
    *("sdk_js", "tests"),
)
PAGES = sorted(
    page
    for place in (ROOT, *(ROOT / name for name in FOLDERS))
    for page in (place.glob("*.md") if place == ROOT else place.rglob("*.md"))
    if "node_modules" not in page.parts
)
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
# A path in the code style of Markdown, from the project's root, without placeholders,
# and not what a command writes.
FILE = re.compile(
    rf"(?<![\w./-])(?<!> )((?:{'|'.join(FOLDERS)})/[\w./-]+"
    r"\.(?:py|js|mjs|json|md|toml|yaml))"
)
CODE = re.compile(r"^```[^\n]*\n(.*?)^```|`([^`\n]+)`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|bin/|&& )engage ([a-z]+)((?: [^#\n|&]*)?)", re.MULTILINE)
MAKE = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


def commands():
    """Return the options of every command, by its name."""
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return {
                name: set(one._option_string_actions)
                for name, one in action.choices.items()
            }
    return {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page):
    """Every link, file, command, option and make target of a page exists."""
    lines = page.read_text().splitlines()
    # What was not measured yet names the file that its figures will stand in.
    text = "\n".join(line for line in lines if "not measured yet" not in line)
    code = "\n".join(block or span for block, span in CODE.findall(text))
    known = commands()
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    places = (ROOT, page.parent)
    missing += [
        name
        for name in FILE.findall(text)
        if not any((place / name).exists() for place in places)
    ]
    for name, rest in COMMAND.findall(code):
        options = re.findall(r"(?<!\S)--[a-z-]+", rest)
        missing += [
            f"engage {name} {option}".strip()
            for option in (options if name in known else [""])
            if option not in known.get(name, ())
        ]
    missing += [f"make {name}" for name in MAKE.findall(code) if name not in TARGETS]

    assert missing == []


def test_pages_are_found():
    """The pages a reader begins with are among those that are checked."""
    names = {str(page.relative_to(ROOT)) for page in PAGES}

    assert {"README.md", "sdk_js/README.md", "docs/EXPORT.md"} <= names


def test_privacy_page_says_how_long():
    """Every period of the page is the default of its setting, and none is left out."""
    text = (ROOT / "docs/PRIVACY.md").read_text()
    said = {
        name: int(days)
        for name, days in re.findall(r"`(\w+_days)` \((\d+) days\)", text)
    }

    assert said == asdict(RetentionSettings())
    assert f"{BUCKETS:,} buckets" in text


def test_console_and_report_call_the_same_too_few():
    """Below how many visitors a difference is not told stands twice, and is one."""
    script = (ROOT / "engage/web/console/page/view_lift_checks.js").read_text()

    assert re.findall(r"LEAST_TOLD = (\d+);", script) == [str(LEAST_TOLD)]
