"""`leadlex demo`: the campaigns of an invented law firm, read over HTTP, judged and drawn."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from .. import sandbox
from ..metrics import percent

_CHART = "forest.png"


def add_command(commands: Any) -> None:
    """Say what may be given."""
    parser = commands.add_parser("demo", help="read, judge and draw the campaigns of an invented law firm, offline")
    parser.add_argument(
        "--seed", type=_seed, default=sandbox.DEFAULT_SEED, help="which portfolio to invent (default %(default)s)"
    )
    parser.add_argument("--out", default="leadlex-demo", help="folder for the chart (default %(default)s)")
    parser.set_defaults(run=demo)


def demo(options: argparse.Namespace) -> int:
    """Run the command; 0 if all went well, 1 if the chart could not be written."""
    folder = Path(options.out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _CHART).touch()
    except OSError as error:
        print(f"leadlex demo: cannot write into {options.out}: {error.strerror}. Name another folder with --out.",
              file=sys.stderr)  # fmt: skip
        return 1
    _demo(options.seed, folder / _CHART)
    return 0


def _seed(text: str) -> int:
    """Read a whole number of at least 0; argparse says what was wrong."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 0, not {text!r}")
    return int(text)


def _demo(seed: int, chart: Path) -> None:
    from .. import UnlikeStepsWarning, benchmark, read_stats
    from ..plotting.data import forest_data
    from ..plotting.figures import own_figure
    from ..plotting.forest import draw, size

    with sandbox.start(seed=seed) as server:
        stats = read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnlikeStepsWarning)  # said in the last line instead
        table = benchmark(stats, "reply_rate")
    rows = forest_data(table, max_rows=None)
    print(f"{len(stats)} campaigns of an invented law firm, read over HTTP from a local sandbox.\n")
    print(rows.attrs["title"], end="\n\n")
    print(_text_table(table.loc[rows.index]))
    print("\n+N sends: too few to tell; with about N more emails it could probably be told.")
    shown = forest_data(table)
    own_figure(draw, shown, size(shown)).savefig(chart, dpi=150)
    print(f"\nChart: {chart.resolve()}\nNext:  notebooks/01_first_look.ipynb tells what the verdicts mean.")
    print("Mind:  sequences of 1 to 5 emails are compared; replies per email fall as they get longer.")


def _text_table(table: pd.DataFrame) -> str:
    """Write a benchmark table in 80 columns."""
    lines = [f"{'Campaign':<33} {'Replies/sent':>12} {'Rate':>6} {'95 % limits':>12}  Verdict"]
    lines += [_text_row(row) for row in table.to_dict("records")]
    return "\n".join(lines)


def _text_row(row: Mapping[Hashable, Any]) -> str:
    few = row["verdict"] == "too few sends"
    verdict = f"+{row['sends_more']:,} sends" if few and row["sends_more"] is not pd.NA else row["verdict"]
    limits = f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"
    count = f"{row['events']:,}/{row['trials']:,}"
    label = _shortened(str(row["label"]), 33)
    return f"{label:<33} {count:>12} {percent(row['rate']):>6} {limits:>12}  {verdict}".rstrip()


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 2].rstrip()}.."
