"""The stored notebooks: run from top to bottom, with outputs, and nothing in them that differs between machines."""

import datetime
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))

LARGEST = 1_000_000  # bytes
ANYWHERE = {  # in sources and outputs
    "absolute path": re.compile(r"(?<![\w.:/])/(?:home|root|tmp|work|Users|usr|var|mnt|opt)/|\b[A-Z]:\\"),
    "address with a port": re.compile(r"\b(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1\]):\d+"),
    "key": re.compile(r"wbk_[A-Za-z0-9]{8,}"),
}
IN_OUTPUTS = {
    "clock time": re.compile(r"\b\d{1,2}:\d{2}:\d{2}\b"),
    "memory address": re.compile(r"\b0x[0-9a-f]{6,}\b"),
}
DRAWS = re.compile(r"\.plot\.\w+\(|\bplotting\.[a-z]\w*\(|\bplt\.(?:plot|show|subplots)\(")


def faults(path):
    """Everything that is wrong with a stored notebook, as text; cells are counted from 1."""
    text = path.read_text(encoding="utf-8")
    raw = json.loads(text)
    found = [] if text.endswith("}\n") else ["no newline at the end"]
    found += ["too large"] if path.stat().st_size >= LARGEST else []
    found += ["kernel is not python3"] if raw["metadata"].get("kernelspec", {}).get("name") != "python3" else []
    found += ["widget state"] if "widgets" in raw["metadata"] else []
    notebook = nbformat.reads(text, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    counts = [cell.execution_count for cell in code]
    found += [f"execution counts {counts}"] if counts != list(range(1, len(code) + 1)) else []
    found += ["no outputs"] if not any(cell.outputs for cell in code) else []
    for number, cell in enumerate(notebook.cells, 1):
        found += [f"cell {number}: {fault}" for fault in cell_faults(cell)]
    return found


def cell_faults(cell):
    shown = "\n".join(output_texts(cell))
    found = [what for what, pattern in ANYWHERE.items() if pattern.search(f"{cell.source}\n{shown}")]
    found += [what for what, pattern in IN_OUTPUTS.items() if pattern.search(shown)]
    found += ["date of today"] if any(day in shown for day in today()) else []
    found += ["execution time"] if {"execution", "ExecuteTime"} & set(cell.metadata) else []
    return found + (code_faults(cell) if cell.cell_type == "code" else [])


def code_faults(cell):
    found = ["trailing ;"] if cell.source.rstrip().endswith(";") else []
    found += ["stderr"] if any(output.get("name") == "stderr" for output in cell.outputs) else []
    failed = any(output.output_type == "error" for output in cell.outputs)
    found += ["error"] if failed and "raises-exception" not in cell.metadata.get("tags", []) else []
    drawn = any("image/png" in output.get("data", {}) for output in cell.outputs)
    found += ["image missing"] if DRAWS.search(cell.source) and "ax=" not in cell.source and not drawn else []
    return found


def output_texts(cell):
    for output in cell.get("outputs", []):
        yield from [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        yield from [str(data) for kind, data in output.get("data", {}).items() if not kind.startswith("image/")]


def today():
    return {f"{datetime.datetime.now(zone):%Y-%m-%d}" for zone in (None, datetime.UTC)}


def test_there_are_notebooks():
    assert NOTEBOOKS, "notebooks/ holds no notebook"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_clean(path):
    assert faults(path) == []


def stored(folder, *cells, **metadata):
    notebook = new_notebook(
        cells=list(cells), metadata={"kernelspec": {"name": "python3", "display_name": ""}, **metadata}
    )
    path = folder / "small.ipynb"
    path.write_text(nbformat.writes(notebook).rstrip() + "\n", encoding="utf-8")
    return path


def cell(source="1 + 1", shown="2", count=1, **metadata):
    outputs = [new_output("execute_result", {"text/plain": shown}, execution_count=count)]
    return new_code_cell(source, outputs=outputs, execution_count=count, metadata=metadata)


def printed(name, text):
    return new_code_cell("f()", outputs=[new_output("stream", name=name, text=text)], execution_count=1)


def failing(**metadata):
    error = new_output("error", ename="E", evalue="no", traceback=["E: no"])
    return new_code_cell("f()", outputs=[error], execution_count=1, metadata=metadata)


def test_a_clean_notebook_passes(tmp_path):
    picture = new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure size 9x4>"})
    drawing = new_code_cell("ax = df.leadlex.plot.forest()", outputs=[picture], execution_count=2)
    cells = [new_markdown_cell("# Rates / limits; see docs/home/"), cell(), new_code_cell(""), drawing]
    onto_axes = cell("df.leadlex.plot.forest(ax=left)", "<Axes: >", count=3)
    assert faults(stored(tmp_path, *cells, onto_axes)) == []
    assert faults(stored(tmp_path, failing(tags=["raises-exception"]))) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (cell(shown="'/" + "home/anna/stats.csv'"), "absolute path"),
        (cell("open('/" + "tmp/x')"), "absolute path"),
        (new_markdown_cell("see C:" + "\\Users\\anna"), "absolute path"),
        (printed("stdout", "written to /" + "work/x.png"), "absolute path"),
        (cell(shown="http://127.0.0.1" + ":40123/v1"), "address with a port"),
        (cell("url = 'http://localhost" + ":8000'"), "address with a port"),
        (cell("key = 'wbk_" + "a1B2c3D4e5'"), "key"),
        (cell(shown="2026-01-05 10" + ":32:07+00:00"), "clock time"),
        (printed("stdout", f"read on {datetime.datetime.now():%Y-%m-%d}"), "date of today"),
        (cell(shown="<object at 0x" + "7f5591e2e050>"), "memory address"),
        (printed("stderr", "UserWarning"), "stderr"),
        (cell("ax = f();"), "trailing ;"),
        (cell(execution={"iopub.status.busy": "now"}), "execution time"),
        (failing(), "error"),
        (cell("df.leadlex.plot.forest()", "<Axes: >"), "image missing"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_found(tmp_path, bad, fault):
    assert f"cell 2: {fault}" in faults(stored(tmp_path, new_markdown_cell("# A"), bad))


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ([cell(count=2)], "execution counts [2]"),
        ([cell(), cell(count=3)], "execution counts [1, 3]"),
        ([cell(), new_code_cell("x = 1")], "execution counts [1, None]"),
        ([new_code_cell("x = 1", execution_count=1)], "no outputs"),
        ([cell(shown="x" * LARGEST)], "too large"),
    ],
)
def test_a_bad_run_is_found(tmp_path, cells, fault):
    assert faults(stored(tmp_path, *cells)) == [fault]


def test_bad_metadata_is_found(tmp_path):
    path = stored(tmp_path, cell(), widgets={}, kernelspec={"name": "venv", "display_name": ""})
    path.write_text(path.read_text(encoding="utf-8").rstrip(), encoding="utf-8")
    assert faults(path) == ["no newline at the end", "kernel is not python3", "widget state"]
