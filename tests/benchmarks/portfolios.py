"""How often the calls are right, over many seeded portfolios whose true rates are known."""

from __future__ import annotations

import numpy as np
from report import Row

from leadlex_pandas import benchmark
from leadlex_pandas.sandbox.portfolio import COMMON_RATE, portfolio


def run(short: bool) -> list[Row]:
    """Judge portfolios of seeds 0 to 199 (0 to 19 when short); depends on the draws alone."""
    seeds = range(20 if short else 200)
    totals = np.sum([_one(seed) for seed in seeds], axis=0)
    calls, false, wrong_side, large, found = (int(total) for total in totals)
    name = f"portfolios of seeds 0 to {seeds[-1]}"
    return [
        Row(f"{name}: large odd campaigns found", f"{found} of {large} ({found / large:.0%})", "80 % at least",
            found >= 0.8 * large),
        Row(f"{name}: calls on campaigns at the common rate", f"{false} of {calls} ({false / calls:.1%})", "6 % at most",
            false <= 0.06 * calls),
        Row(f"{name}: calls on the wrong side", f"{wrong_side} of {calls}", "1 % at most", wrong_side <= 0.01 * calls),
    ]  # fmt: skip


def _one(seed: int) -> tuple[int, int, int, int, int]:
    made = portfolio(seed)
    verdict = benchmark(made.counts)["verdict"].astype(str).to_numpy()
    true = made.true_rates.to_numpy()
    side = np.where(true > COMMON_RATE, "above", "below")
    odd = true != COMMON_RATE
    called = np.isin(verdict, ["above", "below"])
    large = odd & (made.counts["sent_count"] >= 2000).to_numpy()
    right = verdict == side
    return (
        int(called.sum()),
        int((called & ~odd).sum()),
        int((called & odd & ~right).sum()),
        int(large.sum()),
        int((large & right).sum()),
    )
