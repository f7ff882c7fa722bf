"""From recorded rows to the frames that are promised: columns, types, rates and caveats as `read_stats` gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..metrics import COUNTS, SENT_BASED, caveat_column, join_caveats, rate_columns
from .recording import CONTACTS, NEVER, UNKNOWN, Whole
from .schema import CAMPAIGNS, DIRECTORY, KINDS

Known = tuple[list[tuple[Any, ...]], ...]  # rows of the directory, and of the campaigns

_FLAGS = ("track_opens", "track_clicks")
_FIRST_COUNT = 2  # of the columns of a snapshot: campaign, fetched_at, counts, contacts, rates_differ


def stats_frame(rows: Whole, index: pd.Index[Any], known: Known, where: str, *, timed: bool = True) -> pd.DataFrame:
    """Make of snapshots what `read_stats` would have given then, with a row for each."""
    counts = {name: whole(rows[:, _FIRST_COUNT + place], index) for place, name in enumerate(COUNTS)}
    frame = _facts(rows, index, known).assign(**counts)
    times = {"fetched_at": moments(rows[:, 1], index)} if timed else {}
    frame = frame.assign(**rate_columns(frame, SENT_BASED.values(), where), **times)
    differ = {"api_rates_differ": rows[:, _FIRST_COUNT + len(COUNTS) + len(CONTACTS)] > 0}
    caveats = join_caveats(differ, caveat_column(frame, where))
    return frame.assign(caveats=caveats)


def _facts(rows: Whole, index: pd.Index[Any], known: Known) -> pd.DataFrame:
    """Give what was known of each campaign at the time of each snapshot, in columns of which anything is known."""
    noted, campaigns = tables(known)
    then, ever = _noted_before(rows, noted)
    labels = noted.groupby("campaign")["label"].bfill() if len(noted) else noted["label"]
    columns = {"label": texts(labels, index, ever), "status": texts(noted["status"], index, then)}
    at = np.searchsorted(campaigns["campaign"].to_numpy(np.int64), rows[:, 0])
    created = _or_never(campaigns["created_at"])
    columns["created_at"] = moments(created[at], index)
    for name in _FLAGS:
        columns[name] = nullable(noted[name], index, then, "boolean")
    columns["steps"] = nullable(noted["steps"], index, then, "Int64")
    for place, name in enumerate(CONTACTS):
        columns[name] = whole(rows[:, _FIRST_COUNT + len(COUNTS) + place], index)
    return pd.DataFrame({name: values for name, values in columns.items() if values.notna().any()}, index=index)


def _noted_before(rows: Whole, noted: pd.DataFrame) -> tuple[Whole, Whole]:
    """Find the note that held for each snapshot, -1 for none; and with the first note of all where none did yet."""
    campaigns, times = (noted[name].to_numpy(np.int64) for name in ("campaign", "noted_at"))
    if not len(noted):
        nothing = np.full(len(rows), -1, dtype=np.int64)
        return nothing, nothing
    moments_of_notes = np.unique(times)
    steps = len(moments_of_notes) + 1
    known = campaigns * steps + np.searchsorted(moments_of_notes, times, side="right")
    asked = rows[:, 0] * steps + np.searchsorted(moments_of_notes, rows[:, 1], side="right")
    last = np.searchsorted(known, asked, side="right") - 1
    first = np.minimum(np.searchsorted(campaigns, rows[:, 0]), len(noted) - 1)
    last = np.where((last >= 0) & (campaigns[last] == rows[:, 0]), last, -1)
    first = np.where(campaigns[first] == rows[:, 0], first, -1)
    return last, np.where(last < 0, first, last)


def tables(known: Known) -> list[pd.DataFrame]:
    """Make frames of the rows of small tables, with None where they have NULL."""
    frames = []
    for table, rows in zip((DIRECTORY, CAMPAIGNS), known, strict=True):
        columns = zip(*rows, strict=True) if rows else ([] for _ in table.c)
        data = {each.name: pd.Series(values, dtype=object) for each, values in zip(table.c, columns, strict=True)}
        frames.append(pd.DataFrame(data))
    return frames


def directory_frame(index: pd.Index[Any], keys: Whole, known: Known) -> pd.DataFrame:
    """Give the newest that is known of each campaign, and since when each kind of fact is."""
    noted, campaigns = tables(known)
    last = np.searchsorted(noted["campaign"].to_numpy(np.int64), keys, side="right") - 1
    here = (last >= 0) & (noted["campaign"].to_numpy(np.int64)[last] == keys) if len(noted) else last >= 0
    last = np.where(here, last, -1)
    campaigns = campaigns.iloc[np.searchsorted(campaigns["campaign"].to_numpy(np.int64), keys)]
    at = np.arange(len(keys))
    columns = {name: texts(noted[name], index, last) for name in ("label", "status")}
    columns["created_at"] = moments(_or_never(campaigns["created_at"]), index)
    columns |= {name: nullable(noted[name], index, last, "boolean") for name in _FLAGS}
    columns["steps"] = nullable(noted["steps"], index, last, "Int64")
    columns |= {name: nullable(campaigns[name], index, at, "Int64") for name in CONTACTS}
    times = {kind: _or_never(campaigns[f"{kind}_at"]) for kind in KINDS}
    columns["status_since"] = moments(_status_since(noted, last), index)
    columns["noted_at"] = moments(np.max(list(times.values()), axis=0), index)
    columns |= {f"{kind}_at": moments(times[kind], index) for kind in KINDS}
    return pd.DataFrame(columns, index=index)


def _or_never(values: pd.Series[Any]) -> Whole:
    """Give whole numbers, NEVER for NULL."""
    return np.array([NEVER if value is None else value for value in values], dtype=np.int64)


def _status_since(noted: pd.DataFrame, last: Whole) -> Whole:
    """Find the first note of the status that holds in the last one of each campaign."""
    if not len(noted):
        return np.full(len(last), NEVER, dtype=np.int64)
    turned = (noted["campaign"] != noted["campaign"].shift()) | (noted["status"] != noted["status"].shift())
    first = np.maximum.accumulate(np.where(turned, np.arange(len(noted)), 0))
    since = noted["noted_at"].to_numpy(np.int64)[first]
    told = (last >= 0) & noted["status"].notna().to_numpy()[last]
    return np.where(told, since[last], NEVER)


def campaigns_frame(index: pd.Index[Any], labels: pd.Series[Any], ends: list[Any]) -> pd.DataFrame:
    """Give each campaign with its label and the times of its first and its last snapshot."""
    first, last = (
        np.array([NEVER if end is None else end for end in column], dtype=np.int64)
        for column in (zip(*ends, strict=True) if ends else ((), ()))
    )
    columns = {"label": labels, "first_fetched_at": moments(first, index), "last_fetched_at": moments(last, index)}
    return pd.DataFrame(columns, index=index)


def places(keys: dict[int, str], given: Whole) -> Whole:
    """Find where campaigns stand in the order that was asked for."""
    listed = np.array(list(keys), dtype=np.int64)
    order = np.argsort(listed)
    return order[np.searchsorted(listed[order], given)] if len(listed) else given


def index_of(places: Whole, keys: dict[int, str], times: Whole, codes: Whole, names: Sequence[str]) -> pd.MultiIndex:
    """Make an index of campaigns and times from their codes, which spares pandas finding them out."""
    instants = pd.DatetimeIndex(times.astype("M8[us]"), tz="UTC")
    ids = pd.Index(list(keys.values()), dtype=str)
    levels: Any = [ids, instants]
    return pd.MultiIndex(levels, codes=[places, codes], names=list(names), verify_integrity=False)  # type: ignore[list-item]


def whole(values: Whole, index: pd.Index[Any]) -> pd.Series[Any]:
    """Make a column of counts, missing where they are unknown."""
    return pd.Series(pd.arrays.IntegerArray(values.copy(), values == UNKNOWN), index=index)


def moments(micros: Whole, index: pd.Index[Any]) -> pd.Series[Any]:
    """Make a column of times."""
    return pd.Series(micros.astype("M8[us]"), index=index).dt.tz_localize("UTC")


def texts(values: pd.Series[Any], index: pd.Index[Any], places: Whole) -> pd.Series[Any]:
    """Take texts from places; -1 is missing."""
    return taken(pd.Series(values.to_numpy(object), dtype=str), index, places)


def nullable(values: pd.Series[Any], index: pd.Index[Any], places: Whole, dtype: str) -> pd.Series[Any]:
    """Take numbers or flags from places; -1 is missing."""
    numbers = pd.Series(values.to_numpy(object), dtype="Int64")
    return taken(numbers.astype(pd.api.types.pandas_dtype(dtype)), index, places)


def taken(values: pd.Series[Any], index: pd.Index[Any], places: NDArray[Any]) -> pd.Series[Any]:
    """Take values from places; -1 is missing."""
    return pd.Series(values.array.take(places, allow_fill=True), index=index)
