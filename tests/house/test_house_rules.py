"""The house rules that a machine can check."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "engage"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
SCRIPTS = sorted(
    [*(ROOT / "sdk_js/src").rglob("*.js"), *(ROOT / "benchmarks").glob("*.py")]
)

# From the ground up; a module imports only from rows above its own or from its folder.
LAYERS = [
    {
        "errors",
        "clock",
        "campaigns",
        "promoting",
        "hooking",
        "serving",
        "settings",
        "tables",
        "config",
        "instruments",
        "instruments_learning",
        "telemetry",
    }
    | {"config_checks", "config_secrets", "site_secrets"},
    {"wire"},
    {"visits"},
    {"stores"},
    {"scoring"},
    {"interventions"},
    {"deciding"},
    {"learning"},
    {"street"},
    {"engine"},
    {"evidence"},
    {"demo"},
    {"web"},
    {"cli"},
    {"__main__"},
]
ONLY_IN = {
    "time": {"clock.py"},
    "random": {"deciding/draw.py", "evidence/simulation"},
    "aiohttp": {"web/"},
    "sqlite3": {"stores/"},
    "redis": {"stores/"},
    "river": {"scoring/", "learning/", "deciding/policies/"},
    "pickle": set(),
    "json": set(),
}


def imports_of(path):
    """Return (module, node) for each import of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, node


def functions_of(tree):
    """Return every function of a tree."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def body_lines(function):
    """Return the number of lines of a body without its docstring."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def depth_of(node):
    """Return how deep control flow is nested."""
    blocks = (
        ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try
    )
    kids = ast.iter_child_nodes(node)
    deepest = 0
    for kid in kids:
        if isinstance(kid, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        own = isinstance(kid, blocks)
        # `elif` is an If inside orelse: it reads flat and counts flat.
        flat = own and isinstance(node, ast.If) and node.orelse == [kid]
        deepest = max(deepest, depth_of(kid) + (1 if own and not flat else 0))
    return deepest


def layer_of(name):
    """Return the row of a module below `engage`, or None for the package itself."""
    rows = [row for row, names in enumerate(LAYERS) if name in names]
    return rows[0] if rows else None


def test_no_file_over_300_lines():
    """No source, test, benchmark or SDK file is longer than 300 lines."""
    files = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *SCRIPTS]

    long = {
        f"{p.relative_to(ROOT)}": n
        for p in files
        if (n := p.read_text().count("\n")) > 300
    }

    assert long == {}


def test_no_function_over_45_lines():
    """No function body is longer than 45 lines."""
    long = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in SOURCES
        for function in functions_of(ast.parse(path.read_text()))
        if body_lines(function) > 45
    ]

    assert long == []


def test_no_deep_nesting():
    """No function nests control flow more than 3 deep."""
    deep = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in SOURCES
        for function in functions_of(ast.parse(path.read_text()))
        if depth_of(function) > 3
    ]

    assert deep == []


def test_imports_point_down():
    """A module imports only from lower layers or its own folder."""
    wrong = []
    for path in SOURCES:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        assert layer_of(own) is not None, f"{own} is in no layer"
        for module, _ in imports_of(path):
            if not module.startswith("engage."):
                continue
            other = module.split(".")[1]
            if other != own and layer_of(other) > layer_of(own):
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")

    assert wrong == []


def test_edges_stay_at_the_edge():
    """Time, luck, sockets, databases and river are imported only where they belong."""
    wrong = []
    for path in SOURCES:
        inside = str(path.relative_to(PACKAGE))
        for module, _ in imports_of(path):
            allowed = ONLY_IN.get(module.split(".")[0])
            if allowed is not None and not any(inside.startswith(a) for a in allowed):
                wrong.append(f"{inside} imports {module}")

    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "where"),
    [
        (r"\bos\.environ\b", {"config.py"}),
        (r"\bdatetime\.now\(|\butcnow\(|\bdate\.today\(", {"clock.py"}),
        (r"except( Exception| BaseException)?:", {"web/", "learning/worker.py"}),
        (r"\bpickle\b(?!.*\bno\b)", set()),
    ],
)
def test_words_that_belong_to_one_place(pattern, where):
    """The environment, the date, broad excepts and pickling stay in their places."""
    found = [
        f"{inside}:{number}"
        for path in SOURCES
        if not any(
            (inside := str(path.relative_to(PACKAGE))).startswith(w) for w in where
        )
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line) and not line.strip().startswith(("#", '"'))
    ]

    assert found == []


def test_no_import_of_ours_inside_a_function():
    """Our own modules are imported at the top, but for the optional redis store.

    And but for where the command begins: it can be ended before all is loaded.
    """
    inside = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.name != "__main__.py"
        for function in functions_of(ast.parse(path.read_text()))
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("engage")
        and "redis" not in (node.module or "")
    ]

    assert inside == []


def test_every_test_states_its_fact():
    """Every test has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}"
        for path in TESTS
        for function in functions_of(ast.parse(path.read_text()))
        if function.name.startswith("test_") and ast.get_docstring(function) is None
    ]

    assert silent == []


def test_no_test_waits_or_skips():
    """No test sleeps, skips, or draws from an unseeded generator."""
    pattern = re.compile(
        r"\bsleep\((?!0\))|mark\.skip|pytest\.skip\(|xfail|random\.Random\(\)|default_rng\(\)|\.skip\("
    )
    found = [
        f"{path.relative_to(ROOT)}:{number} {line.strip()}"
        for path in [*TESTS, *sorted((ROOT / "sdk_js/test").glob("*.js"))]
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_every_lint_exception_has_its_reason():
    """A `noqa` or `type: ignore` names its rule and says why on the same line."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for mark in re.findall(r"#\s*(?:noqa|type:\s*ignore)[^#]*(?:#.*)?$", line)
        if not re.search(
            r"(noqa: [A-Z0-9, ]+|ignore\[[a-z, -]+\])\s*(#|-|:)\s*\S", mark
        )
    ]

    assert bare == []


def test_no_import_cycle():
    """The modules of the package import each other without a cycle."""
    graph = {}
    for path in SOURCES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        graph[name.removesuffix(".__init__")] = {
            m for m, _ in imports_of(path) if m.startswith("engage")
        }

    def cycle(node, trail):
        if node in trail:
            return [*trail[trail.index(node) :], node]
        done.add(node)
        for other in graph.get(node, ()):
            if (other in trail or other not in done) and (
                found := cycle(other, [*trail, node])
            ):
                return found
        return None

    done = set()
    loops = [found for node in graph if node not in done and (found := cycle(node, []))]

    assert [f"{a} -> {b}" for loop in loops for a, b in pairwise(loop)] == []


def test_wire_goldens_are_read_by_both_suites():
    """The golden messages are read by the Python suite and by the JavaScript suite."""
    python = "".join(path.read_text() for path in TESTS if path != Path(__file__))
    script = "".join(p.read_text() for p in (ROOT / "sdk_js/test").glob("*.js"))

    assert list((ROOT / "tests/wire").glob("*.json"))
    assert "wire" in python
    assert "tests/wire" in script
