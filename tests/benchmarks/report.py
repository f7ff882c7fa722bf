"""A row of the benchmark table, and how the table is printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. `ok` is None for what depends on time: it is printed beside its goal, and fails nothing."""

    name: str
    figure: str
    goal: str
    ok: bool | None = None


def print_table(rows: list[Row]) -> None:
    """Print the table; what fails is marked."""
    marks = {True: "ok", False: "FAILED", None: ""}
    width = max(len(row.name) for row in rows)
    figures = max(len(row.figure) for row in rows)
    for row in rows:
        print(f"{row.name:<{width}}  {row.figure:<{figures}}  {row.goal}  {marks[row.ok]}".rstrip())


def seconds(work: Callable[[], object]) -> float:
    """Time one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratio(ours: Callable[[], object], other: Callable[[], object], runs: int) -> tuple[float, float]:
    """Time two pieces of work in turn; give the median ratio of the pairs, and our median seconds."""
    pairs = [(seconds(ours), seconds(other)) for _ in range(runs)]
    return statistics.median(a / b for a, b in pairs), statistics.median(a for a, _ in pairs)
