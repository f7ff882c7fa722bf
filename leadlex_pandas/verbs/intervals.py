"""`add_intervals`: how sure each rate is."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from .._checks import Floats, check_fraction, check_frame, check_option
from ..metrics import Metric, find_metrics, metric_counts
from ..stats.intervals import count_rate_interval, proportion_interval
from .effects import check_design_effect, find_effects, shown_effects

__all__ = ["add_intervals"]


def add_intervals(
    df: pd.DataFrame,
    metrics: str | Metric | Iterable[str | Metric] | None = None,
    *,
    level: float = 0.95,
    method: str = "wilson",
    design_effect: float | str | None = None,
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
    design_effect : float or "auto", optional
        How many times the variance of the counts is that of a binomial, at least 1; "auto" estimates it from the
        campaigns, as `benchmark` does. None is "auto" for opens and clicks, of which a recipient makes several, else 1.

    Returns
    -------
    pandas.DataFrame
        A copy with `<metric>_low` and `<metric>_high` (fractions). Missing where the rate is. Where events exceed their
        base the rate is no proportion: the limits are then those of a Poisson count, and may be above 1. For opens and
        clicks, and for all metrics if `design_effect` is given, `<metric>_design_effect` says what was used (at least
        1). Where it came from stands in `.attrs["design_effects"]`, metric by metric: given, assumed, estimated, or
        unknown, which is 1 for want of anything better: the limits are then too narrow. `.attrs["levels"]` says at
        which level the limits of each metric are.

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
    asked = check_design_effect(design_effect, where)
    check_option(method, "method", where, ("wilson", "jeffreys", "clopper-pearson", "agresti-coull"))
    limits: dict[str, Floats] = {}
    used: dict[str, dict[str, float | str | None]] = {}
    for metric in find_metrics(frame, metrics, where):
        k, n = metric_counts(frame, metric, where)
        effects = find_effects(frame, metric, k, n, asked, where)
        low, high = rate_limits(k, n, level=level, method=method, design_effect=effects.phi)
        limits |= {f"{metric.name}_low": low, f"{metric.name}_high": high, **shown_effects(metric, effects.phi, asked)}
        used[metric.name] = effects.facts(n > 0)
    done = frame.assign(**limits)
    levels = {**frame.attrs.get("levels", {}), **dict.fromkeys(used, float(level))}
    done.attrs = {**frame.attrs, "design_effects": used, "levels": levels}
    return done


def rate_limits(
    k: Floats, n: Floats, *, level: float, design_effect: float | Floats, method: str = "wilson"
) -> tuple[Floats, Floats]:
    """Give the limits of a rate on effective counts; Poisson limits where events exceed their base."""
    k, n = k / design_effect, n / design_effect
    low, high = proportion_interval(k, n, level=level, method=method)
    above = k > n
    if above.any():
        ratio_low, ratio_high = count_rate_interval(k, n, level=level)
        low, high = np.where(above, ratio_low, low), np.where(above, ratio_high, high)
    return low, high
