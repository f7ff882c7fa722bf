"""`health`: whether bounces or unsubscribes put the sender's reputation at risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_columns, check_fraction, check_frame, is_number
from ..errors import InputError
from ..metrics import METRICS, Metric, find_metric, metric_counts, missing_columns, rates, whole
from ..stats.intervals import proportion_interval
from .reading import read_times

__all__ = ["health"]

ALL_CAMPAIGNS = "all campaigns"
STATUSES = ("breach", "watch", "not enough data", "clear", "not a proportion", "no data")


@dataclass(frozen=True)
class _Limits:
    metric: Metric
    watch: float
    breach: float
    source: str


_DEFAULTS = {
    "bounce_rate": (
        0.02,
        0.05,
        "HubSpot: below 2 % preferred, 5 % the limit (of hard bounces; here hard and soft); "
        "Amazon SES: below 2 % advised, review from 5 %",
    ),
    "unsubscribe_rate": (0.005, 0.01, "Instantly, toolsfast: warning above 0.5 %; Cakemail: never above 1 %"),
}


def health(
    df: pd.DataFrame,
    *,
    limits: Mapping[str | Metric, tuple[float, float]] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Tell which campaigns, and whether all together, surely exceed what mailbox providers and the trade put up with.

    A campaign is in "breach" or on "watch" only if its rate exceeds the limit beyond chance, and "clear" only if it is
    below the watch limit beyond chance: no unsubscribe among 150 emails proves nothing. Complaints about spam, which
    matter most, are not among LeadLex's counts.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count` and `bounced_count` or `unsubscribed_count` (emails, recipients).
    limits : mapping of str or Metric to (float, float), optional
        Limits of your own, (watch, breach) as fractions, such as ``{"bounce_rate": (0.01, 0.03)}``. They take the place
        of the limits of the same metric, or come on top. Where a high rate is good, watch is the higher of the two.
    level : float, default 0.95
        Confidence level of each limit alone (one-sided), between 0.5 and 1.

    Returns
    -------
    pandas.DataFrame
        Index as `df` with one more level `metric`; the first rows are "all campaigns" together,
        without those that count more events than trials. `label` if `df` has
        one; `events`, `trials` (counts); `rate`, `low`, `high` (fractions, exact one-sided limits at `level`);
        `watch_limit`, `breach_limit` (fractions); `status` (breach, watch, not enough data, clear, not a proportion, no
        data); `sends_needed` (emails after which a rate like this one would probably be told from the watch limit, an
        estimate; missing where it lies on it); `source` of the limits.

    Raises
    ------
    InputError
        If `limits` or `level` is not allowed, a metric is unknown, or a count is negative, fractional or no number.
    ColumnsError
        If a metric's counts are missing.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26:404.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [2400, 150], "bounced_count": [170, 0]}, index=["old list", "new list"])
    >>> leadlex_pandas.health(df)[["events", "trials", "low", "high", "status", "sends_needed"]].round(4)
                           events  trials     low    high  status  sends_needed
                  metric
    all campaigns bounce_rate     170    2550  0.0587  0.0754  breach            25
    old list      bounce_rate     170    2400  0.0624  0.0801  breach            21
    new list      bounce_rate       0     150  0.0000  0.0198   clear           149
    """
    where = "health"
    frame = check_frame(df, where)
    check_fraction(level, "level", where, above=0.5)
    chosen = _all_limits(frame, limits, where)
    judged = [_judge(frame, each, level, where) for each in chosen]
    table = pd.concat(judged, ignore_index=True)
    # the rows of one campaign stand together, in the order of the limits
    order = np.arange(len(table)).reshape(len(judged), -1).T.ravel()
    metrics = [each["metric"].iloc[0] for each in judged]
    table = table.drop(columns="metric").iloc[order].set_axis(_index(frame.index, metrics))
    table.attrs = {
        "level": float(level),
        "metrics": {each.metric.name: asdict(each.metric) for each in chosen},
        "read": read_times(frame),
    }
    return table


def _all_limits(df: pd.DataFrame, limits: object, where: str) -> list[_Limits]:
    if limits is not None and not isinstance(limits, Mapping):
        raise InputError(
            f"{where}: limits must be a mapping from metrics to (watch, breach), "
            f"such as {{'bounce_rate': (0.02, 0.05)}}, not {limits!r}."
        )
    given = [_checked_limits(find_metric(key, where), pair, where) for key, pair in dict(limits or {}).items()]
    known = {each.metric.name for each in given}
    ours = [_Limits(METRICS[name], *values) for name, values in _DEFAULTS.items() if name not in known]
    ours = [each for each in ours if not missing_columns(df, (each.metric.events, each.metric.trials))]
    if not given and not ours:
        check_columns(df, ["sent_count"], where)
        check_columns(
            df, ["bounced_count", "unsubscribed_count"], where, advice="One of them will do; rename yours to it."
        )
    order = [*_DEFAULTS, *known]
    return sorted([*ours, *given], key=lambda each: order.index(each.metric.name))


def _checked_limits(metric: Metric, pair: object, where: str) -> _Limits:
    what = f"{where}: limits[{metric.name!r}]"
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(is_number(value) for value in pair):
        raise InputError(f"{what} must be two rates, (watch, breach), not {pair!r}.")
    watch, breach = (check_fraction(value, f"limits[{metric.name!r}]", where) for value in pair)
    if (watch > breach) if metric.better == "low" else (watch < breach):
        rule = "at most" if metric.better == "low" else "at least"
        raise InputError(
            f"{what} must have a watch limit of {rule} the breach limit ({metric.better} is better), not {pair!r}."
        )
    return _Limits(metric, watch, breach, "your limits")


def _judge(df: pd.DataFrame, limits: _Limits, level: float, where: str) -> pd.DataFrame:
    """Judge all campaigns together, then each, by one metric."""
    events, trials = metric_counts(df, limits.metric, where)
    proper = (trials > 0) & (events <= trials)  # False where either is NaN
    k = np.concatenate([[events[proper].sum()], events])
    n = np.concatenate([[trials[proper].sum()], trials])
    low, high = proportion_interval(k, n, level=2 * level - 1, method="clopper-pearson")
    columns: dict[str, Any] = {"label": [ALL_CAMPAIGNS, *df["label"]]} if "label" in df else {}
    codes, needed = _status(k, n, low, high, limits), _sends_needed(k, n, limits, level)
    rows = pd.RangeIndex(len(k))
    columns |= {
        "events": whole(k, rows),
        "trials": whole(n, rows),
        "rate": rates(k, n),
        "low": low,
        "high": high,
        "watch_limit": limits.watch,
        "breach_limit": limits.breach,
        "status": pd.Categorical.from_codes(codes, pd.Index(STATUSES)),
        "sends_needed": whole(needed, rows),
        "source": limits.source,
        "metric": limits.metric.name,
    }
    return pd.DataFrame(columns, index=rows)


def _status(k: Floats, n: Floats, low: Floats, high: Floats, limits: _Limits) -> np.ndarray:
    above, below = (low, high) if limits.metric.better == "low" else (1 - high, 1 - low)
    watch, breach = (_bad(limits, limit) for limit in (limits.watch, limits.breach))
    conditions = {
        "not a proportion": (n > 0) & (k > n),
        "no data": ~((n > 0) & (k <= n)),
        "breach": above > breach,
        "watch": above > watch,
        "clear": below < watch,
    }
    codes = [STATUSES.index(name) for name in conditions]
    return np.select(list(conditions.values()), codes, default=STATUSES.index("not enough data"))


def _sends_needed(k: Floats, n: Floats, limits: _Limits, level: float) -> Floats:
    """Give the emails that tell a rate from the watch limit: exact without events, else by the normal distribution."""
    from scipy import special

    watch = _bad(limits, limits.watch)
    bad = k if limits.metric.better == "low" else n - k
    away = np.where((n > 0) & (k <= n), rates(bad, n) - watch, np.nan)
    by_normal = np.full(len(k), np.nan)
    np.divide(special.ndtri(level) ** 2 * watch * (1 - watch), away**2, out=by_normal, where=away**2 > 0)
    return np.ceil(np.where((bad == 0) & (n >= 0), np.log1p(-level) / np.log1p(-watch), by_normal))


def _bad(limits: _Limits, rate: float) -> float:
    """Turn a rate round where high is good, so that a larger one is always worse."""
    return rate if limits.metric.better == "low" else 1 - rate


def _index(index: pd.Index[Any], metrics: list[str]) -> pd.MultiIndex:
    """Put "all campaigns" before the rows of a frame, and repeat each of them for each metric."""
    first: tuple[object, ...] = (ALL_CAMPAIGNS, *[""] * (index.nlevels - 1))
    keys = [first, *[key if isinstance(key, tuple) and index.nlevels > 1 else (key,) for key in index]]
    rows = [(*key, metric) for key in keys for metric in metrics]
    return pd.MultiIndex.from_tuples(rows, names=[*index.names, "metric"])
