"""Who may import whom. The table below is the house: read it from the roof down."""

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "leadlex_pandas"
TOP = "leadlex_pandas"  # __init__ and __main__: the public face, free to import anything
BY_NAME = "by name"  # import_module and the like: nobody could tell what

BOTTOM = {"metrics", "_checks", "errors"}  # open to all but the sandbox
STEERING = {"steering", "gate", "transport", "sockets", "answers", "pacing"} | BOTTOM
VERBS = {"verbs", "stats", "reference"} | BOTTOM

# each part of the package, and which others it may import: those below it, never those above
HOUSE = {
    "cli": {TOP, "accessor", "explorer", "plotting", "spreadsheets", "client", "reader", "history", "sandbox"}
    | VERBS
    | STEERING,  # a user like any other
    "opening": {
        TOP,
        "accessor",
        "explorer",
        "plotting",
        "verbs",
        "stats",
        "reference",
        "client",
        "reader",
        "history",
    },  # at first use
    "accessor": {"explorer", "plotting", "verbs", "reference", "history"} | BOTTOM,  # df.leadlex: one line a method
    "explorer": {"plotting", "client", "reader", "history", "spreadsheets"}
    | VERBS,  # asks with a mouse, of the function API
    "plotting": VERBS,  # draws what the verbs found
    "verbs": {"stats", "reference"} | BOTTOM,  # DataFrame in, DataFrame out
    "reference": BOTTOM,  # rates from elsewhere, with what they are over
    "stats": BOTTOM,  # arrays in, arrays out
    "client": {"reader", "history"} | STEERING,  # one key, for many reads
    "reader": {"history"} | STEERING,  # many campaigns, one DataFrame
    "history": BOTTOM,  # recorded snapshots in a database
    "steering": {"gate", "transport", "sockets", "pacing"} | BOTTOM,  # which call goes when
    "gate": {"pacing"} | BOTTOM,  # one for all calls of a key
    "transport": {"sockets", "answers", "pacing"} | BOTTOM,  # one call
    "sockets": BOTTOM,  # connections that can be ended
    "answers": BOTTOM,  # what a right answer is
    "spreadsheets": set(),  # texts that must not become formulas
    "pacing": set(),  # when the next call may go: no clock, no threads, nothing else
    "metrics": {"_checks", "errors"},  # the vocabulary
    "_checks": {"errors"},  # every argument check
    "errors": set(),  # everything that can go wrong
    "sandbox": set(),  # a stand-in service that shares no code with the rest
}
PACKAGES = {"errors", "explorer", "verbs", "stats", "reference", "plotting", "history", "sandbox"}
OUTSIDE = {"stats": {"numpy", "scipy"}}  # all that these parts may import from elsewhere, beside the standard library


def part_of(module):
    """The row of the table that a dotted name belongs to."""
    return TOP if module in (TOP, f"{TOP}.__main__") else module.split(".")[1]


def name_of(path, package):
    names = [TOP, *path.relative_to(package).with_suffix("").parts]
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imports_of(path, package):
    """Line and dotted name of all that a file imports, wherever in it; what only a type checker sees counts too."""
    home = name_of(path, package).split(".")
    home = home if path.name == "__init__.py" else home[:-1]
    known = {name_of(other, package) for other in package.rglob("*.py")}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*home[: len(home) - node.level + 1]] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inside = f"{source}.{alias.name}"
                yield node.lineno, inside if inside in known else source
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in ("import_module", "__import__"):
                yield node.lineno, BY_NAME


def violations(package):
    """Every import that goes the wrong way, as text."""
    found = []
    for path in sorted(package.rglob("*.py")):
        part = part_of(name_of(path, package))
        where = path.relative_to(package.parent).as_posix()
        if part in HOUSE:
            imports = imports_of(path, package)
            found += [
                f"{where}:{line}: {part} must not import {name}" for line, name in imports if is_wrong(part, name)
            ]
        elif part != TOP:
            found.append(f"{where}: {part} has no row in the table; add it to HOUSE")
    return found


def is_wrong(part, name):
    root = name.partition(".")[0]
    if root == TOP:
        return part_of(name) not in {part} | HOUSE[part]
    return name == BY_NAME or (part in OUTSIDE and root not in OUTSIDE[part] | sys.stdlib_module_names)


def test_the_house_stands():
    assert violations(PACKAGE) == []


def test_every_row_of_the_table_is_a_part_of_the_package():
    parts = {part_of(name_of(path, PACKAGE)) for path in PACKAGE.rglob("*.py")} - {TOP}
    assert set(HOUSE) == parts
    assert set().union(*HOUSE.values()) <= parts | {TOP}
    assert set(OUTSIDE) <= parts


def test_the_table_has_an_up_and_a_down():
    rows = dict(HOUSE)
    while rows:
        lowest = [part for part, below in rows.items() if not below & set(rows)]
        assert lowest, f"these import each other in a circle: {sorted(rows)}"
        for part in lowest:
            del rows[part]


def small_house(folder, path="errors/__init__.py", code=""):
    """A package with an empty file for each part, and one file of your own."""
    package = folder / TOP
    for part in HOUSE:
        file = package / (f"{part}/__init__.py" if part in PACKAGES else f"{part}.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (package / "__init__.py").touch()
    (package / path).parent.mkdir(exist_ok=True)
    (package / path).write_text(code, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("path", "code", "blamed"),
    [
        ("verbs/rates.py", "def f():\n    from ..reader import read_stats", "leadlex_pandas.reader"),
        ("verbs/rates.py", "def f():\n    from .. import read_stats", "leadlex_pandas"),
        ("verbs/rates.py", "import leadlex_pandas", "leadlex_pandas"),
        ("verbs/rates.py", "from leadlex_pandas.plotting import forest", "leadlex_pandas.plotting"),
        (
            "plotting/forest.py",
            "class C:\n    def f(self):\n        import leadlex_pandas.transport as t",
            "leadlex_pandas.transport",
        ),
        ("stats/core.py", "if TYPE_CHECKING:\n    from ..verbs.rates import x", "leadlex_pandas.verbs.rates"),
        ("stats/core.py", "import pandas as pd", "pandas"),
        ("stats/core.py", "from pandas.api import types", "pandas.api"),
        ("stats/__init__.py", "from ..verbs import benchmark", "leadlex_pandas.verbs"),
        ("accessor.py", "def f():\n    from .reader import read_stats", "leadlex_pandas.reader"),
        ("accessor.py", "from . import steering", "leadlex_pandas.steering"),
        ("transport.py", "from . import steering", "leadlex_pandas.steering"),
        ("steering.py", "from .reader import x", "leadlex_pandas.reader"),
        ("reader.py", "from .verbs import add_rates", "leadlex_pandas.verbs"),
        ("history/store.py", "from ..reader import frames", "leadlex_pandas.reader"),
        ("reader.py", "try:\n    from . import sandbox\nexcept ImportError: ...", "leadlex_pandas.sandbox"),
        ("metrics.py", "from .stats import x", "leadlex_pandas.stats"),
        ("_checks.py", "from .metrics import x", "leadlex_pandas.metrics"),
        ("errors/calls.py", "from .._checks import x", "leadlex_pandas._checks"),
        ("sandbox/server.py", "from ..errors import InputError", "leadlex_pandas.errors"),
        ("sandbox/server.py", "from leadlex_pandas import benchmark", "leadlex_pandas"),
        ("sandbox/__main__.py", "from ..cli import main", "leadlex_pandas.cli"),
    ],
)
def test_an_import_upward_is_found(tmp_path, path, code, blamed):
    [found] = violations(small_house(tmp_path, path, code))
    assert found.startswith(f"leadlex_pandas/{path}:")
    assert found.endswith(f"must not import {blamed}")


def test_an_import_by_name_is_found(tmp_path):
    for call in ("importlib.import_module('leadlex_pandas.cli')", "__import__('leadlex_pandas.cli')"):
        package = small_house(tmp_path, "verbs/rates.py", f"def f():\n    return {call}")
        assert violations(package) == ["leadlex_pandas/verbs/rates.py:2: verbs must not import by name"]


def test_a_module_without_a_row_is_found(tmp_path):
    assert violations(small_house(tmp_path, "cache.py")) == [
        "leadlex_pandas/cache.py: cache has no row in the table; add it to HOUSE"
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("cli.py", "from . import __version__, sandbox\nfrom .reader import read_stats"),
        ("verbs/rates.py", "from .other import x\nfrom ..stats.core import y\nimport pandas"),
        ("stats/core.py", "import math, numpy.typing\nfrom scipy import special\nfrom .._checks import counts"),
        ("sandbox/server.py", "from . import portfolio\nfrom .service import x\nimport pandas"),
        ("__main__.py", "from .cli import main"),
        ("__init__.py", "from . import accessor, stats"),
    ],
)
def test_an_import_downward_is_allowed(tmp_path, path, code):
    assert violations(small_house(tmp_path, path, code)) == []
