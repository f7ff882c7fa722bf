"""What a history is asked for: ids and times in any of their forms, checked."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from .._checks import check_id, check_time, listed
from ..errors import InputError, LeadlexWarning

_NAMED = 3  # ids


def given_ids(ids: object, where: str) -> list[str] | None:
    """Turn what may be given as `ids` into a list, each once; None stays None."""
    if ids is None:
        return None
    if isinstance(ids, pd.DataFrame):
        level = ids.index.get_level_values("campaign_id") if "campaign_id" in ids.index.names else ids.index
        ids = ids.get("campaign_id", level)
    many = [ids] if isinstance(ids, str) or not hasattr(ids, "__iter__") else ids
    return list(dict.fromkeys(check_id(value, position, where) for position, value in enumerate(many)))


def warn_of_unknown(wanted: list[str] | None, known: Collection[str], where: str) -> None:
    """Say which of the ids asked for are not in the history; for the caller of a method of it."""
    unknown = [name for name in wanted or [] if name not in known]
    if unknown:
        warnings.warn(
            f"{where}: {listed(unknown, _NAMED)} {'is' if len(unknown) == 1 else 'are'} not in this history. "
            "Campaigns are named by their campaign_id, as in the index of .campaigns(), not by their label.",
            LeadlexWarning,
            stacklevel=3,
        )


def micros(value: object, name: str, where: str) -> int:
    """Turn a time, or a date, which is midnight UTC, into microseconds since 1970 UTC."""
    return int(check_time(value, name, where).tz_localize(None).to_datetime64().astype("M8[us]").astype(np.int64))


def moments(times: object, where: str) -> list[int]:
    """Turn one time or several into microseconds, each once."""
    many = [times] if isinstance(times, str) or not isinstance(times, Iterable) else list(times)
    return list(dict.fromkeys(micros(value, "each of times", where) for value in many))


def own_times(times: object, where: str) -> dict[str, int] | None:
    """Read a Series of times by campaign; None if it is none."""
    if not isinstance(times, pd.Series) or isinstance(times.index, pd.RangeIndex):
        return None
    ids = given_ids(times.index, where) or []
    if len(ids) != len(times):
        raise InputError(f"{where}: times has more than one time for a campaign. Give it one each.")
    return {name: micros(value, "each of times", where) for name, value in zip(ids, times, strict=True)}
