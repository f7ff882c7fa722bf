"""`benchmark` beside one vectorised pass of `rest_test` over the same rows, and the memory it takes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
from report import Row, ratio, seconds

from leadlex_pandas import benchmark
from leadlex_pandas.stats import proportion_interval, rest_test


def run(short: bool) -> list[Row]:
    """Measure none odd, a fifth odd on one side or the other, and small portfolios with a few odd ones."""
    many = 20_000 if short else 100_000
    return [
        _row("none odd", many, 0.0, 2.5, 3, 8),
        _row("a fifth at 2.5 times the rate", many, 0.2, 2.5, 3, 12),
        _row("a fifth at 1/2.5 of it", many, 0.2, 1 / 2.5, 3, 12),
        _row("few odd", 200, 0.02, 2.5, 9, 25),
        _row("few odd", 40, 0.1, 2.5, 9, 25),
        _memory(many),
        *([] if short else [_million()]),
        _wilson(short),
    ]


def portfolio(campaigns: int, odd: float, factor: float = 2.5) -> pd.DataFrame:
    """Make campaigns of 30 to 3,000 sends at 4 %, some at another rate."""
    rng = np.random.default_rng(0)
    sends = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    rates = np.where(rng.uniform(size=campaigns) < odd, 0.04 * factor, 0.04)
    return pd.DataFrame({"sent_count": sends, "replied_count": rng.binomial(sends, rates)})


def _row(what: str, campaigns: int, odd: float, factor: float, runs: int, most: int) -> Row:
    df = portfolio(campaigns, odd, factor)
    k, n = (df[column].to_numpy(float) for column in ("replied_count", "sent_count"))
    found, took = ratio(lambda: benchmark(df), lambda: rest_test(k, n, k.sum(), n.sum()), runs)
    name = f"benchmark, {campaigns:,} campaigns, {what} / one rest_test pass"
    return Row(name, f"{found:.1f} ({1000 * took:.0f} ms)", f"{most} at most")


def _memory(campaigns: int) -> Row:
    df = portfolio(campaigns, 0.2)
    peak = _peak(df) / (16 * campaigns)
    return Row(
        f"benchmark, {campaigns:,} campaigns: peak memory / two columns", f"{peak:.0f}", "40 at most", peak <= 40
    )


def _million() -> Row:
    df = portfolio(1_000_000, 0.2)
    took, peak = seconds(lambda: benchmark(df)), _peak(df) / 2**30
    return Row(
        "benchmark, 1,000,000 campaigns, a fifth odd", f"{took:.1f} s, {peak:.2f} GiB", "4 GiB at most", peak <= 4
    )


def _peak(df: pd.DataFrame) -> int:
    benchmark(df.head(100))  # what is imported for the first time is not counted
    tracemalloc.start()
    benchmark(df)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _wilson(short: bool) -> Row:
    from statsmodels.stats.proportion import proportion_confint

    df = portfolio(100_000 if short else 1_000_000, 0.0)
    k, n = (df[column].to_numpy(float) for column in ("replied_count", "sent_count"))
    found, _ = ratio(lambda: proportion_interval(k, n), lambda: proportion_confint(k, n, method="wilson"), 5)
    return Row("proportion_interval / statsmodels' array call", f"{found:.2f}", "1 at most")
