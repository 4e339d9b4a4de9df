"""The embedded product runs where the redis package is not installed."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from engage.settings import ServerSettings
from engage.stores.names import STORES

ROOT = Path(__file__).parents[3]


def test_service_without_the_package():
    """The whole service is imported though the redis package is missing."""
    program = "import sys; sys.modules['redis'] = None; import engage.cli.serve"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", [["learn"], ["serve", "--worker"]])
def test_several_processes_without_the_package(command, tmp_path):
    """Who wants several processes is told what to install, without a traceback."""
    config = tmp_path / "engage.toml"
    config.write_text('[server]\nstore = "redis"\n[[sites]]\nkey = "pk_demo"\n')
    words = [*command, "--config", str(config), "--data", str(tmp_path)]
    program = (
        "import sys; sys.modules['redis'] = None; from engage.cli import main; "
        f"sys.exit(main({words!r}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        input="0\n",
        env={**os.environ, "ENGAGE_PK_DEMO_SERVER_KEY": "sk_0123456789abcdef"},
    )

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wanted,) = project["optional-dependencies"]["redis"]
    told = f"engage: several processes need pip install '{wanted}'\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_settings_name_every_store():
    """What a configuration may name is what there is."""
    hints = get_type_hints(ServerSettings, include_extras=True)

    assert set(get_args(hints["store"])) == set(STORES)


def test_url_is_not_printed():
    """The URL may carry a password, so it is left out of what is printed."""
    settings = ServerSettings(store="redis", redis_url="redis://:secret@10.0.0.1/0")

    assert "secret" not in repr(settings)
