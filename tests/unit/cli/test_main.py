"""The command line as a whole: exit codes, and no traceback for a user's mistake."""

import argparse
import os
import runpy
import signal
import subprocess
import sys
from subprocess import PIPE

import pytest

from engage import __version__
from engage.cli import COMMANDS, main, parser
from engage.cli.keys import run as run_keys
from engage.cli.options import address, host_and_port, port
from engage.cli.serve import with_options
from engage.clock import SystemClock
from engage.settings import Settings
from engage.stores.journal.sqlite import SqliteJournal
from engage.web.sdk_files import SDK_FILES, sdk_integrity
from engage.wire.hooks import hook_secret


def test_version(capsys):
    """The version is told."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"engage {__version__}\n"


def test_module_is_the_command(capsys, monkeypatch):
    """`python -m engage` is the command, where that is not on the path."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["engage", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("engage", run_name="__main__")
    signal.signal(signal.SIGTERM, before)

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"engage {__version__}\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_ends_while_it_loads(number, tmp_path):
    """Process 1 of a container is not ended by a signal that it does not heed."""
    # What is loaded first never ends loading, and looks for signals all the time.
    (tmp_path / "threadpoolctl.py").write_text(
        "import select\nprint('loading', flush=True)\n"
        "while True: select.select([], [], [], 0.05)\n"
    )
    command = [sys.executable, "-m", "engage", "--version"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(command, env=env, stdout=PIPE, stderr=PIPE) as process:
        try:
            assert process.stdout.readline() == b"loading\n"
            process.send_signal(number)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()

    # By its own doing: the system would have told a negative one.
    assert (process.returncode, said) == (128 + number, b"")


@pytest.mark.parametrize("name", [one.__name__.split(".")[-1] for one in COMMANDS])
def test_every_command_explains_itself(name, capsys):
    """Each command has help that says what it does."""
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 100


WRONG = [
    [],
    ["fly"],
    ["serve", "--port", "eighty"],
    ["serve", "--port", "70000"],
    ["serve", "--admin", "9464"],
    ["keys", "old"],
    ["backup", "to"],
    ["lift", "log", "--horizon-days", "0"],
    ["lift", "log", "--chat-cost", "-5"],
    ["lift", "log", "--dismissal-cost", "nan"],
    ["report", "log", "--html", "no/such/directory.html"],
    ["evaluate", "log", "--policy", "uniform", "--html", "."],
    ["codes", "p", "codes.txt", "--to", "ftp://shop"],
    ["codes", "p", "codes.txt", "--to", "http://"],
    ["ingest", "log", "--format", "ndjson", "--to", "http://[x"],
]


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_use(arguments):
    """Wrong use is exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


SENTENCES = [
    (["check", "none.toml"], "none.toml: cannot be read: "),
    (["serve", "--config", "none.toml"], "none.toml: cannot be read: "),
    (["serve", "--workers", "0"], "--workers: must be 1 to 64, got 0"),
    (
        ["codes", "p", "none.txt", "--to", "http://127.0.0.1:9"],
        "none.txt cannot be read: No such file",
    ),
    (["catalog", "none.xml", "--to", "http://127.0.0.1:9"], "none.xml: No such file"),
    (["backup", "--data", "none", "to"], "none must hold a journal.sqlite"),
    (["restore", "none", "--data", "d"], "does not exist"),
    (["lift", "none"], "LOG must be a data directory, an export or NDJSON, got none"),
    (["evaluate", "none", "--policy", "uniform"], "got none, which does not exist"),
    (["export", "--data", "none", "--out", "o"], "must be a service's data directory"),
    (
        ["train", "none", "--recipe", "none.toml", "--out", "o"],
        "none.toml cannot be read: No such file or directory; --recipe takes",
    ),
    (["promote", "--data", "none"], "got none: it holds no journal.sqlite"),
    (["demo", "--host", "192.0.2.1"], "--host: must be a loopback address"),
    (["demo", "--window-s", "0", "--lingering-s", "nan"], "--window-s: must be 1"),
]


@pytest.mark.parametrize(("arguments", "said"), SENTENCES)
def test_mistakes_are_sentences(arguments, said, tmp_path, monkeypatch, capsys):
    """A user's mistake ends in one sentence and exit code 2, and leaves nothing."""
    monkeypatch.chdir(tmp_path)
    code = main(arguments)
    told = capsys.readouterr()

    assert code == 2
    assert said in told.err
    assert "Traceback" not in told.err
    assert "Errno" not in told.err
    assert list(tmp_path.iterdir()) == []


POINTLESS = [
    (
        ["evaluate", "no.log", "--policy", "uniform"],
        "LOG must hold decisions, got none",
    ),
    (["report", "no.log", "--html", "r.html"], "LOG must hold decisions, got none"),
    (["ingest", "no.log", "--format", "ndjson", "--data", "d"], "must hold beacons"),
    (["export", "--data", "full", "--out", "full"], "--out must be a new directory"),
    (["export", "--data", "full", "--out", "o", "--site", "pk"], "--site must be one"),
    (["codes", "p", "lines", "--to", "http://127.0.0.1:9"], "cannot be reached: "),
    (["codes", "p", "noise", "--to", "http://127.0.0.1:9"], "noise cannot be read: it"),
    (
        ["codes", "p", "lines", "--to", "http://127.0.0.1:9", "--key-file", "noise"],
        "noise: cannot be read: it is no text",
    ),
    (
        ["codes", "p", "lines", "--to", "http://127.0.0.1:9", "--key-file", "no.log"],
        "no.log: must hold a server key and nothing else",
    ),
    (
        ["codes", "p", "lines", "--to", "http://127.0.0.1:9", "--key-file", "lines"],
        "lines: must hold a server key and nothing else",
    ),
    (["codes", "p", "word", "--to", "http://127.0.0.1:9"], "word:2 must match [A-Z"),
    (["simulate", "--out", "code"], "--out must be a directory, got the file code"),
    (["simulate", "--out", "code/sim"], "engage: code/sim: Not a directory"),
    (["demo", "--data", "code"], "engage: code: must be a directory, it is a file"),
    (
        ["export", "--data", "full", "--out", "code", "--format", "ndjson"],
        "engage: code: must be a directory, it is a file",
    ),
    (
        ["train", "full", "--recipe", "no.log", "--out", "full"],
        "--out must be a file, which full is not",
    ),
    (
        ["train", "full", "--recipe", "no.log", "--out", "code/candidate.json"],
        "engage: code: must be a directory, it is a file",
    ),
    (
        ["promote", "--data", "full", "--force", "--withdraw", "--why", "x"],
        "--force and --withdraw do not go together",
    ),
    (["replay", "full", "--verify"], "pk.salt: must hold a secret, it is no text"),
    (["promote", "code", "--data", "full"], "candidate is unreadable: it lacks"),
]


@pytest.mark.parametrize(("arguments", "said"), POINTLESS)
def test_files_that_do_not_serve(arguments, said, tmp_path, monkeypatch, capsys):
    """A file or place that cannot serve its purpose is named in one sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGAGE_SERVER_KEY", "sk_0123456789abcdef")
    (tmp_path / "no.log").write_bytes(b"")
    (tmp_path / "code").write_text("{}\n")
    (tmp_path / "lines").write_text("sk_a\nsk_b\n")
    (tmp_path / "word").write_text("A-1\nA 2\n")
    (tmp_path / "noise").write_bytes(b"A\n\xff")
    SqliteJournal(tmp_path / "full" / "journal.sqlite", clock=SystemClock()).close()
    (tmp_path / "full" / "pk.salt").write_bytes(b"\xff")
    code = main(arguments)
    told = capsys.readouterr().err

    assert code == 2
    assert said in told
    assert "Traceback" not in told
    assert "Errno" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--workers", "2"], "--workers: must be 1 without a Redis store"),
        (["serve", "--no-learner"], "--no-learner: needs a Redis store"),
        (["learn"], 'engage learn needs server.store = "redis"'),
    ],
)
def test_several_processes_need_redis(arguments, said, tmp_path, monkeypatch, capsys):
    """Without a Redis store there is one process, and the command says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGAGE_PK_1_SERVER_KEY", "sk_0123456789abcdef")
    (tmp_path / "engage.toml").write_text('[[sites]]\nkey = "pk_1"\n')

    assert main(arguments) == 2
    assert said in capsys.readouterr().err


def test_new_keys_are_long_and_new(capsys):
    """Keys have 256 random bits each time."""
    for _ in range(2):
        assert run_keys(argparse.Namespace(what="new")) == 0
    words = capsys.readouterr().out.split()
    secrets = [word for word in words if len(word) > 60]

    assert len(set(secrets)) == 4


def test_secrets_of_hooks(tmp_path, capsys, monkeypatch):
    """`keys hooks` prints a secret for each hook, of engage.toml if none is named."""
    monkeypatch.setenv("ENGAGE_PK_1_SERVER_KEY", "sk_0123456789abcdef")
    monkeypatch.setenv("ENGAGE_PK_1_SALT", "0123456789abcdef")
    hook = '[[sites.hooks]]\nid = "mail"\nurl = "https://mail.example/told"\n'
    path = tmp_path / "engage.toml"
    path.write_text('[[sites]]\nkey = "pk_1"\n' + hook)
    monkeypatch.chdir(tmp_path)

    assert main(["keys", "hooks"]) == 0
    site, name, secret = capsys.readouterr().out.split()
    assert (site, name) == ("pk_1", "mail")
    assert secret == hook_secret(b"0123456789abcdef", site="pk_1", hook="mail")
    assert main(["keys", "hooks", "--config", "none.toml"]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_integrity_of_every_file(capsys):
    """`keys sdk` names every file with its hash."""
    run_keys(argparse.Namespace(what="sdk"))
    told = dict(line.split() for line in capsys.readouterr().out.splitlines())

    assert told == {file: sdk_integrity(file) for file in SDK_FILES}


def test_addresses():
    """Ports and addresses are checked when they are read."""
    assert host_and_port("[::1]:80") == ("::1", 80)
    assert (address("localhost:0"), port("65535")) == ("localhost:0", 65_535)
    for text in ("localhost", ":80", "a:b", "a:99999", "a:²"):
        with pytest.raises(argparse.ArgumentTypeError):
            address(text)


def test_options_override_addresses_only():
    """The command line wins over the file, where it says something."""
    plain = parser().parse_args(["serve", "--port", "0"])
    settings = with_options(Settings(), plain)

    assert (settings.server.port, settings.server.host) == (0, "127.0.0.1")
    assert settings.server.admin == Settings().server.admin


NAMED = "at:100:[red]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["lift", NAMED],
        ["replay", "--verify", NAMED],
        ["ingest", NAMED, "--format", "ndjson", "--to", "http://127.0.0.1:1"],
    ],
)
def test_text_is_told_as_it_is(arguments, tmp_path, monkeypatch, capsys):
    """What was given is named as it was given: no code of it becomes a picture."""
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 2
    assert NAMED in capsys.readouterr().err
