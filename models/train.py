"""Write the warm starts `hesitation.json`, `intent.json` and `dwell.json` again.

    python models/train.py [--out models]

Everything is simulated from seed 20; nothing here was measured in a shop. What is
assumed stands in a module a model, `hesitation`, `intent` and `dwell`, and in `visits`;
each has its card beside it. The numbers are rounded to four digits, so that the files
come out the same byte for byte whatever order a processor adds in.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import dwell
import hesitation
import intent
import orjson
from visits import visits

SEED = 20
# Of the files' form; `read_warm` knows this one.
VERSION = 1


def priors() -> dict[str, dict[str, object]]:
    """Return the three priors by scorer."""
    seen = visits(SEED)
    return {
        "hesitation": hesitation.prior(seen, SEED),
        "intent": intent.prior(seen, SEED),
        "dwell": dwell.prior(SEED),
    }


def code_hash() -> str:
    """Return the hash of all modules of this folder, in the order of their names.

    A file cannot name the commit that it is a part of; the hash of what made it can.
    """
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(one.read_bytes() for one in modules)).hexdigest()


def stamped(prior: dict[str, object]) -> dict[str, Any]:
    """Return a prior with its form's version, its code's hash and its own checksum."""
    whole = {"version": VERSION, "code": code_hash(), **prior}
    body = orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)
    return {"sha256": hashlib.sha256(body).hexdigest(), **whole}


def write(out: Path) -> list[Path]:
    """Write the three files into a directory and return their paths."""
    files = []
    for name, prior in priors().items():
        file = out / f"{name}.json"
        body = orjson.dumps(stamped(prior), option=orjson.OPT_INDENT_2)
        file.write_bytes(body + b"\n")
        files.append(file)
    return files


def main() -> None:
    """Write the files and say how large they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    for file in write(parser.parse_args().out):
        print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
