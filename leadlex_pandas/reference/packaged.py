"""The benchmarks that come with the package: few rows, each with its population, base, years, source and licence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from .._checks import did_you_mean
from ..errors import InputError
from .benchmarks import Benchmark
from .rows import Row, read_rows, rows_as_arguments

__all__ = ["list_benchmarks", "load_benchmark"]

_FILE = Path(__file__).with_name("benchmarks.csv")
_COLUMNS = [
    "population", "metric", "statistic", "value", "base", "unit", "years", "campaigns", "emails", "era", "source",
    "url", "licence",
]  # fmt: skip


def list_benchmarks() -> pd.DataFrame:
    """List the benchmarks that come with the package, one row per figure.

    Returns
    -------
    pandas.DataFrame
        Indexed by `name`, what `load_benchmark` and `benchmark(against=...)` take; several rows of one name are
        its quantiles, or several publishers' means, which are taken as a range. `population`, `metric`, `statistic`,
        `value` (a fraction), `base` and `unit` (what it is per), `years`, `campaigns` and `emails` (how many; missing
        where not told), `era` (opens before mail-privacy prefetch, which began in 2021, are not comparable with those
        after it), `source`, `url` and `licence`. The set `cold-b2b-it-2026` is that of Clientium, Osservatorio Outbound
        Italia, CC BY 4.0. Your own history outranks them all: pass last quarter's frame as `against`.

    Examples
    --------
    >>> import leadlex_pandas
    >>> leadlex_pandas.list_benchmarks().loc["cold-b2b-it-2026", ["metric", "statistic", "value", "base"]]
                          metric statistic   value  base
    name
    cold-b2b-it-2026  reply_rate       p25  0.0105  sent
    cold-b2b-it-2026  reply_rate    median  0.0171  sent
    cold-b2b-it-2026  reply_rate       p75  0.0259  sent
    cold-b2b-it-2026  reply_rate       p90  0.0379  sent
    """
    table = pd.DataFrame(_rows()).set_index("name")
    spans = zip(table["year_from"], table["year_to"], strict=True)
    table["years"] = [first if first == last else f"{first}-{last}" for first, last in spans]
    table["value"] = table["value"].astype("float64")
    for column in ("campaigns", "emails"):
        table[column] = pd.to_numeric(table[column]).astype("Int64")
    return table[_COLUMNS]


def load_benchmark(name: str) -> Benchmark:
    """Load a benchmark that comes with the package.

    Parameters
    ----------
    name : str
        One of the names of `list_benchmarks`.

    Returns
    -------
    Benchmark
        With its source, licence and years.

    Raises
    ------
    InputError
        If there is none of this name.

    Examples
    --------
    >>> import leadlex_pandas
    >>> leadlex_pandas.load_benchmark("cold-b2b-it-2026").quantiles
    {0.25: 0.0105, 0.5: 0.0171, 0.75: 0.0259, 0.9: 0.0379}
    """
    if not is_packaged(name):
        names = packaged_names()
        raise InputError(
            f"load_benchmark: there is no packaged benchmark {name!r}.{did_you_mean(name, names)} "
            f"There are {', '.join(names)}."
        )
    return Benchmark(**rows_as_arguments(_rows(), _FILE, name))


def packaged_names() -> list[str]:
    """Name the benchmarks that come with the package."""
    return list(dict.fromkeys(row["name"] for row in _rows()))


def is_packaged(name: object) -> bool:
    """Tell whether a benchmark of this name comes with the package."""
    return any(row["name"] == name for row in _rows())


def population_of(benchmark: Benchmark) -> str | None:
    """Say whose figures a packaged benchmark has, in short; None for any other."""
    if not is_packaged(benchmark.name) or benchmark != load_benchmark(benchmark.name):
        return None
    first, *others = dict.fromkeys(row["population"].split(";")[0] for row in _rows() if row["name"] == benchmark.name)
    return f"{first} and others" if others else first


@cache
def _rows() -> list[Row]:
    return read_rows(_FILE)
