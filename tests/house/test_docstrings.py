"""Every public name says what it does, takes, gives and raises, and shows it; every example is run."""

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import leadlex_pandas
from leadlex_pandas import sandbox

ROOT = Path(__file__).parents[2]
ORDER = ["Parameters", "Attributes", "Returns", "Raises", "Warns", "References", "Examples"]


def public_objects():
    """Every function and class in the `__all__` of a module that is not private: its full name -> the object."""
    found = {}
    names = [module.name for module in pkgutil.walk_packages(leadlex_pandas.__path__, "leadlex_pandas.")]
    for module in (importlib.import_module(name) for name in names if "._" not in name):
        for value in (getattr(module, name) for name in getattr(module, "__all__", ())):
            if inspect.isfunction(value) or inspect.isclass(value):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return dict(sorted(found.items()))


PUBLIC = public_objects()


def sections(thing):
    """The numpydoc sections of a docstring: heading -> text; the summary stands under ""."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", inspect.getdoc(thing) or "", flags=re.MULTILINE)
    return {"": parts[0].strip()} | {
        head: text.strip("\n") for head, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def described(text):
    """The names a Parameters section describes: `low, high : float` are two."""
    heads = [line.partition(" : ")[0] for line in text.splitlines() if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for head in heads for name in head.split(",")]


def taken(thing):
    return [name for name in inspect.signature(thing).parameters if name not in ("self", "args", "kwargs")]


def gaps(thing):
    """What the docstring of a function or class lacks."""
    parts = sections(thing)
    found = [] if parts[""] else ["summary"]
    if inspect.isclass(thing) and issubclass(thing, Exception):
        if not re.match(r"Raised\b|Warned\b|The class of ", parts[""]):
            found.append("summary that says when")
    elif inspect.isclass(thing):
        found += wrong_parameters(thing, parts) if "Parameters" in parts else []
        found += ["Parameters or Attributes"] if taken(thing) and not {"Parameters", "Attributes"} & set(parts) else []
    else:
        found += wrong_parameters(thing, parts)
        found += ["Raises"] if can_raise(thing) and "Raises" not in parts else []
        gives = inspect.signature(thing).return_annotation not in (None, "None")
        found += ["Returns"] if gives and "Returns" not in parts else []
    found += [] if ">>>" in parts.get("Examples", "") else ["Examples"]
    known = [head for head in parts if head in ORDER]
    found += [] if known == sorted(known, key=ORDER.index) else ["order of sections"]
    found += [f"{name} without docstring" for name, member in own_members(thing) if not inspect.getdoc(member)]
    return found


def can_raise(thing):
    """Whoever takes an argument checks it; only the inside of the sandbox is given arguments that its face checked."""
    inside = thing.__module__.startswith("leadlex_pandas.sandbox.") and thing not in vars(sandbox).values()
    return bool(taken(thing)) and (not inside or "raise " in inspect.getsource(thing))


def wrong_parameters(thing, parts):
    names, wanted = described(parts.get("Parameters", "")), taken(thing)
    return [] if names == wanted else [f"Parameters {names}, but it takes {wanted}"]


def own_members(thing):
    """Public methods and properties that a class defines itself."""
    members = vars(thing).items() if inspect.isclass(thing) else ()
    return [(name, each) for name, each in members if name[0] != "_" and isinstance(each, property | type(gaps))]


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring_is_complete(name):
    assert gaps(PUBLIC[name]) == []


def test_the_public_names_are_found():
    assert {"leadlex_pandas.verbs.benchmark.benchmark", "leadlex_pandas.sandbox.server.start"} <= set(PUBLIC)
    shown = [getattr(leadlex_pandas, name) for name in leadlex_pandas.__all__]
    assert {each for each in shown if inspect.isfunction(each) or inspect.isclass(each)} <= set(PUBLIC.values())


def complete(first, *, second=1) -> int:
    """Add.

    Parameters
    ----------
    first, second : int
        What is added.

    Returns
    -------
    int
        The sum.

    Raises
    ------
    TypeError
        If they do not add up.

    Examples
    --------
    >>> complete(1)
    2
    """
    return first + second


@pytest.mark.parametrize(
    ("old", "new", "gap"),
    [
        ("Add.", "", "summary"),
        ("first, second", "first", "Parameters ['first'], but it takes ['first', 'second']"),
        (
            "first, second",
            "first, second, third",
            "Parameters ['first', 'second', 'third'], but it takes ['first', 'second']",
        ),
        ("Returns\n-------", "Gives\n-----", "Returns"),
        ("Raises\n------", "Fails\n-----", "Raises"),
        (">>>", "$", "Examples"),
        ("Examples\n--------", "", "Examples"),
        ("Raises\n------", "References\n----------\nx\n\nRaises\n------", "order of sections"),
    ],
)
def test_a_gap_in_a_function_is_found(monkeypatch, old, new, gap):
    assert gaps(complete) == []
    monkeypatch.setattr(complete, "__doc__", inspect.getdoc(complete).replace(old, new))
    assert gaps(complete) == [gap]


def test_a_gap_in_a_class_is_found():
    class WrongError(ValueError):
        """Something is wrong."""

    class Plain:
        """A thing."""

        def __init__(self, size): ...

        def act(self): ...

        @property
        def size(self): ...

        def _hidden(self): ...

    assert gaps(WrongError) == ["summary that says when", "Examples"]
    assert gaps(Plain) == [
        "Parameters or Attributes", "Examples", "act without docstring", "size without docstring",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def collected():
    """The examples that the project's own test run finds in the package and in its pages."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    places = ["leadlex_pandas", "docs", "README.md"]
    done = subprocess.run([*command, *places], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return {line.partition("::")[2] or line for line in done.stdout.splitlines() if "::" in line}


def test_every_example_is_run(collected):
    assert [name for name in PUBLIC if name not in collected] == []
    pages = [page for page in ["README.md", *ROOT.glob("docs/**/*.md")] if ">>>" in (ROOT / page).read_text("utf-8")]
    assert [Path(page).name for page in pages if Path(page).name not in collected] == []
    assert "README.md" in collected
    assert "leadlex_pandas.gone" not in collected
