"""Changes of the metric in the explorer, beside the judgement and a bare picture of the same artists."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import pandas as pd
from report import Row, seconds

from leadlex_pandas import benchmark
from leadlex_pandas.explorer import canvas, explore, page, parts, pictures, tables, texts, widget
from tests.explorer.frames import portfolio

_METRICS = ("open_rate", "reply_rate")  # without and with campaigns that stand out
_RUNS = 6
# what is done in a change, by the functions that do it; what one does for another counts once
_PARTS = {
    "judge": [(widget, "judge")],
    "derive": [(widget, "view")],
    "draw": [(pictures, "picture")],
    "PNG": [(canvas, "png_bytes")],
    "HTML": [
        (tables, "table_html"),
        (parts, "chosen_html"),
        (parts, "code_html"),
        (parts, "status_html"),
        (texts, "status_text"),
        (pictures, "chart_html"),
        (page, "live"),
    ],
}


def run(short: bool) -> list[Row]:
    """Time changes at 200 campaigns and at 10,000 (3,000 when short), with their parts."""
    large = 3_000 if short else 10_000
    few, few_parts = _change(portfolio(200))
    many, many_parts = _change(portfolio(large))
    bare = statistics.mean(_bare(portfolio(200), metric) for metric in _METRICS)
    told = f"{few / bare:.2f} ({1000 * few:.0f} ms / {1000 * bare:.0f} ms)"
    grown = f"{many / few:.2f} ({1000 * many:.0f} ms)"
    return [
        Row("explorer, a change at 200 campaigns / benchmark and a bare PNG of the same artists", told, "2 at most"),
        Row("  its parts, milliseconds", few_parts, "80 in all"),
        Row(f"explorer, a change at {large:,} campaigns / at 200", grown, "3 at most"),
        Row("  its parts, milliseconds", many_parts, "-"),
    ]


def _change(df: pd.DataFrame) -> tuple[float, str]:
    """Give the seconds from a change of the metric until all is shown, the median of changes there and back.

    And what they are spent on, as a text.
    """
    explorer = explore(df)

    def there_and_back() -> None:
        for metric in _METRICS:
            explorer.metric = metric
            explorer.wait()

    there_and_back()
    took = statistics.median(seconds(there_and_back) for _ in range(_RUNS)) / len(_METRICS)
    with _spent() as spent:
        whole = seconds(lambda: [there_and_back() for _ in range(_RUNS)])
    explorer.close()
    changes = _RUNS * len(_METRICS)
    spent["rest"] = whole - sum(spent.values())
    return took, ", ".join(f"{name} {1000 * part / changes:.0f}" for name, part in spent.items())


@contextmanager
def _spent() -> Iterator[dict[str, float]]:
    """Add up the seconds that each part takes, without those of parts within it."""
    spent, within = dict.fromkeys(_PARTS, 0.0), [0.0]

    def timed(part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            begin = time.perf_counter()
            within.append(0.0)
            try:
                return work(*arguments, **options)
            finally:
                took = time.perf_counter() - begin
                spent[part] += took - within.pop()
                within[-1] += took

        return wrapped

    with ExitStack() as patches:
        for part, works in _PARTS.items():
            for module, name in works:
                patches.enter_context(patch.object(module, name, timed(part, getattr(module, name))))
        yield spent


def _bare(df: pd.DataFrame, metric: str) -> float:
    """Give the median seconds for judging, and for drawing the figure that the explorer drew once more."""
    drawn, keep = [], canvas.png_bytes
    with patch.object(canvas, "png_bytes", lambda figure: drawn.append(figure) or keep(figure)):
        explorer = explore(df, metric=metric)
    judged = statistics.median(seconds(lambda: benchmark(df, metric)) for _ in range(_RUNS))
    bare = statistics.median(seconds(lambda: drawn[0].savefig(io.BytesIO(), format="png")) for _ in range(_RUNS))
    explorer.close()
    return judged + bare
