"""What is new between two snapshots of a campaign: running totals are compared by their differences only."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from .._checks import Floats, count_column
from ..metrics import COUNTS, Metric
from ..stats.core import Mask


def counted(df: pd.DataFrame, metrics: Iterable[Metric]) -> list[str]:
    """Name the columns of running totals: the six counts, and those of metrics over or of others."""
    own = [column for metric in metrics for column in (metric.events, metric.trials)]
    derived = "delivered_count" if {"sent_count", "bounced_count"} <= set(df.columns) else None
    return [name for name in dict.fromkeys([*COUNTS, *own]) if name in df and name != derived]


def new_counts(
    now: pd.DataFrame, before: pd.DataFrame, columns: Iterable[str], where: str
) -> tuple[pd.DataFrame, Mask]:
    """Give what each count grew by, row by row, missing where it fell; and which rows have a count that fell.

    `delivered_count` is not among them where emails and bounces are: it follows from what is new of these, as a bounce
    that comes late takes back a delivery without any count having fallen.
    """
    grown: dict[str, Floats] = {}
    fell = np.zeros(len(now), dtype=bool)
    for name in columns:
        difference = count_column(now, name, where) - count_column(before, name, where)
        fell |= difference < 0  # False where either is missing
        grown[name] = np.where(difference < 0, np.nan, difference)
    return pd.DataFrame(grown, index=now.index), fell
