"""A connection is an open file: the process asks for as many as it lets in."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, resource
from structlog.testing import capture_logs
from engage.web.files import make_room
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
with capture_logs() as lines:
    make_room({connections})
told = [one["event"] for one in lines]
print(json.dumps([resource.getrlimit(resource.RLIMIT_NOFILE)[0], told]))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "left"),
    [
        (128, 1_000, 700, [956, []]),
        (128, 1_000, 900, [1_000, ["files.few"]]),
        (900, 1_000, 100, [900, []]),
    ],
)
def test_files_for_connections(soft, hard, connections, left):
    """As many as connections and some more, as far as the system allows it."""
    script = SCRIPT.format(soft=soft, hard=hard, connections=connections)
    run = [sys.executable, "-c", script]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout

    assert json.loads(said) == left
