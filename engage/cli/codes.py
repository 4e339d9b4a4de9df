"""`engage codes`: put single-use codes into a pool of a running service."""

# Rules of this file: reads lines, sends batches, says what became of them. Nothing is
# sent of a file with a line that is no code.

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import orjson

from engage.cli.options import Commands, json_option, text_of
from engage.cli.progress import progress
from engage.cli.remote import Message, remote_options, send
from engage.cli.words import counted, say
from engage.errors import BadRequest
from engage.wire.limits import CODES_PER_CALL
from engage.wire.messages import read_id

# Of an answer: codes that were new, and those that were known.
_COUNTED: Final = ("accepted", "duplicate")


def add_to(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "codes",
        help="put discount codes into a pool",
        description="Reads one code a line and sends them to a running service. Codes "
        "that it knows already are left as they are.",
    )
    parser.add_argument("pool", metavar="POOL", help="a discount's `pool`")
    parser.add_argument("file", type=Path, metavar="FILE", help="one code a line")
    remote_options(parser)
    json_option(parser)
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Send the codes.

    Raises:
        BadRequest: the file holds none, a line is none, or the service refused them.
    """
    text = text_of(chosen.file, expected="FILE holds a code a line")
    codes = [
        read_id(line.strip(), field=f"{chosen.file}:{number}")
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    if not codes:
        raise BadRequest(f"{chosen.file} must hold a code a line, got nothing")
    batches = [
        codes[start : start + CODES_PER_CALL]
        for start in range(0, len(codes), CODES_PER_CALL)
    ]
    messages = [
        Message("POST", "/v1/discounts/codes", {"pool": chosen.pool, "codes": batch})
        for batch in batches
    ]
    with progress("codes", total=len(batches)) as told:
        replies = send(chosen, messages, told=told)
    answers = [orjson.loads(reply.text) for reply in replies]
    sums = {what: sum(one[what] for one in answers) for what in _COUNTED}
    if chosen.json:
        say(orjson.dumps({"pool": chosen.pool, **sums}).decode())
        return 0
    said = f"sent {counted(len(codes), 'code')} to pool {chosen.pool}"
    known = counted(sums["duplicate"], "code")
    say(f"{said}; {known} known before" if sums["duplicate"] else said)
    return 0
