"""One change of the metric in the explorer, beside the judgement and a bare picture of the same artists."""

from __future__ import annotations

import io
import statistics

import pandas as pd
from report import Row, seconds

from leadlex_pandas import benchmark
from leadlex_pandas.explorer import explore, pictures
from tests.explorer.frames import portfolio

_METRICS = ("open_rate", "reply_rate")
_RUNS = 6


def run(short: bool) -> list[Row]:
    """Time changes at 200 campaigns and at 10,000 (3,000 when short), with their parts."""
    large = 3_000 if short else 10_000
    few, parts = _change(portfolio(200)), _parts(portfolio(200))
    many = _change(portfolio(large))
    told = f"{few / parts:.2f} ({1000 * few:.0f} ms / {1000 * parts:.0f} ms)"
    grown = f"{many / few:.2f} ({1000 * many:.0f} ms)"
    return [
        Row("explorer, a change at 200 campaigns / benchmark and a bare PNG of the same artists", told, "2 at most"),
        Row(f"explorer, a change at {large:,} campaigns / at 200", grown, "3 at most"),
    ]


def _change(df: pd.DataFrame) -> float:
    """Give the median seconds from a change of the metric until all is shown."""
    explorer = explore(df)

    def change(number: int) -> None:
        explorer.metric = _METRICS[number % 2]
        explorer.wait()

    change(0)
    change(1)
    took = statistics.median(seconds(lambda number=number: change(number)) for number in range(_RUNS))
    explorer.close()
    return took


def _parts(df: pd.DataFrame) -> float:
    """Give the median seconds for judging, and for drawing the figure that the explorer drew once more."""
    drawn, keep = [], pictures.png_bytes
    pictures.png_bytes = lambda figure: drawn.append(figure) or keep(figure)
    explorer = explore(df)
    pictures.png_bytes = keep
    judged = statistics.median(seconds(lambda: benchmark(df)) for _ in range(_RUNS))
    bare = statistics.median(seconds(lambda: drawn[0].savefig(io.BytesIO(), format="png")) for _ in range(_RUNS))
    explorer.close()
    return judged + bare
