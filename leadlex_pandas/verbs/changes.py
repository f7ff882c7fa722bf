"""`changes`: what is new since an earlier time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from .._checks import check_fraction
from ..errors import InputError
from ..metrics import Metric, find_metrics
from .pairs import Pair
from .periods import as_span, check_moment
from .snapshots import Snapshots, as_snapshots, recorded, snapshots_at

__all__ = ["changes"]

_SINCE = pd.Timedelta(days=6)  # who reads each Monday does not read at the same second
_SPAN = "a length of time such as '7D', "


def changes(
    history: pd.DataFrame | Snapshots,
    metrics: str | Metric | Iterable[str | Metric] | None = None,
    *,
    since: str | date | timedelta | None = None,
    until: str | date | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Tell what is new in each campaign: the counts that came since, their rates, and how these differ from before.

    Snapshots are running totals. The rate of all emails up to now holds the emails of before as well, so comparing it
    with the rate of then hides most of a change; here the new emails alone are compared with those of before.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots; or a frame of them with the index levels `campaign_id` and `fetched_at` (times with a zone)
        and the counts as columns, in any order.
    metrics : str, Metric or iterable of these, optional
        Which rates; by default those per email sent whose counts are there.
    since : str, datetime, date or timedelta, optional
        A time with its zone; a date, which is midnight UTC; or a length of time before `until`, such as "7D". Each
        campaign is compared with its newest snapshot of that time or before. By default that is 6 days before `until`:
        the last reading for who reads each week, at whatever hour.
    until : str, datetime or date, optional
        Up to when, likewise; by default the newest snapshot of all.
    level : float, default 0.95
        Confidence level of the limits, between 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row per campaign with a snapshot at `until` or before: `label` if there is one; `since` and `until`, the
        times (UTC) of the two snapshots; `new_<count>` for each count, and `new_delivered_count` (emails, recipients);
        then for each metric `new_<metric>`, `new_<metric>_low`, `new_<metric>_high`, the rate of what is new
        (fractions; Poisson limits where new events exceed new trials), and `<metric>_difference`,
        `<metric>_difference_low`, `<metric>_difference_high`, that rate less the rate of everything before; at last
        `caveats`. Of the totals at `until` these say what `add_caveats` says, and besides:

        - ``first_seen``: there is no snapshot at `since` or before; what is new is missing.
        - ``not_read_since``: there is none after it; what is new is missing, not 0.
        - ``counts_fell``: a count is lower than before. What is new of it, and its rates, are missing.
        - ``still_sending``: emails were sent, or the `status` is active. ``still_growing``: another count grew by 1 %
          or more.
        - ``not_a_proportion``: of some metric more events than trials are new, as replies come after the sending has
          stopped. The ratio is kept (missing where nothing was sent), the difference missing.
        - ``design_effect_unknown``: as in `benchmark`.

        Replies to emails of before count as new. So the rate of what is new is too high where few emails were sent
        after many, and too low where many were sent just now; over weeks of steady sending that evens out. No allowance
        is made for looking at many campaigns.
        Opens and clicks use the design effect that `benchmark` would find for the totals at `until`.

    Raises
    ------
    InputError
        If an argument is not allowed, a time has no zone, `since` is not before `until`, or a count is negative,
        fractional or no number.
    ColumnsError
        If a frame has other index levels, or the counts of a metric are missing.

    References
    ----------
    Limits of the difference: Newcombe (1998), Stat. Med. 17:873, method 10; of a rate: Wilson (1927), JASA 22:209;
    Garwood (1936), Biometrika 28:437, for counts above their base.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> when = pd.to_datetime(["2026-09-07 09:00", "2026-09-14 09:00"], utc=True)
    >>> history = pd.DataFrame({
    ...     "campaign_id": ["alert", "alert", "lunch", "lunch"], "fetched_at": [*when, *when],
    ...     "sent_count": [1000, 1100, 400, 400], "replied_count": [50, 62, 16, 18],
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> table = leadlex_pandas.changes(history, "reply_rate")
    >>> table[["new_sent_count", "new_replied_count", "new_reply_rate"]]
                 new_sent_count  new_replied_count  new_reply_rate
    campaign_id
    alert                   100                 12            0.12
    lunch                     0                  2             NaN
    >>> table["caveats"].tolist()
    ['still_sending|still_growing', 'still_growing|not_a_proportion']
    >>> difference = ["reply_rate_difference", "reply_rate_difference_low", "reply_rate_difference_high"]
    >>> table.loc["alert", difference].astype(float).round(3).tolist()
    [0.07, 0.018, 0.149]
    """
    where = "changes"
    snapshots = as_snapshots(history, where)
    check_fraction(level, "level", where)
    campaigns = recorded(snapshots)
    end = _end(until, campaigns, where)
    start = _start(since, end, where)
    now = snapshots_at(snapshots, end, campaigns)
    now = now[now["fetched_at"].notna()]
    pair = Pair.of(now, snapshots_at(snapshots, start, campaigns.loc[now.index]), _chosen(now, metrics, where), where)
    columns: dict[str, Any] = {"label": now["label"]} if "label" in now else {}
    columns |= {"since": pair.before["fetched_at"], "until": now["fetched_at"]} | pair.count_columns()
    effects = {metric.name: pair.effects(metric) for metric in pair.metrics}
    for metric in pair.metrics:
        columns |= pair.rate_columns(metric, effects[metric.name].phi, level)
    table = pd.DataFrame(columns | {"caveats": pair.caveats(effects)}, index=now.index)
    table.attrs = {
        "metrics": list(effects),
        "since": start.isoformat(),
        "until": end.isoformat(),
        "level": float(level),
        "design_effect": {name: found.facts(pair.known) for name, found in effects.items()},
    }
    return table


def _chosen(df: pd.DataFrame, metrics: object, where: str) -> list[Metric]:
    found = find_metrics(df, metrics, where)
    return [metric for metric in found if metric.trials == "sent_count"] if metrics is None else found


def _end(until: object, campaigns: pd.DataFrame, where: str) -> pd.Timestamp:
    """Give the time asked for, or that of the newest snapshot."""
    if until is not None:
        return check_moment(until, "until", where)
    newest = campaigns["last_fetched_at"].max()
    return newest if isinstance(newest, pd.Timestamp) else pd.Timestamp(0, tz="UTC").as_unit("us")


def _start(since: object, end: pd.Timestamp, where: str) -> pd.Timestamp:
    span = _SINCE if since is None else as_span(since)
    start = end - span if span is not None else check_moment(since, "since", where, also=_SPAN)
    if not start < end:
        raise InputError(f"{where}: since must lie before until ({end.isoformat()}), but {since!r} does not.")
    return start
