"""`benchmark` beside one vectorised pass of `rest_test` over the same rows, and the memory it takes."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
from report import Row, ratio

from leadlex_pandas import benchmark
from leadlex_pandas.stats import proportion_interval, rest_test


def run(short: bool) -> list[Row]:
    """Measure none odd, a fifth odd, and a small portfolio with a few odd ones."""
    many = 20_000 if short else 100_000
    return [
        _row(f"benchmark, {many:,} campaigns, none odd / one rest_test pass", many, 0.0, 3, "8 at most (later)"),
        _row(f"benchmark, {many:,} campaigns, a fifth odd / one rest_test pass", many, 0.2, 3, "12 at most (later)"),
        _row("benchmark, 200 campaigns, few odd / one rest_test pass", 200, 0.02, 9, "25 at most (later)"),
        _memory(many),
        _wilson(short),
    ]


def portfolio(campaigns: int, odd: float) -> pd.DataFrame:
    """Make campaigns of 30 to 3,000 sends at 4 %, some at 2.5 times that."""
    rng = np.random.default_rng(0)
    sends = np.exp(rng.uniform(np.log(30), np.log(3000), campaigns)).astype(np.int64)
    rates = np.where(rng.uniform(size=campaigns) < odd, 0.1, 0.04)
    return pd.DataFrame({"sent_count": sends, "replied_count": rng.binomial(sends, rates)})


def _row(name: str, campaigns: int, odd: float, runs: int, goal: str) -> Row:
    df = portfolio(campaigns, odd)
    k, n = (df[column].to_numpy(float) for column in ("replied_count", "sent_count"))
    found, took = ratio(lambda: benchmark(df), lambda: rest_test(k, n, k.sum(), n.sum()), runs)
    return Row(name, f"{found:.1f} ({1000 * took:.0f} ms)", goal)


def _memory(campaigns: int) -> Row:
    df = portfolio(campaigns, 0.2)
    benchmark(df.head(100))  # what is imported for the first time is not counted
    tracemalloc.start()
    benchmark(df)
    peak = tracemalloc.get_traced_memory()[1] / (16 * campaigns)
    tracemalloc.stop()
    return Row(
        f"benchmark, {campaigns:,} campaigns: peak memory / two columns", f"{peak:.0f}", "40 at most", peak <= 40
    )


def _wilson(short: bool) -> Row:
    from statsmodels.stats.proportion import proportion_confint

    df = portfolio(100_000 if short else 1_000_000, 0.0)
    k, n = (df[column].to_numpy(float) for column in ("replied_count", "sent_count"))
    found, _ = ratio(lambda: proportion_interval(k, n), lambda: proportion_confint(k, n, method="wilson"), 5)
    return Row("proportion_interval / statsmodels' array call", f"{found:.2f}", "1 at most (later)")
