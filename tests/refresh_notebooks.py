"""Run the notebooks and keep what they show: `python tests/refresh_notebooks.py [NAME...]`, in the tests' environment.

Each notebook of notebooks/ (or those named) is executed in its folder and written back with its outputs, without
anything that differs from run to run: no times, no widget state, no file paths of tracebacks, counts and cell ids in
order. A notebook with an error in a cell that is not tagged `raises-exception`, or with anything on stderr, is left as
it is, and the script ends with 1.
"""

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
_VIEW = "application/vnd.jupyter.widget-view+json"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Run the notebooks and store their outputs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01_first_look; by default all of them")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    paths = [options.folder / f"{Path(name).stem}.ipynb" for name in options.names]
    paths = paths or sorted(options.folder.glob("*.ipynb"))
    if not paths:
        parser.error(f"there is no notebook in {options.folder}")
    for path in paths:
        if not path.is_file():
            parser.error(f"there is no {path}")
    return 1 if sum([refresh(path) for path in paths]) < len(paths) else 0


def refresh(path):
    """Execute one notebook in place; tell whether that went well."""
    old = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(old, as_version=4)
    try:
        execute(notebook, path.parent)
    except CellExecutionError as error:
        print(f"{path.name}: NOT refreshed, a cell failed:\n{COLOURS.sub('', str(error))}", file=sys.stderr)
        return False
    told = stderr_of(notebook)
    if told:
        print(f"{path.name}: NOT refreshed, stderr must stay empty:\n{told}", file=sys.stderr)
        return False
    clean(notebook)
    nbformat.validate(notebook)
    new = nbformat.writes(notebook).rstrip("\n") + "\n"
    path.write_text(new, encoding="utf-8", newline="\n")
    print(f"{path.name}: {changes(nbformat.reads(old, as_version=4), notebook) if new != old else 'unchanged'}")
    return True


def execute(notebook, folder):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}  # else nothing is shown
    client = NotebookClient(notebook, kernel_name="python3", timeout=300, record_timing=False,
                            resources={"metadata": {"path": str(folder)}})  # fmt: skip
    client.execute(env=environment)


def stderr_of(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.get("name") == "stderr")


def clean(notebook):
    """Leave nothing that differs from run to run or from machine to machine."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({key: cell.metadata[key] for key in ("tags",) if cell.metadata.get(key)})
        if cell.cell_type == "code":
            run = bool(cell.source.strip())
            count += run
            cell.execution_count = count if run else None
            clean_outputs(cell)


def clean_outputs(cell):
    for output in cell.outputs:
        output.get("data", {}).pop(_VIEW, None)  # its state is not stored, and its name differs from run to run
        if output.output_type == "execute_result":
            output.execution_count = cell.execution_count
        if output.output_type == "error":  # the traceback names files of this machine
            output.traceback = [f"{output.ename}: {output.evalue}"]


def changes(old, new):
    """Say which cells show something else than before."""
    before = [(cell.source, cell.get("outputs")) for cell in old.cells]
    numbers = [
        f"{number}" for number, cell in enumerate(new.cells, 1) if (cell.source, cell.get("outputs")) not in before
    ]
    return f"changed, cells {', '.join(numbers)}" if numbers else "changed, outputs as before"


if __name__ == "__main__":
    sys.exit(main())
