"""From a frame to the rows that are recorded: checked, in whole numbers and microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import check_columns, check_id, count_column, flag_column, plain
from ..errors import InputError
from ..metrics import COUNTS, given_caveats

Whole = NDArray[np.int64]
NEVER = np.iinfo(np.int64).min  # NaT
UNKNOWN = -1  # of a count that may be missing
FACTS = ("label", "status", "track_opens", "track_clicks", "steps")  # in the order of the directory's columns
CONTACTS = ("contacts", "contacts_reached")
ONCE = ("created_at", *CONTACTS)


class Note(NamedTuple):
    """What a frame says of a campaign beside its counts; None where it says nothing."""

    campaign_id: str
    at: int
    facts: tuple[Any, ...]  # in the order of FACTS
    once: tuple[int | None, ...]  # in the order of ONCE


@dataclass(frozen=True)
class Snapshots:
    """What a frame of `read_stats` holds, its failed rows left out."""

    ids: list[str]
    times: Whole
    counts: list[Whole]
    contacts: list[Whole]
    differ: NDArray[np.bool_]
    rows: NDArray[np.bool_]  # which rows of the frame


def snapshots_of(df: pd.DataFrame, where: str) -> Snapshots:
    """Check a frame of `read_stats` and take out what is recorded of it."""
    check_columns(df, ("fetched_at", *COUNTS), where)
    counts = [count_column(df, name, where) for name in COUNTS]
    rows: NDArray[np.bool_] = ~np.logical_or.reduce([np.isnan(column) for column in counts])
    times = times_of(df["fetched_at"], rows, where)
    return Snapshots(
        ids=ids_of(df, rows, where),
        times=times[rows],
        counts=[column[rows].astype(np.int64) for column in counts],
        contacts=[optional_count(df, name, where)[rows] for name in CONTACTS],
        differ=_differ(df, rows),
        rows=rows,
    )


def _differ(df: pd.DataFrame, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    codes = given_caveats(df).to_numpy(object)[rows]
    return np.array(["api_rates_differ" in text.split("|") if text else False for text in codes], dtype=bool)


def with_times(df: pd.DataFrame) -> pd.DataFrame:
    """Make the index level `fetched_at` of a history's own frame a column."""
    if "fetched_at" in df.columns or "fetched_at" not in df.index.names:
        return df
    return df.assign(fetched_at=df.index.get_level_values("fetched_at"))


def ids_of(df: pd.DataFrame, rows: NDArray[np.bool_], where: str) -> list[str]:
    """Give the ids of some rows, from a column or the index; texts that are new are checked before they are kept."""
    ids: Any = df.index
    if "campaign_id" in df.columns:
        ids = df["campaign_id"]
    elif "campaign_id" in df.index.names:
        ids = df.index.get_level_values("campaign_id")
    found = list(ids.to_numpy(object)[rows])
    if set(map(type, found)) <= {str}:
        return found
    positions = np.flatnonzero(rows).tolist()
    return [check_id(each, position, where) for position, each in zip(positions, found, strict=True)]


def times_of(times: pd.Series[Any], rows: NDArray[np.bool_], where: str) -> Whole:
    """Turn times into microseconds UTC; a time without its zone could be any of 24."""
    name = str(times.name)
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise InputError(
            f"{where}: column {name!r} must hold times with their time zone, not {times.dtype}. Convert it: "
            f"pandas.to_datetime(df[{name!r}], utc=True), or .dt.tz_localize('Europe/Berlin') where they are local."
        )
    micros = np.asarray(times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("M8[us]").view(np.int64))
    if (micros[rows] == NEVER).any():
        position = int(np.flatnonzero(rows & (micros == NEVER))[0])
        raise InputError(
            f"{where}: row {plain(times.index[position])!r} (position {position}) has counts but no {name!r}."
        )
    return micros


def optional_count(df: pd.DataFrame, name: str, where: str) -> Whole:
    """Read a column of counts that may not be there, or be missing in rows."""
    if name not in df:
        return np.full(len(df), UNKNOWN, dtype=np.int64)
    values = count_column(df, name, where)
    return np.where(np.isnan(values), UNKNOWN, values).astype(np.int64)


def notes_of(df: pd.DataFrame, rows: NDArray[np.bool_], times: Whole, where: str) -> list[Note]:
    """Take out of a frame what it says of campaigns beside their counts; `times` is when it says so."""
    if not any(name in df for name in (*FACTS, *ONCE)):
        return []
    facts, once = (zip(*(_values(df, name, rows, where) for name in names), strict=True) for names in (FACTS, ONCE))
    said = zip(ids_of(df, rows, where), times[rows].tolist(), facts, once, strict=True)
    silent = ((None,) * len(FACTS), (None,) * len(ONCE))
    return [Note(*each) for each in said if each[2:] != silent]


def _values(df: pd.DataFrame, name: str, rows: NDArray[np.bool_], where: str) -> list[Any]:
    """Read a column of facts, None where nothing is said."""
    if name not in df:
        return [None] * int(rows.sum())
    if name in ("label", "status"):
        return [_clean(value) for value in df[name].to_numpy(object)[rows]]
    if name in ("track_opens", "track_clicks"):
        flag_column(df, name, where)
        return [None if value is pd.NA else int(value) for value in df[name].astype("boolean").to_numpy(object)[rows]]
    if name == "created_at":
        values = times_of(df[name], np.zeros(len(df), dtype=bool), where)[rows]
        return [None if value == NEVER else value for value in values.tolist()]
    return [None if value == UNKNOWN else value for value in optional_count(df, name, where)[rows].tolist()]


def _clean(value: object) -> str | None:
    """Make a text one that every database takes: no NUL, no half of a character."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):  # type: ignore[call-overload]
        return None
    text = str(value)
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
