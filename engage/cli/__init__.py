"""The command line: one file a command, collected here."""

# Rules of this file: a new command is its file and one line in `COMMANDS`. Errors that
# are the user's end in one line; exit codes are those of `EPILOG`, for all commands.

from __future__ import annotations

import argparse
from collections.abc import Sequence
from types import ModuleType

from threadpoolctl import threadpool_limits

from engage import __version__
from engage.cli import (
    backup,
    catalog,
    check,
    codes,
    demo,
    erased,
    evaluate,
    export,
    ingest,
    keys,
    learn,
    lift,
    preview,
    promote,
    replay,
    report,
    restore,
    serve,
    simulate,
    train,
)
from engage.cli.options import Lines
from engage.cli.words import note, open_streams
from engage.errors import ConfigError, EngageError, EvidenceRefused

COMMANDS: tuple[ModuleType, ...] = (
    demo,
    serve,
    learn,
    check,
    ingest,
    simulate,
    lift,
    replay,
    evaluate,
    report,
    train,
    promote,
    export,
    keys,
    preview,
    codes,
    catalog,
    backup,
    restore,
    erased,
)

EPILOG = """exit codes:
  0    done
  1    something differs (replay), or went wrong on the way (ingest, simulate)
  2    wrong use, a file or service that does not serve, a disk that is full
  3    the evidence is refused (evaluate, lift)
  130  stopped by Ctrl-C
  141  nobody reads the output any more, as after `| head`

`engage COMMAND --help` says more. Try `engage demo` first: a shop, simulated visitors
and the console."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="engage",
        description="Real-time on-site engagement for web shops.",
        epilog=EPILOG,
        formatter_class=Lines,
    )
    top.add_argument("--version", action="version", version=f"engage {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add_to(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    open_streams()
    chosen = parser().parse_args(arguments)
    # Our matrices are small: threads that share them cost more than they bring, and on
    # two cores they hold up the event loop.
    threadpool_limits(limits=1, user_api="blas")
    try:
        return int(chosen.run(chosen))
    except EvidenceRefused as error:
        note(f"refused: {error}")
        return 3
    except ConfigError as error:
        note("\n".join(error.mistakes))
        return 2
    except EngageError as error:
        note(f"engage: {error}")
        return 2
    except FileExistsError as error:
        # Nothing else is made that must not be there.
        note(f"engage: {error.filename}: must be a directory, it is a file")
        return 2
    except OSError as error:
        # A file that is not there, a disk that is full: a sentence, no traceback.
        note(f"engage: {error.filename or 'failed'}: {error.strerror or error}")
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "redis":
            raise
        note("engage: several processes need pip install 'redis[hiredis]>=8.1,<9'")
        return 2
    except KeyboardInterrupt:
        return 130
