"""What every mark of a chart of a trend shows, and its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from ..._checks import Floats
from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...verbs.periods import ends, starts
from ...verbs.snapshots import Snapshots
from ...verbs.trend import trend
from . import words
from .words import Facts

__all__ = ["trend_data"]

# what a mark can be, in the order of the legend
ORDER = ("above", "below", "within limits", "no limits", "not a proportion")

_TABLE = ("campaigns", "events", "trials", "rate", "center", "low", "high", "signal", "caveats")
_UNITS = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
_NAMED = 8  # breaks whose labels find room above the axes
_NAMED_PERIODS = ("not_read", "first_reads")  # of years of days there are many: pandas copies attrs often
_ROOM = 1.18  # of the axis above the highest mark
_EXTREME = 2.0  # times the highest mark that counts, from where a mark of few emails lies beyond the axis


def trend_data(
    history: pd.DataFrame | Snapshots,
    metric: str | Metric = "reply_rate",
    *,
    freq: str = "W",
    level: float | None = None,
    breaks: Mapping[str | date, str] | None = None,
) -> pd.DataFrame:
    """Say what each mark of a chart of a trend shows.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots, as `trend` takes them; or a table that `trend` gave, which is not computed again.
    metric, freq, level, breaks
        As in `leadlex_pandas.trend`.

    Returns
    -------
    pandas.DataFrame
        One row per period (index `period`), in the order of time: `x` (position, one unit per period, from 0), `name`
        ("2 Mar 2026"), `block` ("above" or "below" the limits, "within limits", "no limits", "not a proportion", empty
        without a rate), `meaning` ("better" or "worse" for a signal, else missing), `rate`, `center`, `low`, `high`
        (fractions), `trials`, `campaigns`, and `beyond` (whether the mark lies beyond the end of the axis,
        `.attrs["end"]`). `.attrs` holds what `trend` said, `marks` (label and position of each break, between the
        periods that it parts), `silent` (how many periods have no rate, by the reason) and the texts of the chart:
        `title`, `caption`, `axis` and `alt_text`.

    Raises
    ------
    InputError
        If no period has a rate, or as `trend` does.
    ColumnsError
        As `trend` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> mondays = pd.date_range("2026-01-05 09:00", periods=4, freq="7D", tz="UTC")
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": mondays, "sent_count": [0, 100, 200, 300],
    ...     "replied_count": [0, 4, 9, 12],
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> data = leadlex_pandas.plotting.data.trend_data(history)
    >>> data[["x", "name", "block", "rate"]].reset_index(drop=True)
         x         name      block  rate
    0  0.0   5 Jan 2026             NaN
    1  1.0  12 Jan 2026  no limits  0.04
    2  2.0  19 Jan 2026  no limits  0.05
    3  3.0  26 Jan 2026  no limits  0.03
    """
    is_table = isinstance(history, pd.DataFrame) and is_trend_table(history)
    table: pd.DataFrame = history if is_table else trend(history, metric, freq=freq, level=level, breaks=breaks)  # type: ignore[assignment]
    if not table["rate"].notna().any():
        raise InputError(
            "trend: no period has a rate: a campaign's first snapshot is where counting begins, so it takes two reads "
            "in two periods, with emails in between."
        )
    data = _marks(table)
    facts = {
        **{name: fact for name, fact in table.attrs.items() if name not in _NAMED_PERIODS}, "end": _end(data),
        "marks": _break_marks(table), "unit": unit(table.attrs["freq"]),
        "silent": _silent(data, table), "points": int(data["block"].isin(ORDER[:4]).sum()),
        "within": int(data["block"].isin(ORDER[:3]).sum()),
    }  # fmt: skip
    data["beyond"] = data["rate"] > facts["end"]
    title = _title(data, facts)
    name = words.axis_text(facts["metric"])
    return words.with_words(
        data,
        facts,
        title=title,
        caption=_caption(data, facts),
        axis=f"{name}, new in the {facts['unit']}",
        alt_text=f"Chart of {_many(len(data), facts['unit'])}, {name}. {title}.{_signals(data)}",
    )


def is_trend_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `trend` gives; its `attrs` must still be there for title and caption."""
    return set(_TABLE) <= set(df.columns) and {"metric", "segments", "sigmas"} <= set(df.attrs)


def unit(frequency: str) -> str:
    """Name a period in words: "week", "2 weeks"."""
    found = re.match(r"(\d*)([DWMQY])", frequency)
    number, letter = (found[1], found[2]) if found else ("", "W")
    return f"{number} {_UNITS[letter]}s" if number not in ("", "1") else _UNITS[letter]


def _many(number: int, each: str) -> str:
    """Count periods: "14 weeks"; "14 periods of 2 weeks"."""
    if each[0].isdigit():
        return f"{number:,} period{'' if number == 1 else 's'} of {each}"
    return f"{number:,} {each}{'' if number == 1 else 's'}"


def _marks(table: pd.DataFrame) -> pd.DataFrame:
    metric = Metric(**table.attrs["metric"])
    odd = table["rate"] > 1
    limited = table["low"].notna() & table["rate"].notna()
    block = np.select(
        [table["rate"].isna(), odd, table["signal"].eq("above"), table["signal"].eq("below"), limited],
        ["", "not a proportion", "above", "below", "within limits"],
        default="no limits",
    )
    good = "above" if metric.better == "high" else "below"
    periods = pd.PeriodIndex(table.index)
    return pd.DataFrame(
        {
            "x": np.arange(len(table), dtype=np.float64),
            "name": [_day(period.start_time) for period in periods],
            "block": block,
            "meaning": [None if kind not in ORDER[:2] else "better" if kind == good else "worse" for kind in block],
            **{name: table[name] for name in ("rate", "center", "low", "high", "trials", "campaigns")},
        },
        index=table.index,
    )


def _day(time: pd.Timestamp) -> str:
    return f"{time.day} {time:%b %Y}"


def _end(data: pd.DataFrame) -> float:
    """End the axis where all that counts has room; a period of few emails, and its wide limits, may lie beyond."""
    large = data["trials"].to_numpy(np.float64, na_value=0.0)
    counts = data["block"].isin(["above", "below"]) | (large >= 0.1 * np.median(large[large > 0]))
    rates = data.loc[data["block"] != "not a proportion", "rate"]
    usual = data["high"].quantile(0.75)
    highest = max(np.nan_to_num([rates[counts].max(), usual, data["center"].max()]))
    highest = max(highest, np.nan_to_num(rates[rates <= _EXTREME * highest].max()))
    return float(min(_ROOM * highest, 1.05)) if highest > 0 else 0.01


def _break_marks(table: pd.DataFrame) -> list[tuple[str, float]]:
    """Place each break within its period, or between two; those outside the time that has rates have no place."""
    periods = pd.PeriodIndex(table.index)
    begin, end = starts(periods), ends(periods)
    known = np.flatnonzero(table["rate"].notna())
    marks = []
    for text, label in table.attrs["breaks"].items():
        when = pd.Timestamp(text)
        place = int(end.searchsorted(when))
        if begin[known[0]] < when <= end[known[-1]]:
            share = (when - begin[place]) / (end[place] - begin[place])
            marks.append((str(label), place - 0.5 + float(share)))
    return marks


def break_names(marks: list[tuple[str, float]]) -> list[str]:
    """Give what stands above each break: its label, or its number where there are too many labels for one line."""
    return [label if len(marks) <= _NAMED else str(number) for number, (label, _) in enumerate(marks, 1)]


def _breaks_text(marks: list[tuple[str, float]]) -> list[str]:
    names = [f"{number} {label}" if len(marks) > _NAMED else label for number, (label, _) in enumerate(marks, 1)]
    return [f"Dashed: {', '.join(names)}; each side is judged by itself."] if marks else []


def _title(data: pd.DataFrame, facts: Facts) -> str:
    """State the finding: how many periods are outside the limits, and which was the last."""
    name, each = Metric(**facts["metric"]).title, facts["unit"]
    outside = data[data["block"].isin(ORDER[:2])]
    level = _centers(data)
    if not data["rate"].gt(0).any():
        return f"{name}: no {noun(facts['metric']['events'])} in {_many(facts['points'], each)}"
    if not facts["within"]:
        between = " between breaks" if facts["breaks"] else ""
        return f"{name}: {level} in {_many(facts['points'], each)}; limits need 12{between}"
    total = _many(facts["within"], each)
    if outside.empty:
        return f"{name}: none of {total} is outside its limits around {level}"
    kinds = [(kind, int((outside["block"] == kind).sum())) for kind in ORDER[:2]]
    (kind, number), *other = [each for each in kinds if each[1]]
    more = f", {other[0][1]:,} {other[0][0]}" if other else ""
    last = outside.iloc[-1]
    which = f"{'it is' if len(outside) == 1 else 'the last is'} that of {last['name']} ({percent(last['rate'])})"
    return f"{name}: {number:,} of {total} {kind} the limits around {level}{more}; {which}"


def _centers(data: pd.DataFrame) -> str:
    """Tell the pooled rate, or how it went from one stretch to the next."""
    known = data["center"].dropna()
    values = known[known.ne(known.shift())]
    if values.empty:
        return percent(float(data["rate"].mean()))
    return " then ".join(percent(value) for value in values) if len(values) <= 3 else f"{len(values)} levels"


def _caption(data: pd.DataFrame, facts: Facts) -> str:
    wide = [each["sigma_z"] for each in facts["segments"] if each["sigma_z"]]
    sigmas = f"{facts['sigmas']:.3g} standard deviations" if facts["level"] is None else (
        f"{words.exactly(facts['level'])} limits"
    )  # fmt: skip
    times = _range(wide) if wide else ""
    band = f"Band: {sigmas} (Laney), {times} times as wide as a binomial's. Line: pooled rate."
    trials = int(data["trials"].sum())
    silent = facts["silent"]
    parts = [
        *([band] if wide else ["Line: pooled rate."]),
        *_breaks_text(facts["marks"]),
        f"Counted is what was new in each {facts['unit']} (UTC): {trials:,} {noun(facts['metric']['trials'])} in "
        f"{_many(len(data), facts['unit'])}.",
        *(f"{kind}: {number:,}." for kind, number in silent.items()),
        *(["Arrow: beyond the axis."] if data["beyond"].any() else []),
        *words.read_text(facts.get("read")),
    ]  # fmt: skip
    return " ".join(parts)


def _silent(data: pd.DataFrame, table: pd.DataFrame) -> dict[str, int]:
    """Count the periods without a rate: where nothing was new, and where nothing is known."""
    silent = data["block"].eq("").to_numpy()
    known = table["trials"].notna().to_numpy()
    names = pd.PeriodIndex(table.index).astype(str)
    unread, begun = (names.isin(table.attrs.get(name, [])) for name in _NAMED_PERIODS)
    kinds = {
        f"Without new {noun(table.attrs['metric']['trials'])}": silent & known,
        "Read for the first time only": silent & begun,
        "Not read": silent & unread,
        "Nothing new known": silent & ~known & ~begun & ~unread,
    }
    return {kind: int(rows.sum()) for kind, rows in kinds.items() if rows.any()}


def _range(values: list[float]) -> str:
    low, high = f"{min(values):.2g}", f"{max(values):.2g}"
    return low if low == high else f"{low} to {high}"


def _signals(data: pd.DataFrame, most: int = 3) -> str:
    """Name the newest periods outside the limits, for readers without the picture."""
    rows = data[data["block"].isin(ORDER[:2])].iloc[::-1]
    said = [
        f"{name}, {percent(rate)} {block} {percent(low)} to {percent(high)}"
        for name, rate, block, low, high in zip(
            rows["name"][:most], rows["rate"], rows["block"], rows["low"], rows["high"], strict=False
        )
    ]
    more = f" and {len(rows) - most:,} more" if len(rows) > most else ""
    return f" Outside, the newest first: {'; '.join(said)}{more}." if said else ""


def step_edges(values: Floats) -> Floats:
    """Repeat each value, so that a line through them is level over its period."""
    return np.repeat(values, 2)
