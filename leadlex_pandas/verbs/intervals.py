"""`add_intervals`: how sure each rate is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from .._checks import Floats, check_above, check_fraction, check_frame, check_option
from ..metrics import Metric, find_metrics, metric_counts
from ..stats.intervals import count_rate_interval, proportion_interval

__all__ = ["add_intervals"]


def add_intervals(
    df: pd.DataFrame,
    metrics: str | Metric | Iterable[str | Metric] | None = None,
    *,
    level: float = 0.95,
    method: str = "wilson",
    design_effect: float | None = None,
) -> pd.DataFrame:
    """Add the limits of each rate.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the counts of the metrics.
    metrics : str, Metric or iterable of these, optional
        Which rates; by default all whose counts the frame has.
    level : float, default 0.95
        Confidence level, between 0 and 1.
    method : {"wilson", "jeffreys", "clopper-pearson", "agresti-coull"}, default "wilson"
        As in `stats.proportion_interval`.
    design_effect : float, optional
        How many times the variance of the counts is that of a binomial, at least 1; None is 1. Opens and clicks of
        one recipient come in bunches, so theirs is rather 1.5 to 3.

    Returns
    -------
    pandas.DataFrame
        A copy with `<metric>_low` and `<metric>_high` (fractions). Missing where the rate is. Where events exceed their
        base the rate is no proportion: the limits are then those of a Poisson count, and may be above 1.

    Raises
    ------
    InputError
        If an argument is outside its range, a metric is unknown, or a count is negative, fractional or no number.
    ColumnsError
        If a metric's counts are missing.

    References
    ----------
    Wilson (1927), JASA 22:209; Garwood (1936), Biometrika 28:437, for counts above their base.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247], "replied_count": [89]}, index=["cmp_abc123"])
    >>> leadlex_pandas.add_intervals(df, "reply_rate").round(4)
                sent_count  replied_count  reply_rate_low  reply_rate_high
    cmp_abc123        1247             89          0.0584            0.087
    """
    where = "add_intervals"
    frame = check_frame(df, where)
    check_fraction(level, "level", where)
    phi = default_design_effect(design_effect, where)
    check_option(method, "method", where, ("wilson", "jeffreys", "clopper-pearson", "agresti-coull"))
    limits: dict[str, Floats] = {}
    for metric in find_metrics(frame, metrics, where):
        low, high = rate_limits(*metric_counts(frame, metric, where), level=level, method=method, design_effect=phi)
        limits |= {f"{metric.name}_low": low, f"{metric.name}_high": high}
    return frame.assign(**limits)


def rate_limits(
    k: Floats, n: Floats, *, level: float, design_effect: float, method: str = "wilson"
) -> tuple[Floats, Floats]:
    """Give the limits of a rate on effective counts; Poisson limits where events exceed their base."""
    k, n = k / design_effect, n / design_effect
    low, high = proportion_interval(k, n, level=level, method=method)
    above = k > n
    if above.any():
        ratio_low, ratio_high = count_rate_interval(k, n, level=level)
        low, high = np.where(above, ratio_low, low), np.where(above, ratio_high, high)
    return low, high


def default_design_effect(design_effect: object, where: str) -> float:
    """Check a design effect; None is 1."""
    if design_effect is None:
        return 1.0
    return check_above(design_effect, "design_effect", where, 1, inclusive=True)
