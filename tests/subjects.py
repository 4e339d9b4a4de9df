"""Subjects that follow from the test that meets them, not from luck.

Which arm of a trial a visitor is dealt to hangs on a subject, and subjects are random:
a test that is right for most of them fails by chance one day. Here they follow from the
test's name, so that it passes always or never; ENGAGE_TEST_SUBJECTS=2 deals others.
"""

from __future__ import annotations

import hashlib
import itertools
import os

from engage.stores.journal import append
from engage.street import notice

_SEED = os.environ.get("ENGAGE_TEST_SUBJECTS", "1")


class _Dealt:
    """Stands where `secrets` stands, for those two modules of this process."""

    def __init__(self) -> None:
        self.begin("before any test")

    def begin(self, test: str) -> None:
        """Begin anew for a test."""
        self._test, self._numbers = test, itertools.count()

    def token_hex(self, size: int) -> str:
        """Return as many bytes in hex as were asked for."""
        text = f"{_SEED} {self._test} {next(self._numbers)}"
        return hashlib.shake_128(text.encode()).hexdigest(size)


_DEALT = _Dealt()


def deal_for(test: str) -> None:
    """Let subjects follow from this test from now on."""
    for module in (append, notice):
        vars(module)["secrets"] = _DEALT
    _DEALT.begin(test)
