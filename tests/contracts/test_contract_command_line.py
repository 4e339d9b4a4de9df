"""CONTRACT section 6: the command line, run as a stranger runs it."""

import errno
import http.server
import json
import os
import signal
import subprocess
import sys
import threading

import pytest

from engage.cli import main
from tests.contracts.outside import CODE, LOOK, until

CLICKS = """SessionId\tItemId\tTime
1\t100\t1396437466.0
1\t101\t1396437496.0
1\t100\t1396438996.5
1\t102\t1396440996.5
"""
YOOCHOOSE = ("--format", "yoochoose")
MORE = "SessionId\tItemId\tTime\n2\t100\t1396437470.0\n"
WRONG = """
[server]
port = 99999
colour = "red"

[[sites]]
key = "pk 1"
time_zone = "Mars/Base"
origins = ["shop.example"]

[sites.gates]
cooldown_s = -1

[[sites.interventions]]
id = "twice"
kind = "fax"

[[sites.interventions]]
id = "twice"
kind = "chat"

[[sites.rules]]
action = "nobody"
"""
MISTAKES = {
    "server.colour": "is no setting",
    "server.port": "must be <= 65535, got 99999",
    "sites[0].key": "got 'pk 1'",
    "sites[0].gates.cooldown_s": "must be >= 0, got -1",
    "sites[0].time_zone": "got 'Mars/Base'",
    "sites[0].origins": "got 'shop.example'",
    "sites[0].interventions": "'twice' 2 times",
    "sites[0].interventions.twice.kind": "got 'fax'",
    "sites[0].interventions.twice.options.group": "must be given",
    "sites[0].rules[0].action": "got 'nobody'",
    "sites.pk 1": "needs a server key",
}


@pytest.fixture(scope="module")
def log(demo, tmp_path_factory):
    """The decision log of the demo as the API tells it, in a file."""
    for _ in range(30):
        demo.beacon(LOOK, "ask")
    path = tmp_path_factory.mktemp("log") / "decisions.ndjson"
    path.write_text("\n".join(map(json.dumps, demo.records())))
    return path


@pytest.fixture
def called(capsys):
    """Run a command; return its exit code and both streams."""

    def call(*arguments):
        code = main([str(one) for one in arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


def written(folder):
    """Write two recordings and return their paths."""
    paths = [folder / "one.txt", folder / "two.txt"]
    for path, text in zip(paths, (CLICKS, MORE), strict=True):
        path.write_text(text)
    return paths


def test_check_says_all_at_once(called, tmp_path):
    """Mistakes of every sort are told in one go: file, key, limit and value; exit 2."""
    path = tmp_path / "engage.toml"
    path.write_text(WRONG)
    code, _, errors = called("check", path)
    lines = errors.splitlines()

    assert code == 2
    assert all(line.startswith(f"{path}: ") for line in lines)
    for key, problem in MISTAKES.items():
        assert any(f"{path}: {key}: " in one and problem in one for one in lines), key
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("form", ["directory", "export", "ndjson"])
def test_replay(called, demo, log, tmp_path, form):
    """Data directory, export and NDJSON all replay without a difference; exit 0."""
    where = {"directory": demo.data, "export": tmp_path / "export", "ndjson": log}[form]
    if form == "export":
        out = ("--out", where, "--format", "ndjson")
        assert called("export", "--data", demo.data, *out)[0] == 0
    code, output, _ = called("replay", where, "--verify", "--json")
    told = json.loads(output)

    assert (code, told["different"]) == (0, 0)
    assert told["identical"] == told["decisions"] >= 30
    # Only a data directory holds the salt that ids are made with.
    checked = told["parts"]["id"]["identical"]
    assert checked == (told["decisions"] if form == "directory" else 0)


def test_evaluate_refuses(called, log):
    """Too little evidence is exit code 3 and a reason, for machines, too."""
    code, output, errors = called("evaluate", log, "--policy", "uniform", "--json")

    assert code == 3
    assert "refused: " in errors
    assert json.loads(output)["policy"] == "uniform"


def test_lift(called, log):
    """Lift reads NDJSON, and has no verdict before 30 orders in each arm."""
    by = ("--by", "action,segment,moment")
    code, output, _ = called("lift", log, *by, "--json")
    told = json.loads(output)["pk_demo"]["all"]

    assert code in {0, 3}
    assert told["verdict"] == "collecting"
    assert told["holdout"]["missing"] > 0


def test_scores(called, tmp_path):
    """Files are merged by time; a line a beacon: the page left, and no look ahead."""
    out = tmp_path / "scores"
    where = ("--data", tmp_path / "data", "--scores", out, "--json")
    code, output, _ = called("ingest", *written(tmp_path), *YOOCHOOSE, *where)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    told = json.loads(output)

    assert (code, told["sent"], told["applied"]) == (0, 5, 5)
    names = ["session", "tab", "seq", "at", "hesitation", "dwell", "moment"]
    assert all(list(line) == names for line in lines)
    assert [line["at"][11:] for line in lines] == [
        *("11:17:46.000Z", "11:17:50.000Z", "11:18:16.000Z", "11:43:16.500Z"),
        "12:16:36.500Z",
    ]
    left = [line["dwell"] for line in lines]
    assert left[:2] == [None, None]
    # Half a minute, then 25 minutes: nearly everybody leaves sooner.
    assert 0 < left[2] < left[3] < 1
    assert all(0 < line["hesitation"] < 1 for line in lines)
    # Nothing was learned between two first clicks on the same thing.
    assert lines[0]["hesitation"] == lines[1]["hesitation"]


class Recorder(http.server.BaseHTTPRequestHandler):
    """Takes every beacon."""

    def do_POST(self):
        """Keep the body and say that it was applied."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(json.loads(body))
        self.send_response(204)
        self.send_header("Engage-Result", "applied")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


def test_what_a_click_becomes(called, tmp_path):
    """The page left as a ping of the gap, 30 min at most; then view and product."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        server.seen = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        to = ("--to", f"http://127.0.0.1:{server.server_port}", "--json")
        code, _, _ = called("ingest", *written(tmp_path), *YOOCHOOSE, *to)
        server.shutdown()
    one = sorted(
        (sent for sent in server.seen if sent["session"].endswith("1")),
        key=lambda sent: sent["seq"],
    )

    assert (code, len(server.seen)) == (0, 5)
    names = [[event["name"] for event in sent["events"]] for sent in one]
    looked = ["page_view", "view_item"]
    assert names == [looked, *[["ping", *looked]] * 3]
    for sent, gap_ms in zip(one[1:], (30_000, 1_500_500, 1_800_000), strict=True):
        ping = sent["events"][0]
        assert (ping["active_ms"], ping["visible_ms"]) == (gap_ms, gap_ms)


def test_port_in_use(called, demo, tmp_path):
    """A port that is taken is one sentence and exit code 2."""
    port = demo.url.rpartition(":")[2]
    code, _, errors = called("demo", "--port", port, "--data", tmp_path / "d")

    assert code == 2
    reason = os.strerror(errno.EADDRINUSE)
    assert f"127.0.0.1:{port}: cannot listen there: {reason}\n" in errors


def test_interrupted(tmp_path):
    """Ctrl-C in a long command ends it, without a traceback."""
    out = tmp_path / "sim"
    # Whoever started the tests in the background may have had it ignored.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    process = subprocess.Popen(
        [sys.executable, "-c", heed + CODE, "simulate", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until((out / "journal.sqlite").exists)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in errors
