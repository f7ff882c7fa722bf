"""`growth`: how the totals of campaigns ripen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from .._checks import count_column
from ..metrics import COUNTS, whole
from .reading import recorded_times
from .snapshots import Snapshots, as_snapshots, find_ids, in_utc, recorded

__all__ = ["growth"]


def growth(history: pd.DataFrame | Snapshots, *, ids: str | Iterable[str] | None = None) -> pd.DataFrame:
    """Give every snapshot of some campaigns, with the days since the first one: how their totals ripen.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots; or a frame of them with the index levels `campaign_id` and `fetched_at` (times with a zone)
        and the counts as columns, in any order.
    ids : str or iterable of str, optional
        Which campaigns; by default all.

    Returns
    -------
    pandas.DataFrame
        One row per snapshot, by campaign in the order of `ids`, then by time: `campaign_id`; `label` if there is one;
        `days_since_first` (days, with fractions, since the campaign's first snapshot: not since its first email, unless
        it was recorded from the start); and the counts (emails, recipients), running totals as they were read.

    Raises
    ------
    InputError
        If an id is not among the recorded campaigns, times have no zone, or a count is negative, fractional or no
        number.
    ColumnsError
        If a frame has other index levels, or no column `sent_count`.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> when = pd.to_datetime(["2026-09-07 09:00", "2026-09-08 21:00", "2026-09-14 09:00"], utc=True)
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": when, "sent_count": [400, 600, 600], "replied_count": [9, 28, 36],
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> leadlex_pandas.growth(history)
      campaign_id  days_since_first  sent_count  replied_count
    0       alert               0.0         400              9
    1       alert               1.5         600             28
    2       alert               7.0         600             36
    """
    where = "growth"
    snapshots = as_snapshots(history, where)
    campaigns = recorded(snapshots)
    wanted = find_ids(ids, campaigns, where)
    rows = snapshots.read(wanted)
    names, times = rows.index.get_level_values("campaign_id"), in_utc(rows.index.get_level_values("fetched_at"))
    order = pd.DataFrame({"campaign": wanted.get_indexer(names), "time": times}).sort_values(["campaign", "time"]).index
    rows, names, times = rows.iloc[order], names[order], times[order]
    there = campaigns.loc[names]
    columns: dict[str, Any] = {"campaign_id": names}
    if "label" in there:
        columns["label"] = there["label"].array
    columns["days_since_first"] = (times - in_utc(there["first_fetched_at"])) / pd.Timedelta(days=1)
    plain = pd.RangeIndex(len(rows))
    columns |= {name: whole(count_column(rows, name, where), plain) for name in COUNTS if name in rows}
    table = pd.DataFrame(columns, index=plain)
    table.attrs = {"read": recorded_times(campaigns.loc[wanted])}
    return table
