"""What every line of a chart of growth shows, and its words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..._checks import Floats, check_columns, check_option, check_whole
from ...errors import InputError
from ...metrics import COUNTS, noun
from ...verbs.growth import growth
from ...verbs.snapshots import Snapshots
from . import words
from .words import Facts

__all__ = ["growth_data"]

_WEEK = 7 - 0.25  # days; a weekly read that comes a little early still is one
_FEW = 5  # campaigns from which a median is drawn
_SHARES = (0.5, 0.9)


def growth_data(
    history: pd.DataFrame | Snapshots,
    count: str = "replied_count",
    *,
    ids: str | Iterable[str] | None = None,
    max_labels: int = 4,
) -> pd.DataFrame:
    """Say what each line of a chart of growth shows.

    Parameters
    ----------
    history : History or pandas.DataFrame
        Recorded snapshots, as `growth` takes them; or a table that `growth` gave, which is not computed again.
    count : str, default "replied_count"
        Which of the six counts.
    ids : str or iterable of str, optional
        Which campaigns; by default all.
    max_labels : int, default 4
        How many campaigns are named at most, those that counted most; 0 for none.

    Returns
    -------
    pandas.DataFrame
        One row per snapshot, by campaign, then by time: `campaign_id`, `name`, `day` (days since the last snapshot
        before the first email, or since the first snapshot if emails had gone out by then), `share` (of the last count,
        a fraction), `count`, `growing` (whether the campaign's last count grew in its last week, or was read for less
        than a week) and `labelled`. Campaigns read once, and those without a single event, have no line. `.attrs` holds
        `half` and `most` (days after which campaigns that grow no more have 50 % and 90 %: lowest, median, highest;
        None if all grow), `median` (the line through the middle of their shares: lists `day` and `share`; None below 5
        such campaigns), `end` (the last day on which a line moves), and the texts of the chart: `title`, `caption`,
        `axis` and `alt_text`.

    Raises
    ------
    InputError
        If no campaign has a line, `count` is none of the six counts, or as `growth` does.
    ColumnsError
        If the count is missing, or as `growth` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> when = pd.to_datetime(["2026-09-07 09:00", "2026-09-08 21:00", "2026-09-14 09:00"], utc=True)
    >>> history = pd.DataFrame({
    ...     "campaign_id": "alert", "fetched_at": when, "sent_count": [400, 600, 600], "replied_count": [9, 28, 36],
    ... }).set_index(["campaign_id", "fetched_at"])
    >>> leadlex_pandas.plotting.data.growth_data(history)[["name", "day", "share", "growing"]]
        name  day     share  growing
    0  alert  0.0  0.250000     True
    1  alert  1.5  0.777778     True
    2  alert  7.0  1.000000     True
    """
    check_option(count, "count", "growth", COUNTS)
    most = check_whole(max_labels, "max_labels", "growth", least=0)
    is_table = isinstance(history, pd.DataFrame) and is_growth_table(history)
    table: pd.DataFrame = history if is_table else growth(history, ids=ids)  # type: ignore[assignment]
    if is_table and ids is not None:
        table = table[table["campaign_id"].isin([ids] if isinstance(ids, str) else list(ids))]
    check_columns(table, ["sent_count", count], "growth")
    data = _lines(table, count, most)
    if data.empty:
        raise InputError(f"growth: no campaign was read twice and has any {noun(count)}, so there is nothing to draw.")
    facts = _facts(table, data, count)
    title = _title(facts)
    return words.with_words(
        data,
        facts,
        title=title,
        caption=_caption(facts),
        axis=f"share of the {noun(count)} at the last read",
        alt_text=f"Line chart of {words.campaigns(facts['lines'])}, {noun(count)} by day. {title}.{_named(data)}",
    )


def is_growth_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `growth` gives."""
    return {"campaign_id", "days_since_first", "sent_count"} <= set(df.columns)


def _lines(table: pd.DataFrame, count: str, most: int) -> pd.DataFrame:
    """Give each campaign's shares from the last snapshot before its first email on."""
    known = table[table[count].notna() & table["sent_count"].notna()]
    ids = known["campaign_id"]
    empty = known["sent_count"].eq(0)
    begin = known["days_since_first"].where(empty).groupby(ids, sort=False).transform("max")
    begin = begin.fillna(known["days_since_first"].groupby(ids, sort=False).transform("min"))
    last = known[count].groupby(ids, sort=False).transform("last").astype(float)
    rows = known.assign(day=known["days_since_first"] - begin, last=last)
    rows = rows[(rows["day"] >= 0) & (rows["last"] > 0)]
    rows = rows[rows.groupby("campaign_id", sort=False)["day"].transform("size") > 1]
    share = rows[count].astype(float) / rows["last"]
    names = rows["campaign_id"].astype(str)
    if "label" in rows:
        blank = rows["label"].isna() | rows["label"].astype(str).str.strip().eq("")
        names = rows["label"].astype(object).where(~blank, names)
    largest = rows.groupby("campaign_id", sort=False)["last"].first().nlargest(most).index
    return pd.DataFrame(
        {
            "campaign_id": rows["campaign_id"],
            "name": names.astype(str),
            "day": rows["day"],
            "share": share,
            "count": rows[count],
            "growing": _growing(rows, share),
            "labelled": rows["campaign_id"].isin(largest),
        },
        index=rows.index,
    )


def _growing(rows: pd.DataFrame, share: pd.Series[Any]) -> pd.Series[Any]:
    """Tell whether a campaign's last count was not yet reached a week before its last snapshot."""
    ids = rows["campaign_id"]
    end = rows["day"].groupby(ids, sort=False).transform("max")
    earlier = share.where(rows["day"] <= end - _WEEK).groupby(ids, sort=False).transform("max")
    return ~(earlier >= 0.99)


def _facts(table: pd.DataFrame, data: pd.DataFrame, count: str) -> dict[str, Any]:
    lines = data.groupby("campaign_id", sort=False)
    settled = data[~data["growing"]]
    half, most = (_spread(_days_to(settled, share)) for share in _SHARES)
    enough = lines.ngroups - int(lines["growing"].first().sum()) >= _FEW
    return {
        **{str(name): fact for name, fact in table.attrs.items()},
        "count": count,
        "lines": lines.ngroups,
        "growing": int(lines["growing"].first().sum()),
        "left_out": int(table["campaign_id"].nunique()) - lines.ngroups,
        "events": int(lines["count"].last().sum()),
        "half": half,
        "most": most,
        "end": _end(data),
        "median": _median(settled) if enough else None,
    }


def _days_to(data: pd.DataFrame, share: float) -> list[float]:
    """Give the days after which each campaign has this share, on the line between two snapshots."""
    return [
        _crossing(rows["day"].to_numpy(), rows["share"].to_numpy(), share) for _, rows in data.groupby("campaign_id")
    ]


def _spread(days: list[float]) -> tuple[float, float, float] | None:
    return (min(days), float(np.median(days)), max(days)) if days else None


def _end(data: pd.DataFrame) -> float:
    """Give the day by which no line moves any more."""
    moving = data[data["share"].ne(data.groupby("campaign_id", sort=False)["share"].shift())]
    return float(moving["day"].max())


def _crossing(day: Floats, share: Floats, wanted: float) -> float:
    """Give where a line first reaches a height; shares can fall, as when replies are taken back."""
    after = int(np.argmax(share >= wanted))
    if after == 0:
        return float(day[0])
    before = after - 1
    rise = (wanted - share[before]) / (share[after] - share[before])
    return float(day[before] + rise * (day[after] - day[before]))


def _median(data: pd.DataFrame) -> dict[str, list[float]]:
    """Give the line through the middle of all lines; one that has ended stays where it is."""
    grid = np.linspace(0, float(data["day"].max()), 200)
    lines = [np.interp(grid, rows["day"], rows["share"]) for _, rows in data.groupby("campaign_id")]
    return {"day": grid.tolist(), "share": np.median(lines, axis=0).tolist()}


def _title(facts: Facts) -> str:
    what, lines, growing = noun(facts["count"]), facts["lines"], facts["growing"]
    still = f"; {growing:,} of {lines:,} still {'grows' if growing == 1 else 'grow'}" if growing else ""
    settled = lines - growing
    if not settled:
        grows = "grow" if lines > 1 else "grows"
        return f"{what.capitalize()} of {words.campaigns(lines)} still {grows}: too early to say when they are in"
    half, most = (_in_words(facts[name], facts["median"] is not None) for name in ("half", "most"))
    whose = f"in the median of {words.campaigns(settled)}" if facts["median"] else f"in {words.campaigns(settled)}"
    return f"{what.capitalize()}: half are in after {half}, 90 % after {most}, {whose}{still}"


def _in_words(days: tuple[float, float, float], median: bool) -> str:
    low, middle, high = days
    if median or _days(low) == _days(high):
        return _days(middle)
    return f"{_days(low).split(' ')[0]} to {_days(high)}"


def _days(days: float) -> str:
    number = f"{days:.0f}" if days >= 3 else f"{days:.1f}".removesuffix(".0")
    return f"{number} day{'' if number == '1' else 's'}"


def _caption(facts: Facts) -> str:
    what = noun(facts["count"])
    parts = [
        *([f"Thick line: median of the campaigns whose {what} grew by under 1 % in their last week."]
          if facts["median"] else []),
        *(["Dotted: still growing, so its last count is not its end."] if facts["growing"] else []),
        "Day 0: the last read before the first email, or the first read of all.",
        f"{facts['events']:,} {what} in {words.campaigns(facts['lines'])}.",
        *([f"Without a line: {words.campaigns(facts['left_out'])} (read once, or no {what})."]
          if facts["left_out"] else []),
        *words.read_text(facts.get("read")),
    ]  # fmt: skip
    return " ".join(parts)


def _named(data: pd.DataFrame) -> str:
    """Tell how the named campaigns went, for readers without the picture."""
    said = []
    for _, rows in data[data["labelled"]].groupby("campaign_id", sort=False):
        day = _crossing(rows["day"].to_numpy(), rows["share"].to_numpy(), 0.5)
        said.append(f"{rows['name'].iloc[-1]} half after {_days(day)}")
    return f" Largest: {'; '.join(said)}." if said else ""
