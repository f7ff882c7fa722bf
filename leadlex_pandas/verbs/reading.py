"""When the campaigns of a frame were read: what captions say of it."""

from __future__ import annotations

import pandas as pd


def read_times(df: pd.DataFrame) -> tuple[str, str] | None:
    """Give the oldest and the newest `fetched_at` of a frame, to the minute and in UTC; None where it has none."""
    if "fetched_at" not in df:
        return None
    times = pd.to_datetime(df["fetched_at"], format="ISO8601", errors="coerce", utc=True).dropna()
    if times.empty:
        return None
    oldest, newest = times.min(), times.max()
    return f"{oldest:%Y-%m-%d %H:%M}", f"{newest:%Y-%m-%d %H:%M}"


def recorded_times(campaigns: pd.DataFrame) -> tuple[str, str] | None:
    """Give the first and the last time at which recorded campaigns were read."""
    times = [campaigns[name] for name in ("first_fetched_at", "last_fetched_at")]
    return read_times(pd.DataFrame({"fetched_at": pd.concat(times, ignore_index=True)}))
