"""Maturity: whether a campaign's totals still move, told from an earlier snapshot."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .._checks import check_columns, check_frame, count_column, plain
from ..errors import InputError
from ..metrics import COUNTS
from ..stats.core import Mask
from .snapshots import Snapshots, as_snapshots, check_zone, in_utc, is_snapshots, recorded

_WEEK = pd.Timedelta(days=7) - pd.Timedelta(hours=6)  # a weekly reading that comes a little early still is one
# what an earlier snapshot tells; found anew each time
CODES = ("counts_fell", "first_seen", "still_sending", "still_growing", "too_soon_to_tell")


def growth_marks(now: pd.DataFrame, before: pd.DataFrame, where: str) -> dict[str, Mask]:
    """Tell of each row whether emails were sent since the row before, and whether another count grew by 1 % or more."""
    grew, fell = np.zeros(len(now), dtype=bool), np.zeros(len(now), dtype=bool)
    sending = grew
    for name in [name for name in COUNTS if name in now and name in before]:
        new, old = count_column(now, name, where), count_column(before, name, where)
        fell |= new < old  # False where either is missing
        if name == "sent_count":
            sending = new > old
        else:
            grew |= (new > old) & (100 * (new - old) >= old)
    return {"counts_fell": fell, "still_sending": sending, "still_growing": grew}


def maturity_marks(df: pd.DataFrame, previous: object, where: str) -> dict[str, Mask]:
    """Tell what an earlier reading says about each row; a row with none of the marks is mature."""
    check_columns(df, ["fetched_at"], where)
    before = _earlier(df, previous, where)
    marks = growth_marks(df, before, where)
    elapsed = _times(df, where) - _times(before, where)
    seen = before["sent_count"].notna().to_numpy()
    settled = (elapsed >= _WEEK) & (count_column(df, "sent_count", where) >= 0)
    moving = marks["still_sending"] | marks["still_growing"]
    return marks | {"first_seen": ~seen, "too_soon_to_tell": seen & ~settled & ~moving}


def _earlier(df: pd.DataFrame, previous: object, where: str) -> pd.DataFrame:
    """Give the row to compare each row with, all missing where there is none."""
    if not isinstance(previous, pd.DataFrame) or is_snapshots(previous):
        return _recorded_earlier(df, as_snapshots(previous, where, "previous", "an earlier reading, "), where)
    frame = check_frame(previous, where)
    check_columns(frame, ["sent_count", "fetched_at"], f"{where}: previous")
    if frame.index.has_duplicates:
        twice = plain(frame.index[frame.index.duplicated()][0])
        raise InputError(f"{where}: previous has more than one row for {twice!r}. Make its index unique.")
    before = frame.reindex(df.index)
    later = _times(before, where) > _times(df, where)
    if later.any():
        raise InputError(
            f"{where}: previous must be the earlier reading, but its row {plain(df.index[later][0])!r} is newer than "
            "the frame's."
        )
    return before


def _recorded_earlier(df: pd.DataFrame, snapshots: Snapshots, where: str) -> pd.DataFrame:
    """Take each campaign's newest snapshot at least a week older than its row, else its first, if that is older."""
    ids = df.index.get_level_values("campaign_id") if "campaign_id" in df.index.names else df.index
    campaigns = recorded(snapshots).reindex(ids)
    now, first = _times(df, where), in_utc(campaigns["first_fetched_at"])
    asked = pd.Series(first.where(first > now - _WEEK, now - _WEEK), index=ids)
    asked = asked[(first < now) & ~ids.duplicated()]
    found = snapshots.as_of(asked).droplevel("time").reindex(ids)
    return found.set_axis(df.index)


def _times(df: pd.DataFrame, where: str) -> pd.DatetimeIndex:
    check_zone(df["fetched_at"], where)
    return in_utc(df["fetched_at"])
