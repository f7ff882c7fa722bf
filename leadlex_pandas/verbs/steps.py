"""Sequences of different lengths: whether replies per email can be compared between them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._checks import Floats, count_column
from ..errors import UnlikeStepsWarning
from ..metrics import Metric
from ..stats.core import Mask
from .once import warn_once


def known_steps(df: pd.DataFrame, metric: Metric, where: str) -> Floats:
    """Read how many emails each sequence has, if `metric` is replies per email, which fall with them; else all NaN."""
    per_email = metric.events == "replied_count" and metric.trials in ("sent_count", "delivered_count")
    if "steps" not in df or not per_email:
        return np.full(len(df), np.nan)
    return count_column(df, "steps", where)


def warn_of_unlike(steps: Floats, rows: Mask, df: pd.DataFrame, where: str) -> None:
    """Warn, once per process, if the sequences of some rows are known to differ in length."""
    known = steps[rows & ~np.isnan(steps)]
    if not len(known) or known.min() == known.max():
        return
    contacts = any(column in df for column in ("contacts_reached", "contacts"))
    instead = "Compare 'reply_rate_contact'" if contacts else "Read the contacts and compare 'reply_rate_contact'"
    warn_once(
        f"{where}: replies per email fall as sequences get longer, and the sequences compared here differ in steps. "
        f"{instead}, or compare like with like.",
        UnlikeStepsWarning,
    )
