"""Periods of time: days, weeks, months, and the breaks between them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import check_text, check_time
from ..errors import InputError
from ..stats.core import Mask

_FREQUENCY = re.compile(r"([1-9]\d*)?(?:(D|W(?:-(?:MON|TUE|WED|THU|FRI|SAT|SUN))?)|([MQY])[SE]?)")
_TIME = re.compile(r"\s*\d{4}-\d{2}")  # pandas would take "7" for the seventh of this month
_TICK = pd.Timedelta(microseconds=1)


def check_moment(value: object, name: str, where: str, also: str = "") -> pd.Timestamp:
    """Require a time with its zone, or a date, which is midnight UTC; give it in UTC. `also` is allowed besides."""
    if (isinstance(value, str) and not _TIME.match(value)) or not isinstance(value, (str, date, np.datetime64)):
        raise InputError(
            f"{where}: {name} must be {also}a time with its zone, such as '2026-09-01 09:00+02:00', or a date, which "
            f"is midnight UTC, not {value!r}."
        )
    return check_time(value, name, where)


def as_span(value: object) -> pd.Timedelta | None:
    """Read a length of time, such as "7D"; None where it is something else."""
    if not isinstance(value, (str, timedelta, np.timedelta64)):
        return None
    if isinstance(value, str) and (_TIME.match(value) or not re.search("[A-Za-z]", value)):
        return None  # pandas would take "7" for nanoseconds
    try:
        span = pd.Timedelta(value)
    except ValueError:
        return None
    return span if isinstance(span, pd.Timedelta) else None  # NaT is none


def check_frequency(freq: object, where: str) -> str:
    """Require days, weeks, months, quarters or years; pandas' names for their starts and ends mean the same."""
    text = getattr(freq, "freqstr", freq)
    found = _FREQUENCY.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise InputError(
            f"{where}: freq must be 'D', 'W' (or the week's last day, as in 'W-FRI'), 'M', 'Q' or 'Y', or several as "
            f"in '2W', not {freq!r}."
        )
    return f"{found[1] or ''}{found[2] or found[3]}"


def spanned(first: pd.Timestamp, last: pd.Timestamp, frequency: str) -> pd.PeriodIndex:
    """Give the periods, in UTC, from that of the first time to that of the last; none if there is no time."""
    if not isinstance(first, pd.Timestamp):
        return pd.PeriodIndex([], freq=frequency, name="period")
    start, end = (time.tz_convert("UTC").tz_localize(None) for time in (first, last))
    return pd.period_range(start, end, freq=frequency, name="period")


def starts(periods: pd.PeriodIndex) -> pd.DatetimeIndex:
    """Give when each period begins, in UTC."""
    return pd.DatetimeIndex(periods.to_timestamp(how="start")).as_unit("us").tz_localize("UTC").rename(None)


def ends(periods: pd.PeriodIndex) -> pd.DatetimeIndex:
    """Give the last microsecond of each period, in UTC."""
    return starts(periods + 1) - _TICK


@dataclass(frozen=True)
class Segments:
    """The stretch between two breaks that each period belongs to; `mixed` periods have a break within them."""

    codes: NDArray[np.intp]
    labels: tuple[str, ...]
    mixed: Mask


def check_breaks(breaks: object, where: str) -> dict[pd.Timestamp, str]:
    """Require dates with labels; give them in the order of time."""
    if breaks is None:
        return {}
    if not isinstance(breaks, Mapping):
        raise InputError(f"{where}: breaks must be a mapping such as {{'2026-09-01': 'bot filter'}}, not {breaks!r}.")
    found: dict[pd.Timestamp, str] = {}
    for when, label in breaks.items():
        time = check_moment(when, "a key of breaks", where)
        if time in found:
            raise InputError(f"{where}: breaks has two labels for {time.isoformat()}.")
        found[time] = check_text(label, f"breaks[{when!r}]", where)
    return dict(sorted(found.items()))


def segmented(periods: pd.PeriodIndex, breaks: Mapping[pd.Timestamp, str]) -> Segments:
    """Tell after which break each period ends: "" is before the first."""
    when = pd.DatetimeIndex(list(breaks), tz="UTC").as_unit("us")
    at_start = when.searchsorted(starts(periods), side="right")
    at_end = when.searchsorted(ends(periods), side="right")
    return Segments(at_end, ("", *breaks.values()), at_start < at_end)
