"""The page of errors names every public error and warning with what it carries, and draws the tree as it is."""

import inspect
import re
from pathlib import Path

import leadlex_pandas
from leadlex_pandas import errors

PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
RAISED = {
    name
    for name in errors.__all__
    if inspect.isclass(getattr(errors, name)) and issubclass(getattr(errors, name), BaseException)
}


def test_every_error_and_warning_stands_there():
    assert {name for name in RAISED if f"`{name}`" not in PAGE} == set()
    assert {"LeadlexError", "ReadInterrupted", "ProgressWarning"} <= RAISED


def test_the_tree_is_that_of_the_code():
    drawn = re.search(r"```text\n(LeadlexError\n.*?)\n\nReadInterrupted", PAGE, re.DOTALL)[1]
    assert drawn in inspect.getdoc(errors)
    parents = {}
    for line in drawn.splitlines():
        name = re.search(r"[A-Z]\w+", line)[0]
        depth = line.index(name) // 4
        parents[depth] = name
        if depth:
            assert issubclass(getattr(errors, name), getattr(errors, parents[depth - 1]))
    assert {name for name in RAISED if issubclass(getattr(errors, name), errors.LeadlexError)} == set(
        re.findall(r"^[│ ├└─]*(\w+)", drawn, re.MULTILINE)
    )


def test_all_of_them_are_public():
    assert set(leadlex_pandas.__all__) >= RAISED


def attributes(error):
    """The attributes that its docstring promises."""
    _, _, rest = inspect.getdoc(error).partition("Attributes\n----------\n")
    return re.findall(r"^(\w+) : ", rest.partition("\n\n")[0], re.MULTILINE)


def test_what_each_carries_stands_there():
    carried = {attribute for name in RAISED for attribute in attributes(getattr(errors, name))}
    assert {"stats", "failures", "status", "retry_after", "reason", "quota", "deadline"} <= carried
    assert {attribute for attribute in carried if not re.search(rf"`(?:error)?\.?{attribute}`", PAGE)} == set()
