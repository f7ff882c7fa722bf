"""Histories of campaigns that the tests over time share, and what a plain reading of them gives."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from tests.verbs.frames import COUNTS

START = pd.Timestamp("2026-03-02 09:00", tz="UTC")  # a Monday


def snapshots(rows, columns=("sent_count", "replied_count")):
    """A frame of snapshots from (campaign, days since START, counts...)."""
    ids, days, *counts = zip(*rows, strict=True)
    times = pd.DatetimeIndex([START + pd.Timedelta(days=day) for day in days]).as_unit("us")
    index = pd.MultiIndex.from_arrays([ids, times], names=["campaign_id", "fetched_at"])
    return pd.DataFrame(dict(zip(columns, counts, strict=True)), index=index)


def growing(seed=0, number=8, days=40):
    """Campaigns with all six counts that only grow, read on some days at odd hours."""
    rng = np.random.default_rng(seed)
    parts = []
    for place in range(number):
        read = np.sort(rng.choice(days * 24, size=rng.integers(2, 25), replace=False)) / 24
        sent = rng.integers(0, 200, len(read))
        shares = (0.45, 0.08, 0.05, 0.02, 0.01)
        new = np.column_stack([sent, *(rng.binomial(sent, share) for share in shares)])
        rows = [(f"c{place}", day, *counts) for day, counts in zip(read, new.cumsum(axis=0), strict=True)]
        parts.append(snapshots(rows, COUNTS))
    return pd.concat(parts).sample(frac=1, random_state=seed)


@st.composite
def histories(draw):
    """Up to four campaigns, each read up to eight times at moments of its own; counts only grow."""
    rows = []
    for name in "abcd"[: draw(st.integers(1, 4))]:
        hours = sorted(draw(st.sets(st.integers(0, 24 * 60), min_size=1, max_size=8)))
        sent = replied = 0
        for hour in hours:
            more = draw(st.integers(0, 50))
            sent, replied = sent + more, replied + draw(st.integers(0, more + 2))
            rows.append((name, hour / 24, sent, replied))
    return snapshots(draw(st.permutations(rows)))


def newest(history, campaign, time):
    """The newest snapshot of a campaign at or before a time, by looking at each."""
    own = history.xs(campaign, level="campaign_id").sort_index()
    own = own[own.index <= time]
    return (own.index[-1], own.iloc[-1]) if len(own) else (None, None)


class Recorded:
    """A history of another make, that notes what it is asked."""

    def __init__(self, frame):
        self.frame, self.asked = frame, []

    def campaigns(self):
        times = self.frame.index.to_frame(index=False).groupby("campaign_id", sort=False)["fetched_at"]
        found = times.agg(["min", "max"]).set_axis(["first_fetched_at", "last_fetched_at"], axis=1)
        only_known = pd.DataFrame(index=["listed only"], columns=found.columns, dtype=found.dtypes.iloc[0])
        return pd.concat([only_known, found]).rename_axis("campaign_id").assign(label=lambda d: d.index.str.upper())

    def as_of(self, times, ids=None):
        if isinstance(times, pd.Series):
            pairs = [(time, name) for name, time in times.items()]
        else:
            several = [times] if isinstance(times, pd.Timestamp) else times
            names = self.campaigns().index if ids is None else ids
            pairs = [(time, name) for time in several for name in names]
        found = {}
        for time, name in pairs:
            if name in self.frame.index.get_level_values(0):
                when, row = newest(self.frame, name, time)
                if when is not None:
                    found[time, name] = row.to_dict() | {"fetched_at": when}
        self.asked.append(len(pairs))
        index = pd.MultiIndex.from_tuples(found, names=["time", "campaign_id"]) if found else None
        return pd.DataFrame(list(found.values()), index=index)

    def read(self, ids=None, since=None, until=None):
        self.asked.append("read")
        return self.frame[self.frame.index.get_level_values("campaign_id").isin(list(ids))]
