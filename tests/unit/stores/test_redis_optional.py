"""The embedded product runs where the redis package is not installed."""

import subprocess
import sys
from typing import get_args, get_type_hints

from engage.settings import ServerSettings
from engage.stores.names import STORES


def test_service_without_the_package():
    """The whole service is imported though the redis package is missing."""
    program = "import sys; sys.modules['redis'] = None; import engage.cli.serve"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_settings_name_every_store():
    """What a configuration may name is what there is."""
    hints = get_type_hints(ServerSettings, include_extras=True)

    assert set(get_args(hints["store"])) == set(STORES)


def test_url_is_not_printed():
    """The URL may carry a password, so it is left out of what is printed."""
    settings = ServerSettings(store="redis", redis_url="redis://:secret@10.0.0.1/0")

    assert "secret" not in repr(settings)
