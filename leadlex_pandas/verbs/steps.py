"""Replies per email of sequences that differ in length: they fall as sequences get longer, whatever their quality."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import count_column
from ..errors import UnlikeStepsWarning
from ..metrics import Metric, missing_columns
from ..stats.core import Mask
from .once import warn_once


def unlike_steps(
    df: pd.DataFrame,
    metric: Metric,
    proper: Mask,
    families: Iterable[NDArray[np.intp]],
    where: str,
    *,
    marked: bool = True,
) -> Mask:
    """Tell which rows give replies per email within a family whose sequences are known to differ in length; warn.

    `marked` says whether the table has caveats to mark such rows with.
    """
    unlike = np.zeros(len(df), dtype=bool)
    per_email = metric.events == "replied_count" and metric.trials in ("sent_count", "delivered_count")
    if "steps" not in df or not per_email:
        return unlike
    steps = count_column(df, "steps", where)
    for family in families:
        rows = family[proper[family]]
        known = steps[rows][~np.isnan(steps[rows])]
        unlike[rows] = len(known) > 0 and known.min() < known.max()
    if unlike.any():
        _warn(df, where, "; the rows carry the caveat unlike_steps" if marked else "")
    return unlike


def _warn(df: pd.DataFrame, where: str, mark: str) -> None:
    needs = " (it needs contacts_reached: read_campaigns(details=True) tells it, or assign it)"
    instead = f"Judge 'reply_rate_contact'{needs if missing_columns(df, ['contacts_reached']) else ''}"
    warn_once(
        f"{where}: replies per email fall as sequences get longer, and the sequences compared here differ in steps"
        f'{mark}. {instead}, or compare like with like (by="steps").',
        UnlikeStepsWarning,
    )
