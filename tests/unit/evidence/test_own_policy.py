"""A policy of one's own that is wrong: its author is told where."""

import re

import pytest

from engage.errors import BadRequest
from engage.evidence.offpolicy.policies import asked, target_of

BODY = {"decision": "d_1", "eligible": ["none", "chat"], "action": "chat"}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Return a function that writes a module and returns its `policy` as a target."""
    module = f"own_{tmp_path.name}"

    def written(text):
        (tmp_path / f"{module}.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        return target_of(f"python:{module}:policy", find=lambda _: None)

    return written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def policy(body):\n    return 1 / 0", r"line 2: ZeroDivisionError: division"),
        (
            "def policy(body):\n    return inner()\n\ndef inner():\n    return int('')",
            r"line 5: ValueError: invalid literal for int",
        ),
        ("def policy(body):\n    return body['action']", r"line 2: KeyError: 'action'"),
    ],
)
def test_it_raises(own, text, said):
    """What it raises is told with the file and line of its own that led there."""
    told = rf"^python:\w+:policy fails for d_1: /\S+/own_\w+\.py, {said}"

    with pytest.raises(BadRequest, match=told):
        asked(own(text), BODY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1 / 0", r"/\S+\.py, line 1: ZeroDivisionError: division by zero$"),
        ("import nix.da", r"/\S+\.py, line 1: ModuleNotFoundError: No module named"),
        ("def policy(body)", r"SyntaxError: expected ':' \(own_\w+\.py, line 1\)$"),
        ("x = 1", r"AttributeError: module '\w+' has no attribute 'policy'$"),
    ],
)
def test_it_cannot_be_imported(own, text, said):
    """A module that fails at its import says where, too."""
    with pytest.raises(BadRequest, match=rf"policy cannot be imported: {said}"):
        own(text)


@pytest.mark.parametrize("given", ["None", "['none']", "{'none': 'all'}", "{}", "'x'"])
def test_it_returns_no_distribution(own, given):
    """Whatever it returns instead of one is told as it is."""
    target = own(f"def policy(body):\n    return {given}")

    with pytest.raises(BadRequest, match=rf", got {re.escape(given)} for d_1$"):
        asked(target, BODY)
