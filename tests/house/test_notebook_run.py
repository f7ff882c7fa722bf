"""Notebooks as they run: a chart is shown once, and refreshing stores the same file each time or fails loudly."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

REFRESH = Path(__file__).parents[1] / "refresh_notebooks.py"

FRAME = """
import leadlex_pandas
import pandas as pd
df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 31]}, index=["a", "b"])
"""
ON_ITS_OWN = """
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
numbers = plt.get_fignums()
df.leadlex.plot.forest(against=0.04, ax=Figure().add_subplot())
print(plt.get_fignums() == numbers)
"""


def notebook(*sources):
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def shown(cell):
    """The pictures a cell shows; None for a figure that shows nothing."""
    return [output.data.get("image/png") for output in cell.outputs if output.output_type == "display_data"]


def test_a_chart_is_shown_once(monkeypatch):
    run = notebook(
        FRAME, "df.leadlex.plot.forest(against=0.04)", "ax = df.leadlex.plot.forest(against=0.04)", ON_ITS_OWN
    )
    monkeypatch.delenv("MPLBACKEND", raising=False)
    NotebookClient(run, kernel_name="python3", timeout=120).execute()
    assert [len(shown(cell)) for cell in run.cells] == [0, 1, 1, 0]
    assert base64.b64decode(shown(run.cells[1])[0]).startswith(b"\x89PNG")
    assert run.cells[3].outputs[0].text == "True\n"


def test_kernels_of_the_test_run_show_charts():
    """A backend named in the environment reaches the kernels of nbval, which then show no chart, unlike a user's."""
    backend = os.environ.get("MPLBACKEND")
    assert backend is None


def refresh(folder, *names):
    command = [sys.executable, REFRESH, "--folder", str(folder), *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def stored(tmp_path):
    """Store a notebook as someone left it: with counts, times and ids of their own."""

    def store(*sources, tags=()):
        left = notebook(*sources)
        left.cells.insert(0, new_markdown_cell("# Title"))
        left.metadata = {"widgets": {}, "kernelspec": {"name": "python3", "display_name": "mine"}}
        for cell in left.cells[1:]:
            cell.execution_count = 17
            cell.metadata = {"execution": {"iopub.status.busy": "now"}, "tags": list(tags)}
        nbformat.write(left, tmp_path / "one.ipynb")
        return tmp_path / "one.ipynb"

    return store


def test_refresh_stores_the_same_each_time(stored):
    path = stored("x = 1", "x + 1", "", "1 / 0", tags=["raises-exception"])
    first = refresh(path.parent)
    assert (first.returncode, first.stdout) == (0, "one.ipynb: changed, cells 3, 5\n"), first.stderr
    text = path.read_text(encoding="utf-8")
    run = nbformat.reads(text, as_version=4)
    assert [cell.id for cell in run.cells] == [f"cell-{number}" for number in range(1, 6)]
    assert [cell.execution_count for cell in run.cells[1:]] == [1, 2, None, 3]
    assert run.cells[2].outputs[0].data == {"text/plain": "2"}
    assert run.cells[2].outputs[0].execution_count == 2
    assert run.cells[4].outputs[0].traceback == ["ZeroDivisionError: division by zero"]
    assert run.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert "busy" not in text
    assert text.endswith("}\n")
    again = refresh(path.parent, "one.ipynb")
    assert (again.returncode, again.stdout) == (0, "one.ipynb: unchanged\n")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "NOT refreshed, a cell failed"),
        ("import warnings; warnings.warn('old')", "NOT refreshed, stderr must stay empty"),
    ],
)
def test_refresh_fails_loudly_and_changes_nothing(stored, source, told):
    path = stored("x = 1", source)
    before = path.read_bytes()
    done = refresh(path.parent)
    assert done.returncode == 1
    assert told in done.stderr
    assert path.read_bytes() == before


def test_refresh_of_nothing_fails(tmp_path):
    assert refresh(tmp_path).returncode == 2
    assert refresh(tmp_path, "gone").returncode == 2
