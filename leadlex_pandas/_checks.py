"""Every argument check, one text per kind of mistake.

Each message says where it happened, what is allowed, what was given, and what to do where that can be guessed.
`where` is the public function that the user called.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import ipaddress
import math
import re
import sys
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from numbers import Real
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import UUID

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .errors import ColumnsError, InputError, MissingKeyError

Floats = NDArray[np.float64]
_PACKAGE = f"{__package__}."
_GROUPED = re.compile(r"\d{1,3}([,.'])\d{3}(?:\1\d{3})*")  # 1,247 and 1.247 and 1'247
_DATE = re.compile(r"\s*\d{4}-\d{2}-\d{2}\s*")
_DAYS = re.compile(r"(\d\s*)d\b")  # 7d
_NO_SEGMENT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # control characters, and halves of a surrogate pair
_MANY = 200  # columns, beyond which none is looked for that is only spelt otherwise
LARGEST_COUNT = 2**53  # beyond it not every whole number is a float64


def listed(names: Iterable[object], most: int = 12) -> str:
    """Name things in a sentence: 'a', 'b' and 3 more."""
    texts = [repr(plain(name)) for name in names]
    if len(texts) > most:
        texts = [*texts[:most], f"{len(texts) - most:,} more"]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)


def plain(value: object) -> object:
    """Turn a numpy scalar into Python's own, which prints without its type."""
    return value.item() if isinstance(value, np.generic) else value


def did_you_mean(given: object, allowed: Iterable[object]) -> str:
    """Give the closest allowed name as a question, or nothing."""
    text = str(given).strip().lower().replace(" ", "_")
    close = difflib.get_close_matches(text, [str(name) for name in allowed], n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def callers_level() -> int:
    """Give the `stacklevel` at which `warnings.warn` names the user's line, through however many of ours it went."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def check_frame(df: object, where: str) -> pd.DataFrame:
    """Require a DataFrame with one column per name."""
    if not isinstance(df, pd.DataFrame):
        raise InputError(f"{where}: df must be a pandas DataFrame, not {type(df).__name__}.")
    twice = df.columns[df.columns.duplicated()].unique()
    if len(twice):
        raise InputError(f"{where}: the frame has more than one column {listed(twice)}. Drop or rename all but one.")
    return df


def check_campaigns(df: pd.DataFrame, where: str, also: str = "") -> None:
    """Refuse a table of `summarize` where its groups would be taken for campaigns; `also` tells what else is right."""
    if "summarized_by" not in df.attrs:
        return
    by = df.attrs["summarized_by"]
    raise InputError(
        f"{where}: the frame is a summary: its rows are groups of campaigns, or all of them, and would be taken for "
        "single campaigns, as if those of a group did not differ. Take the frame of campaigns: "
        f"compare_groups(campaigns, by={'...' if by is None else repr(by)}) says whether groups differ{also}."
    )


def check_columns(df: pd.DataFrame, needed: Iterable[str], where: str, *, advice: str | None = None) -> None:
    """Require columns, naming those that are missing, those that are there, and what to do: `advice`, or rename."""
    missing = [name for name in needed if name not in df.columns]
    if not missing:
        return
    there = f"the frame has {listed(df.columns)}" if len(df.columns) else "the frame has no columns"
    plural = "columns" if len(missing) > 1 else "column"
    close = close_columns(df, missing)
    found = [f"{column!r}" if len(missing) == 1 else f"{column!r} for {name!r}" for column, name in close.items()]
    meant = f" Did you mean {' and '.join(found)}?" if found else ""
    if "sent_count" in missing and {"events", "trials"} <= set(df.columns):
        advice = "This looks like the table of a verb, which present takes; call other verbs on the campaigns."
    told = advice or f"Rename yours, or use leadlex_pandas.from_frame(df, rename={close or '{...}'})."
    raise ColumnsError(f"{where}: missing {plural} {listed(missing)}; {there}.{meant} {one_column(df) or told}")


def close_columns(df: pd.DataFrame, missing: Iterable[str]) -> dict[str, str]:
    """Map columns that are there to the missing ones that they look like."""
    if len(df.columns) > _MANY:
        return {}
    found = {close_name(name, df.columns): name for name in missing}
    return {column: name for column, name in found.items() if column is not None}


def close_name(given: object, allowed: Iterable[object]) -> str | None:
    """Find the one name that differs from another by its spelling only: a letter, its case, its spaces."""
    names = {_spelt(name): str(name) for name in allowed}
    close = difflib.get_close_matches(_spelt(given), names, n=1, cutoff=0.85)
    return names[close[0]] if close else None


def _spelt(name: object) -> str:
    return re.sub(r"[\s_-]+", "_", str(name).strip().lower())


def one_column(df: pd.DataFrame) -> str:
    """Say how to read a file that was read as one column, as its names are divided by something else than a comma."""
    name = df.columns[0] if len(df.columns) == 1 else None
    found = [mark for mark in (";", "\t", "|", ",") if isinstance(name, str) and mark in name]
    return f"All names stand in one column: read the file with pandas.read_csv(..., sep={found[0]!r})." if found else ""


def check_fraction(value: object, name: str, where: str, *, above: float = 0.0) -> float:
    """Require a number strictly between `above` and 1; 95 is asked whether 0.95 was meant."""
    given, hint = repr(value), ""
    if is_number(value):
        number = float(value)  # type: ignore[arg-type]
        if above < number < 1:
            return number
        given = f"{number:g}"
        hint = f" Did you mean {number / 100:g}?" if number > 1 and above < number / 100 < 1 else ""
    raise InputError(f"{where}: {name} must lie between {above:g} and 1 (exclusive), not {given}.{hint}")


def check_above(
    value: object, name: str, where: str, bound: float, *, inclusive: bool = False, also: str = ""
) -> float:
    """Require a finite number above `bound`, or at least `bound`; `also` tells what else is allowed."""
    if is_number(value):
        number = float(value)  # type: ignore[arg-type]
        if math.isfinite(number) and (number > bound or (inclusive and number == bound)):
            return number
    rule = f"of at least {bound:g}" if inclusive else f"above {bound:g}"
    raise InputError(f"{where}: {name} must be {also}a number {rule}, not {value!r}.")


def check_option(
    value: object, name: str, where: str, allowed: Collection[str], also: str = "", hint: str | None = None
) -> str:
    """Require one of some names; `also` tells what else than a name is allowed, `hint` what may have been meant."""
    if isinstance(value, str) and value in allowed:
        return value
    *others, last = map(repr, allowed)
    names = f"{', '.join(others)} or {last}" if not also else ", ".join([*others, last])
    meant = did_you_mean(value, allowed) if hint is None else hint
    raise InputError(f"{where}: {name} must be {names}{also}, not {value!r}.{meant}")


def check_text(value: object, name: str, where: str) -> str:
    """Require a text that is not blank."""
    if isinstance(value, str) and value.strip():
        return value
    raise InputError(f"{where}: {name} must be a non-empty text, not {value!r}.")


def check_whole(value: object, name: str, where: str, *, least: int = 1) -> int:
    """Require a whole number of at least `least`."""
    if is_number(value) and float(value) == int(value) >= least:  # type: ignore[call-overload, arg-type]
        return int(value)  # type: ignore[call-overload, no-any-return]
    raise InputError(f"{where}: {name} must be a whole number of at least {least}, not {value!r}.")


def check_age(value: object, name: str, where: str) -> pd.Timedelta:
    """Require a length of time of at least 0; a bare number does not say of what."""
    age = None
    if isinstance(value, (str, timedelta, np.timedelta64)):
        given = _DAYS.sub(r"\1D", value) if isinstance(value, str) else value  # pandas gives up the small d
        with contextlib.suppress(ValueError):
            age = pd.Timedelta(given)
    if age is None or not age >= pd.Timedelta(0):  # NaT is neither
        raise InputError(
            f"{where}: {name} must be a length of time of at least 0, such as '6h', '90min', '7D' or a timedelta, "
            f"not {value!r}."
        )
    return age


def aligned(where: str, *arrays: Floats) -> tuple[Floats, ...]:
    """Broadcast arrays against each other."""
    try:
        return tuple(np.broadcast_arrays(*arrays))
    except ValueError:
        shapes = " and ".join(str(array.shape) for array in arrays)
        raise InputError(f"{where}: the arguments do not fit each other, their shapes are {shapes}.") from None


def is_number(value: object) -> bool:
    """Tell whether a value is one finite real number; True and False are not."""
    if not isinstance(value, Real) or isinstance(value, (bool, np.bool_)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def fractions(value: ArrayLike, name: str, where: str, *, missing: bool = False) -> Floats:
    """Require numbers strictly between 0 and 1, in any shape; missing ones only where they are allowed."""
    array = floats(value, name, where)
    wrong = ~((array > 0) & (array < 1)) & ~(missing & np.isnan(array))
    if wrong.any():
        first = array[wrong].flat[0]
        check_fraction(float(first), name, where)
    return array


def floats(value: ArrayLike, name: str, where: str) -> Floats:
    """Turn numbers into a float64 array, missing values into NaN."""
    try:
        if isinstance(value, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
            return value.to_numpy(np.float64, na_value=np.nan)
        return np.asarray(value, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: {name} must be numbers, not {_short(value)}.") from error


def whole_counts(value: ArrayLike, name: str, where: str) -> Floats:
    """Turn counts into a float64 array: whole, not negative, missing as NaN."""
    array = counts(value, name, where)
    broken = array % 1 > 0  # False where missing
    if broken.any():
        raise InputError(f"{where}: {name} must be whole counts, but one is {array[broken].flat[0]:g}.")
    return array


def counts(value: ArrayLike, name: str, where: str) -> Floats:
    """Turn counts into a float64 array: not negative, missing as NaN; fractions are allowed (effective counts)."""
    array = floats(value, name, where)
    if (array < 0).any() or np.isinf(array).any():
        wrong = array[(array < 0) | np.isinf(array)].flat[0]
        raise InputError(f"{where}: {name} must be finite counts of at least 0, but one is {wrong:g}.")
    return array


def count_column(df: pd.DataFrame, column: str, where: str) -> Floats:
    """Read a column of counts as float64, missing as NaN; anything but whole numbers from 0 up is refused by row."""
    values = df[column]
    if pd.api.types.is_bool_dtype(values.dtype):
        raise InputError(f"{where}: column {column!r} must hold counts, not True and False.")
    numbers, wrong = _numbers(values)
    wrong |= (numbers < 0) | np.isinf(numbers) | (numbers != np.floor(numbers)) & ~np.isnan(numbers)
    large = numbers > LARGEST_COUNT
    if (wrong | large).any():
        position = int(np.flatnonzero(wrong | large)[0])
        rule = "of at least 0" if wrong[position] else "of at most 2^53"
        value = plain(values.iloc[position])
        raise InputError(
            f"{where}: column {column!r} must hold whole numbers {rule} or missing values, but row "
            f"{plain(df.index[position])!r} (position {position}) has {value!r}.{_thousands(value)}"
        )
    return numbers


def _thousands(value: object) -> str:
    """Say how a CSV export with 1,247 in it is read, or a German one with 1.247, which otherwise is a fraction."""
    grouped = _GROUPED.fullmatch(value) if isinstance(value, str) else None
    if grouped is not None:
        return f" Read the file with pandas.read_csv(..., thousands={grouped[1]!r})."
    if isinstance(value, float) and 1 <= value < 1000 and value == round(value, 3) != round(value, 1):
        meant = f"{round(1000 * value):,}"
        return f" If {meant} is meant, read the file with pandas.read_csv(..., thousands='.', decimal=',')."
    return ""


def _is_grouped(value: object) -> bool:
    return isinstance(value, str) and _GROUPED.fullmatch(value) is not None


def _numbers(values: pd.Series[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    """Read numbers, also those kept as text, and tell which values are neither numbers nor missing."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(np.float64, na_value=np.nan), np.zeros(len(values), dtype=bool)
    objects = values.astype(object)
    numbers = pd.to_numeric(objects, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    # as a number the text "12.000" would be 12, but a German export means 12000 by it
    odd = objects.map(lambda value: isinstance(value, (bool, np.bool_)) or _is_grouped(value)).to_numpy(bool)
    return numbers, odd | np.isnan(numbers) & values.notna().to_numpy(bool)


def flag_column(df: pd.DataFrame, column: str, where: str) -> pd.Series[bool]:
    """Read a column of yes and no, missing as True (nothing known against it)."""
    try:
        return df[column].astype("boolean").fillna(True).astype(bool)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: column {column!r} must hold True, False or missing values.") from error


def group_keys(df: pd.DataFrame, by: object, where: str, argument: str = "by") -> list[pd.Index[Any]]:
    """Find the columns or index levels that `by`, or another `argument`, names."""
    names = [by] if isinstance(by, str) else by
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) for name in names):
        raise InputError(
            f"{where}: {argument} must be the name of a column or index level, or a list of names, not {by!r}."
        )
    return [_group_key(df, name, where, argument) for name in names]


def _group_key(df: pd.DataFrame, name: str, where: str, argument: str) -> pd.Index[Any]:
    if name in df.columns:
        column: pd.Index[Any] = pd.Index(df[name])
        return column
    if name in df.index.names:
        level: pd.Index[Any] = df.index.get_level_values(name)
        return level
    allowed = [*df.columns, *[level for level in df.index.names if level is not None]]
    raise ColumnsError(
        f"{where}: {argument}={name!r} is no column and no index level; there are {listed(allowed)}."
        f"{did_you_mean(name, allowed)}"
    )


def find_row(df: pd.DataFrame, campaign_id: object, where: str, argument: str = "campaign_id") -> int:
    """Find the one row of a campaign by its id in the index, or else by its label, given as `argument`."""
    try:
        places = np.atleast_1d(np.arange(len(df))[df.index.get_loc(campaign_id)])
    except (KeyError, TypeError, pd.errors.InvalidIndexError):  # the last two: not hashable
        return _labelled(df, campaign_id, where, argument)
    if len(places) > 1:
        raise InputError(f"{where}: {argument} {campaign_id!r} stands for {len(places):,} rows. Make the index unique.")
    return int(places[0])


def _labelled(df: pd.DataFrame, campaign_id: object, where: str, argument: str) -> int:
    """Find the one row of a label."""
    labels = df["label"].tolist() if "label" in df else []
    places = [i for i, text in enumerate(labels) if isinstance(text, str) and text == campaign_id]
    if len(places) == 1:
        return places[0]
    if places:
        raise InputError(
            f"{where}: {argument} {campaign_id!r} is the label of {len(places):,} campaigns, "
            f"{listed(df.index[places], 3)}. Name one by its id."
        )
    neither = "neither in the index of the frame nor one of its labels" if labels else "not in the index of the frame"
    known = [*df.index, *[text for text in labels if isinstance(text, str)]]
    raise InputError(f"{where}: {argument} {campaign_id!r} is {neither}.{did_you_mean(campaign_id, known)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def check_id(value: object, position: int, where: str) -> str:
    """Require a campaign id: a UUID, or non-empty text that can be one segment of a path."""
    if isinstance(value, UUID):
        return str(value)
    if not isinstance(value, str):
        raise InputError(
            f"{where}: ids[{position}] must be text, not {_short(value)} ({type(value).__name__}). "
            "In a DataFrame the ids stand in the index or in a column 'campaign_id'."
        )
    if not is_path_segment(value):
        raise InputError(
            f"{where}: ids[{position}] must be one path segment, not {_short(value)}: not blank, not '.' or '..', "
            "and without control characters."
        )
    return value


def is_path_segment(text: str) -> bool:
    """Tell whether a text, once it is percent-encoded, is one segment of a path."""
    return bool(text.strip()) and text not in (".", "..") and _NO_SEGMENT.search(text) is None


class Key:
    """An API key that no repr, pickle or traceback shows, however it is looked at."""

    __slots__ = ("_text",)

    def __init__(self, given: Any) -> None:
        self._text = given.strip() if isinstance(given, str) else given

    @property
    def is_missing(self) -> bool:
        """Whether there is none."""
        return self._text is None or self._text == ""

    @property
    def problem(self) -> str | None:
        """What keeps it from standing in a header."""
        if not isinstance(self._text, str):
            return f"api_key must be text, not {type(self._text).__name__}."
        if not self._text.isascii() or not self._text.isprintable() or " " in self._text:
            return (
                "api_key must be ASCII text without spaces or control characters; the one given (not shown) "
                "is not. Copy it again from LeadLex."
            )
        return None

    @property
    def header(self) -> str:
        """What the header Authorization holds."""
        return f"Bearer {self._text}"

    def stands_in(self, text: str) -> bool:
        """Tell whether a text repeats the key."""
        return self._text.lower() in text.lower()

    def digest(self, base_url: str) -> bytes:
        """Name this key at this address, without giving it away."""
        return hashlib.sha256(f"{self._text}\n{base_url}".encode()).digest()

    def __repr__(self) -> str:
        return "<API key>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled: pass api_key= or set LEADLEX_API_KEY where it is needed.")


def check_key(key: Key, where: str) -> Key:
    """Require an API key that can stand in a header; the key itself is never shown."""
    if key.is_missing:
        raise MissingKeyError(where)
    if key.problem:
        raise InputError(f"{where}: {key.problem}")
    return key


def check_base_url(value: object, where: str) -> str:
    """Require an https address, or http on this machine; credentials in it are refused and never shown."""
    text = value if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port  # an impossible port raises here
    except ValueError:
        host, port = "", None
    if not _is_host(host) or port == 0 or not text.isprintable() or any(c in text for c in " ?#"):
        raise InputError(
            f"{where}: base_url must look like 'https://host/path', without query or fragment; the one given is not."
        )
    if parts.username is not None or parts.password is not None:
        raise InputError(f"{where}: base_url must not hold a user name or password; the key goes into api_key.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise InputError(f"{where}: base_url must begin with https:// (http:// only on this machine), not {value!r}.")
    return text.rstrip("/")


def _is_host(host: str) -> bool:
    """Tell whether a text can be the name or the number of a machine."""
    try:
        if ":" in host:
            return bool(ipaddress.IPv6Address(host))
        return re.fullmatch(r"[a-z0-9._-]+", host.encode("idna").decode()) is not None
    except ValueError:  # UnicodeError is one
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_time(value: object, name: str, where: str) -> pd.Timestamp:
    """Require one time with its time zone, or a date, which is midnight UTC; give it in UTC, to the microsecond."""
    try:
        time: Any = pd.Timestamp(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):  # OutOfBoundsDatetime is one
        time = pd.NaT
    if time is pd.NaT or is_number(value):
        raise InputError(
            f"{where}: {name} must be a time, as in '2026-03-01 09:00+01:00', or a date, which is midnight UTC, "
            f"not {_short(value)}."
        )
    if time.tzinfo is None and _is_date(value):
        time = time.tz_localize("UTC")
    if time.tzinfo is None:
        raise InputError(
            f"{where}: {name} must say its time zone, as in pandas.Timestamp({str(time)!r}, tz='Europe/Berlin'), "
            f"not {_short(value)}."
        )
    moment: pd.Timestamp = time.tz_convert("UTC").as_unit("us")
    return moment


def _is_date(value: object) -> bool:
    """Tell whether a day is given, without an hour."""
    if isinstance(value, str):
        return _DATE.fullmatch(value) is not None
    return isinstance(value, date) and not isinstance(value, datetime)
