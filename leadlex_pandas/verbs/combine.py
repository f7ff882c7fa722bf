"""`combine`: put the parts of a campaign together that was split in two."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import check_columns, check_frame, count_column, did_you_mean, listed
from ..errors import InputError
from ..metrics import COUNTS, METRICS, caveat_column, find_metrics, join_caveats, rate_columns, tracking_off, whole

__all__ = ["combine"]

_SUMMED = (*COUNTS, "delivered_count", "contacts", "contacts_reached")


def combine(
    df: pd.DataFrame, parts: Mapping[Hashable, Iterable[Hashable]], *, label: str | Mapping[Hashable, str] | None = None
) -> pd.DataFrame:
    """Put campaigns together that are parts of one: counts are summed, rates recomputed.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with `sent_count`; the index holds the ids.
    parts : mapping of id to iterable of ids
        The ids that become one, under the new id: ``{"autumn": ["autumn_1", "autumn_2"]}``.
    label : str or mapping of id to str, optional
        What the new campaign is called; a mapping from new ids if there are several. By default the label all parts
        share, else the new id.

    Returns
    -------
    pandas.DataFrame
        The columns of `df`; the new row stands where its first part stood. The six counts, `delivered_count`,
        `contacts` and `contacts_reached` are summed, rates that stand in the frame recomputed, `fetched_at` is the
        newest. A sum is missing if a part is: also for opens and clicks if a part did not track them. Any other column
        keeps the value all parts share, else it is missing. `caveats` says ``combined``, and what was known of any
        part.

    Raises
    ------
    InputError
        If an id is unknown, stands for several rows, comes twice or is taken, fewer than two are put together, or a
        count is negative, fractional or no number.
    ColumnsError
        If `sent_count` is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [600, 647, 980], "replied_count": [40, 49, 31]}, index=["a1", "a2", "b"])
    >>> leadlex_pandas.combine(df, {"a": ["a1", "a2"]})
       sent_count  replied_count   caveats
    a        1247             89  combined
    b         980             31
    """
    where = "combine"
    frame = check_frame(df, where)
    check_columns(frame, ["sent_count"], where)
    plan = _plan(frame.index, parts, where)
    labels = _labels(label, [new for new, _ in plan.merged], where)
    columns = {name: _column(frame, name, plan, where) for name in frame.columns}
    done = pd.DataFrame(columns, index=plan.kept).set_axis(_index(frame.index, plan))
    done = _recomputed(done, plan, where)
    if "label" in frame:
        done["label"] = _labelled(done["label"], plan, labels)
    return done.assign(caveats=_caveats(frame, done, plan, where))


@dataclass(frozen=True)
class _Plan:
    """Which rows stay (the first part of each new campaign among them), and the new campaigns: id and its parts."""

    kept: NDArray[np.intp]
    merged: list[tuple[Hashable, list[int]]]

    @property
    def places(self) -> NDArray[np.intp]:
        """Where in the result the new campaigns stand."""
        return np.searchsorted(self.kept, [rows[0] for _, rows in self.merged])

    @property
    def is_new(self) -> NDArray[np.bool_]:
        """Which rows of the result are new."""
        return np.isin(np.arange(len(self.kept)), self.places)


def _plan(index: pd.Index[Any], parts: object, where: str) -> _Plan:
    positions = _positions(index, parts, where)
    gone = [position for rows in positions.values() for position in rows[1:]]
    return _Plan(np.setdiff1d(np.arange(len(index)), gone), list(positions.items()))


def _positions(index: pd.Index[Any], parts: object, where: str) -> dict[Hashable, list[int]]:
    """Find the rows of each part, in the order of the frame; every id must stand for one row, and be used once."""
    if not isinstance(parts, Mapping) or not parts:
        raise InputError(f"{where}: parts must be a mapping such as {{'new_id': ['a', 'b']}}, not {parts!r}.")
    rows: dict[Hashable, list[int]] = {}
    for position, key in enumerate(index):
        rows.setdefault(key, []).append(position)
    found: dict[Hashable, list[int]] = {}
    used: dict[Hashable, Hashable] = {}
    for new, ids in parts.items():
        if isinstance(ids, str) or not isinstance(ids, Iterable):
            raise InputError(f"{where}: parts[{new!r}] must be several ids, not {ids!r}.")
        wanted = list(ids)
        if len(wanted) < 2:
            raise InputError(f"{where}: parts[{new!r}] must be at least two ids, not {wanted!r}.")
        for key in wanted:
            _check_part(key, new, rows, used, where)
            used[key] = new
        found[new] = sorted(rows[key][0] for key in wanted)
    for new in found:
        if new in rows and new not in used:
            raise InputError(f"{where}: {new!r} is the id of another campaign; give the new one an id of its own.")
    return found


def _check_part(key: Hashable, new: Hashable, rows: Mapping[Hashable, list[int]], used: object, where: str) -> None:
    if key not in rows:
        raise InputError(
            f"{where}: parts[{new!r}] has {key!r}, which is no id of the frame's index.{did_you_mean(key, rows)}"
        )
    if len(rows[key]) > 1:
        raise InputError(f"{where}: {key!r} stands for {len(rows[key])} rows. Give each row an id of its own.")
    if key in used:  # type: ignore[operator]
        raise InputError(f"{where}: {key!r} is named twice in parts; a campaign can be part of one other only.")


def _labels(label: object, new: list[Hashable], where: str) -> Mapping[Hashable, str]:
    if label is None:
        return {}
    if isinstance(label, str) and len(new) == 1:
        return {new[0]: label}
    if isinstance(label, Mapping) and set(label) <= set(new):
        return label
    what = (
        f"a mapping from the new ids ({listed(new)}) to labels"
        if len(new) > 1 or isinstance(label, Mapping)
        else "text"
    )
    raise InputError(f"{where}: label must be {what}, not {label!r}.")


def _column(df: pd.DataFrame, name: str, plan: _Plan, where: str) -> pd.Series[Any]:
    """Give one column of the result: summed, the newest, or what all parts share."""
    if name in _SUMMED:
        return _summed(df, name, plan, where)
    column = df[name].reset_index(drop=True)
    series = column.iloc[plan.kept]
    if name == "fetched_at":
        newest = [column.iloc[rows].max() for _, rows in plan.merged]
        series.iloc[plan.places] = newest
        return series
    shared = [_is_shared(column.iloc[rows]) for _, rows in plan.merged]
    if all(shared):
        return series
    if pd.api.types.is_bool_dtype(series.dtype):
        series = series.astype("boolean")
    elif pd.api.types.is_integer_dtype(series.dtype):
        series = series.astype("Int64")
    return series.mask(np.isin(np.arange(len(series)), plan.places[~np.array(shared)]))


def _summed(df: pd.DataFrame, name: str, plan: _Plan, where: str) -> pd.Series[Any]:
    """Add up the counts of the parts; one that is missing, or was not tracked, makes the sum missing."""
    numbers = count_column(df, name, where)
    untracked = dict(zip(("opened_count", "clicked_count"), tracking_off(df, where), strict=True))
    known = np.where(untracked[name], np.nan, numbers) if name in untracked else numbers
    sums = [known[rows].sum() for _, rows in plan.merged]
    result = numbers[plan.kept]
    result[plan.places] = sums
    series = whole(result, pd.Index(plan.kept))
    plain = isinstance(df[name].dtype, np.dtype) and df[name].dtype.kind in "iu" and not np.isnan(result).any()
    return series.astype(df[name].dtype) if plain else series


def _is_shared(values: pd.Series[Any]) -> bool:
    if values.isna().any():
        return bool(values.isna().all())
    first, *others = values
    return all(other == first for other in others)


def _recomputed(df: pd.DataFrame, plan: _Plan, where: str) -> pd.DataFrame:
    """Recompute the rates of the new campaigns; their limits and the service's rates were those of the parts."""
    possible = [metric for metric in find_metrics(df, None, where) if metric.name in df]
    computed = rate_columns(df, possible, where)
    stale = [f"{name}{end}" for name in METRICS for end in ("", "_low", "_high", "_design_effect")]
    stale += [name for name in df.columns if str(name).startswith("api_")]
    columns = {}
    for name in [name for name in stale if name in df and name != "delivered_count"]:
        columns[name] = df[name].mask(plan.is_new, computed.get(name, np.nan))
    return df.assign(**columns)


def _labelled(column: pd.Series[Any], plan: _Plan, labels: Mapping[Hashable, str]) -> pd.Series[Any]:
    column = column.copy() if pd.api.types.is_string_dtype(column.dtype) else column.astype(object)
    for place, (new, _) in zip(plan.places, plan.merged, strict=True):
        if new in labels or pd.isna(column.iloc[place]):
            column.iloc[place] = labels.get(new, str(new))
    return column


def _caveats(df: pd.DataFrame, done: pd.DataFrame, plan: _Plan, where: str) -> pd.Series[str]:
    """Keep what was known of any part, but for a part without emails, and look at the sums anew."""
    before = caveat_column(df, where)
    texts = before.iloc[plan.kept].set_axis(done.index)
    for place, (_, rows) in zip(plan.places, plan.merged, strict=True):
        codes = "|".join(before.iloc[rows]).split("|")
        texts.iloc[place] = "|".join(dict.fromkeys(code for code in codes if code not in ("", "nothing_sent")))
    return join_caveats({"combined": plan.is_new}, caveat_column(done.assign(caveats=texts), where))


def _index(index: pd.Index[Any], plan: _Plan) -> pd.Index[Any]:
    ids: list[Any] = list(index[plan.kept])
    for place, (new, _) in zip(plan.places, plan.merged, strict=True):
        ids[place] = new
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples(ids, names=index.names)
    ours: pd.Index[Any] = pd.Index(ids, name=index.name)
    return ours
