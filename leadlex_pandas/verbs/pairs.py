"""Two snapshots of each campaign, and what is new between them: the columns of `changes`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats
from ..metrics import (
    COUNTS,
    Metric,
    caveat_column,
    join_caveats,
    metric_counts,
    rates,
    raw_counts,
    untracked,
    whole,
)
from ..stats.core import Mask
from ..stats.differences import difference_interval
from .caveats import without_codes
from .effects import Effects, find_effects
from .increments import counted, new_counts
from .intervals import rate_limits
from .maturity import CODES, growth_marks


@dataclass(frozen=True)
class Pair:
    """The snapshots at either end, row by row, and what is new between them."""

    now: pd.DataFrame
    before: pd.DataFrame
    metrics: list[Metric]
    new: pd.DataFrame
    fell: Mask
    where: str

    @classmethod
    def of(cls, now: pd.DataFrame, before: pd.DataFrame, metrics: list[Metric], where: str) -> Pair:
        """Subtract."""
        for metric in metrics:
            raw_counts(now, metric, where)  # names the columns that are missing
        new, fell = new_counts(now, before, counted(now, metrics), where)
        new.loc[(now["fetched_at"] == before["fetched_at"]).to_numpy()] = np.nan  # not read since
        return cls(now, before, metrics, new, fell, where)

    @property
    def known(self) -> Mask:
        """Which rows have two snapshots."""
        return (self.now["fetched_at"] > self.before["fetched_at"]).to_numpy()

    def count_columns(self) -> dict[str, Any]:
        """Write what is new of each count."""
        new = {str(name): self.new[name].to_numpy() for name in self.new}
        if "delivered_count" not in new and {"sent_count", "bounced_count"} <= set(new):
            new["delivered_count"] = np.maximum(new["sent_count"] - new["bounced_count"], 0)
        order = dict.fromkeys([*COUNTS, "delivered_count", *new])
        return {f"new_{name}": whole(new[name], self.new.index) for name in order if name in new}

    def new_events(self, metric: Metric) -> tuple[Floats, Floats]:
        """Give new events and trials, missing where they were not tracked."""
        events, trials = raw_counts(self.new, metric, self.where)
        off = untracked(self.now, metric, self.where)
        return np.where(off, np.nan, events), np.where(off, np.nan, trials)

    def effects(self, metric: Metric) -> Effects:
        """Find the design effect of the totals, which is more than that of a part of them."""
        return find_effects(self.now, metric, *metric_counts(self.now, metric, self.where), None, self.where)

    def rate_columns(self, metric: Metric, phi: Floats, level: float) -> dict[str, Floats]:
        """Write the rate of what is new, and its difference from that of before."""
        k, n = self.new_events(metric)
        k, n = np.where(n > 0, k, np.nan), np.where(n > 0, n, np.nan)
        k0, n0 = metric_counts(self.before, metric, self.where)  # tracking may have been switched on since
        rate, name = rates(k, n), metric.name
        low, high = rate_limits(k, n, level=level, design_effect=phi)
        below, above = difference_interval(k / phi, n / phi, k0 / phi, n0 / phi, level=level)
        difference = np.where(np.isnan(below), np.nan, rate - rates(k0, n0))
        return {
            f"new_{name}": rate, f"new_{name}_low": low, f"new_{name}_high": high,
            f"{name}_difference": difference, f"{name}_difference_low": below, f"{name}_difference_high": above,
        }  # fmt: skip

    def caveats(self, effects: dict[str, Effects]) -> pd.Series[str]:
        """Join what the totals give away with what happened since."""
        known = self.known
        marks = growth_marks(self.now, self.before, self.where)
        nowhere = np.zeros(len(known), dtype=bool)
        pairs = [self.new_events(metric) for metric in self.metrics]
        marks |= {
            "counts_fell": self.fell,
            "first_seen": self.before["fetched_at"].isna().to_numpy(),
            "not_read_since": (self.now["fetched_at"] == self.before["fetched_at"]).to_numpy(),
            "not_a_proportion": np.logical_or.reduce([nowhere, *[k > n for k, n in pairs]]),
            "design_effect_unknown": known & np.logical_or.reduce([nowhere, *[e.unknown for e in effects.values()]]),
        }
        return join_caveats(marks, caveat_column(without_codes(self.now, CODES), self.where))
