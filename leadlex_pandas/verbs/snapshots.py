"""Recorded snapshots: what the verbs over time ask of a history, and a frame of snapshots that answers in its place."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import check_columns, check_frame, count_column, did_you_mean, listed, plain
from ..errors import ColumnsError, InputError
from ..metrics import COUNTS

KEYS = ("campaign_id", "fetched_at")
# what a history may know of a campaign beside its counts, and verbs understand
_KNOWN = ("label", "status", "steps", "track_opens", "track_clicks")


@runtime_checkable
class Snapshots(Protocol):
    """What `changes`, `trend` and `growth` ask of a history. Times are in UTC."""

    def campaigns(self) -> pd.DataFrame:
        """Give one row per campaign: `label`, `first_fetched_at`, `last_fetched_at`."""

    def as_of(self, times: Any, ids: Any = None) -> pd.DataFrame:
        """Give the newest snapshot of each campaign at or before each time, indexed by time and campaign.

        `times` is one time, several, or a Series that gives each campaign a time of its own.
        """

    def read(self, ids: Any = None, since: Any = None, until: Any = None) -> pd.DataFrame:
        """Give every snapshot, indexed by campaign and time."""


def as_snapshots(history: object, where: str, argument: str = "history", also: str = "") -> Snapshots:
    """Take a history as it is, and wrap a frame of snapshots; `also` tells what else is allowed."""
    if isinstance(history, pd.DataFrame):
        return FrameSnapshots(history, where)
    if isinstance(history, Snapshots) and not isinstance(history, type):
        return history
    place = isinstance(history, (str, os.PathLike))  # not repeated: a password may stand in it
    raise InputError(
        f"{where}: {argument} must be {also}a History, or a DataFrame with the index levels {listed(KEYS)}, "
        f"not {type(history).__name__}.{' Open it first, with leadlex_pandas.History(...).' if place else ''}"
    )


def is_snapshots(df: pd.DataFrame) -> bool:
    """Tell whether a frame holds snapshots: its index says which campaign, and when."""
    return set(df.index.names) == set(KEYS)


class FrameSnapshots:
    """Snapshots in a frame, in any order of rows; those without a count of emails are left out."""

    def __init__(self, df: pd.DataFrame, where: str) -> None:
        self._rows, self._ids, self._codes = _sorted(check_frame(df, where), where)
        moments = self._rows["fetched_at"].to_numpy("M8[us]").astype(np.int64)
        self._moments = np.unique(moments)
        self._places = self._place(self._codes, moments)

    def campaigns(self) -> pd.DataFrame:
        """Give one row per campaign, in the order they first stood in the frame; labels are the newest."""
        order = np.arange(len(self._ids))
        first = self._rows.iloc[np.searchsorted(self._codes, order)]
        last = self._rows.iloc[np.searchsorted(self._codes, order, side="right") - 1]
        known = {name: last[name].array for name in _KNOWN if name in last}
        times = {"first_fetched_at": first["fetched_at"].array, "last_fetched_at": last["fetched_at"].array}
        return pd.DataFrame(known | times, index=self._ids)

    def as_of(self, times: Any, ids: Any = None) -> pd.DataFrame:
        """Give the newest snapshot of each campaign at or before each time."""
        codes, when = self._asked(times, ids)
        found = np.searchsorted(self._places, self._place(codes, when.to_numpy("M8[us]").astype(np.int64)), "right") - 1
        there = (found >= 0) & (codes >= 0)
        there[there] = self._codes[found[there]] == codes[there]
        index = pd.MultiIndex.from_arrays([when[there], self._ids[codes[there]]], names=["time", "campaign_id"])
        return self._rows.iloc[found[there]].set_axis(index).drop(columns="campaign_id")

    def read(self, ids: Any = None, since: Any = None, until: Any = None) -> pd.DataFrame:
        """Give the snapshots of some campaigns between two times, both included."""
        kept = np.ones(len(self._rows), dtype=bool)
        if ids is not None:
            kept &= np.isin(self._codes, self._ids.get_indexer(pd.Index(_several(ids))))
        if since is not None:
            kept &= (self._rows["fetched_at"] >= since).to_numpy()
        if until is not None:
            kept &= (self._rows["fetched_at"] <= until).to_numpy()
        return self._rows[kept].set_index(list(KEYS))

    def _place(self, codes: NDArray[np.int64], moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give numbers that rise by campaign, then by time."""
        return codes * (len(self._moments) + 1) + np.searchsorted(self._moments, moments, side="right")

    def _asked(self, times: Any, ids: Any) -> tuple[NDArray[np.int64], pd.DatetimeIndex]:
        """Give campaign and time of each row that was asked for."""
        if isinstance(times, pd.Series):
            own = times.dropna() if ids is None else times.reindex(pd.Index(_several(ids))).dropna()
            return self._ids.get_indexer(own.index).astype(np.int64), in_utc(own)
        several = in_utc(pd.Index([times] if np.ndim(times) == 0 else list(times)))
        codes = np.arange(len(self._ids)) if ids is None else self._ids.get_indexer(pd.Index(_several(ids)))
        return np.tile(codes, len(several)).astype(np.int64), several.repeat(len(codes))


def in_utc(times: Any) -> pd.DatetimeIndex:
    """Turn times with a zone into microseconds of UTC."""
    found = pd.DatetimeIndex(pd.to_datetime(times, utc=True))
    return found.as_unit("us").rename(None)


def check_zone(times: Any, where: str) -> None:
    """Require times with a zone: without one they may be hours off."""
    if not isinstance(times.dtype, pd.DatetimeTZDtype) and times.notna().any():
        raise InputError(
            f"{where}: fetched_at must hold times with a zone, not {times.dtype}. If they are in UTC, use "
            "pandas.to_datetime(..., utc=True)."
        )


def recorded(snapshots: Snapshots) -> pd.DataFrame:
    """Give the campaigns that have a snapshot, with the times of the first and the last."""
    campaigns = snapshots.campaigns()
    times = {name: in_utc(campaigns[name]) for name in ("first_fetched_at", "last_fetched_at")}
    campaigns = campaigns.assign(**times)
    return campaigns[campaigns["first_fetched_at"].notna()]


def snapshots_at(snapshots: Snapshots, times: Any, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Give one row per campaign: its newest snapshot at or before a time, or at or before its own; missing if none."""
    found = snapshots.as_of(times, campaigns.index)
    found = found.droplevel("time").reindex(campaigns.index)
    return with_known(found.assign(fetched_at=in_utc(found["fetched_at"])), campaigns)


def with_known(found: pd.DataFrame, campaigns: pd.DataFrame) -> pd.DataFrame:
    """Add what the history knows of the campaigns of the rows, and the snapshots do not say themselves."""
    there = campaigns.reindex(found.index.get_level_values("campaign_id"))
    return found.assign(**{name: there[name].array for name in _KNOWN if name in there and name not in found})


def find_ids(ids: object, campaigns: pd.DataFrame, where: str) -> pd.Index[Any]:
    """Find the campaigns asked for; all if None."""
    everything: pd.Index[Any] = campaigns.index
    if ids is None:
        return everything
    if not isinstance(ids, Iterable):
        raise InputError(f"{where}: ids must be one campaign id or several, not {ids!r}.")
    wanted: pd.Index[Any] = pd.Index(_several(ids), name="campaign_id").drop_duplicates()
    unknown = wanted[~wanted.isin(everything)]
    if len(unknown):
        raise InputError(
            f"{where}: {listed(unknown)} {'are' if len(unknown) > 1 else 'is'} not among the recorded campaigns."
            f"{did_you_mean(unknown[0], everything) if len(unknown) == 1 else ''}"
        )
    return wanted


def _several(ids: Any) -> list[Any]:
    return [ids] if isinstance(ids, str) else list(ids)


def _sorted(df: pd.DataFrame, where: str) -> tuple[pd.DataFrame, pd.Index[Any], NDArray[np.int64]]:
    """Sort snapshots by campaign and time, and number the campaigns as they first came."""
    if not is_snapshots(df):
        raise ColumnsError(
            f"{where}: a frame of snapshots has the index levels {listed(KEYS)}; this one has "
            f"{listed(df.index.names)}. {_way_out(df)}"
        )
    check_columns(df, ["sent_count"], where)
    times = df.index.get_level_values("fetched_at")
    check_zone(times, where)
    for name in [name for name in COUNTS if name in df]:
        count_column(df, name, where)  # names the row as the caller knows it
    rows = df.assign(campaign_id=df.index.get_level_values("campaign_id"), fetched_at=in_utc(times))
    rows = rows.reset_index(drop=True)[rows["sent_count"].notna().to_numpy()]
    if rows["campaign_id"].isna().any() or rows["fetched_at"].isna().any():
        raise InputError(f"{where}: the index has missing values in 'campaign_id' or 'fetched_at'. Drop those rows.")
    codes, ids = pd.factorize(rows["campaign_id"])
    order = np.lexsort((rows["fetched_at"].to_numpy("M8[us]"), codes))
    rows, codes = _once(rows.iloc[order], codes[order].astype(np.int64), where)
    return rows.reset_index(drop=True), pd.Index(ids, name="campaign_id"), codes


def _once(rows: pd.DataFrame, codes: NDArray[np.int64], where: str) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Keep each snapshot once: readings put together often hold a fresh one twice, but never with other counts."""
    counts = [name for name in COUNTS if name in rows]
    again = rows.duplicated([*KEYS, *counts]).to_numpy()
    rows, codes = rows[~again], codes[~again]
    differ = rows.duplicated(list(KEYS)).to_numpy()
    if differ.any():
        first = rows[differ].iloc[0]
        raise InputError(
            f"{where}: campaign {plain(first['campaign_id'])!r} has two snapshots with unlike counts at "
            f"{first['fetched_at'].isoformat()}. Drop one."
        )
    return rows, codes


def _way_out(df: pd.DataFrame) -> str:
    if "fetched_at" in df and "campaign_id" not in df and df.index.nlevels == 1:
        index = "" if df.index.name == "campaign_id" else '.rename_axis("campaign_id")'
        return f'Put readings together, then df{index}.set_index("fetched_at", append=True).'
    return f'Use df.set_index(["{KEYS[0]}", "{KEYS[1]}"]).'
