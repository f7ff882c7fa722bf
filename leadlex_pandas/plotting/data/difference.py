"""What every mark of a chart of differences shows, and its words."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import pandas as pd

from ..._checks import check_frame
from ...errors import InputError
from ...metrics import Metric, percent
from ...verbs.compare import compare
from ..names import all_shortened
from . import words
from .words import Facts

__all__ = ["difference_data"]

_ARM = ("rate", "low", "high", "trials")
_TABLE = ("first_rate", "second_rate", "difference", "difference_low", "difference_high", "p_adjusted", "verdict")


def difference_data(
    df: pd.DataFrame,
    first: Hashable = None,
    second: Hashable = None,
    metrics: str | Metric | Iterable[str | Metric] | None = "reply_rate",
    *,
    level: float = 0.95,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Say what each row of a chart of differences shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `compare` takes it; or a table that `compare` gave, which is not computed again (the
        other arguments are then those of the table).
    first, second : hashable, optional
        The ids of the two campaigns; needed unless `df` is a table.
    metrics, level, design_effect
        As in `leadlex_pandas.compare`.

    Returns
    -------
    pandas.DataFrame
        One row per metric, from the top, in the order of `metrics`: `y` (position, one unit per row, from 0), `name`
        ("Reply rate"), `block` (the verdict), `meaning` (whether the first is "better" or "worse", missing unless the
        verdict says that one is higher), `difference`, `low`, `high` (first less second, fractions), and `first`,
        `second` (texts: rate, its limits and what it is of, such as emails sent). Metrics without data, or of which no
        difference can be told, are left out. `.attrs` holds what `compare` said, `left_out` (metrics) and the texts of
        the chart: `title`, `caption`, `axis` and `alt_text`.

    Raises
    ------
    InputError
        If campaigns are not named, there is no metric to draw, or as `compare` does.
    ColumnsError
        As `compare` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [610, 598], "replied_count": [41, 22]}, index=["A", "B"])
    >>> data = leadlex_pandas.plotting.data.difference_data(df, "A", "B")
    >>> data[["block", "first", "second"]]
                       block                    first                   second
    metric
    reply_rate  first higher  6.7 % [5.0, 9.0] of 610  3.7 % [2.4, 5.5] of 598
    """
    table = _table(check_frame(df, "difference"), first, second, metrics, level, design_effect)
    told = table[table["difference_low"].notna() & ~table["verdict"].isin(["no data", "not a proportion"])]
    if told.empty:
        raise InputError(
            "difference: the two campaigns have no metric of which both have a proportion, so there is nothing to draw."
        )
    data = _marks(told)
    facts = {**table.attrs, "left_out": [_metric(table, name).title for name in table.index.difference(told.index)]}
    facts["column_headings"] = ("first", "second")
    facts["chance"] = float(told["prob_first_higher"].iloc[0]) if len(told) == 1 else None
    facts["prior"] = str(told["prior"].iloc[0])
    title = _title(data, facts)
    return words.with_words(
        data,
        facts,
        title=title,
        caption=_caption(data, facts),
        axis=_axis(table, told),
        alt_text=f"Chart of differences between two campaigns, {_axis(table, told)}. {title}.{_limits(data)}",
    )


def is_comparison(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `compare` gives; its `attrs` must still be there for the names."""
    return set(_TABLE) <= set(df.columns) and {"first", "second", "metrics"} <= set(df.attrs)


def points(difference: float) -> str:
    """Write a difference of rates in percentage points: "+4.6", two digits of a very small one."""
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    return sign + percent(abs(difference)).removesuffix(" %")


def _table(
    df: pd.DataFrame, first: Hashable, second: Hashable, metrics: Any, level: float, design_effect: float | str | None
) -> pd.DataFrame:
    if is_comparison(df):
        return df
    if first is None or second is None:
        raise InputError(
            "difference: name two campaigns, first and second, as they stand in the index; or give a table of compare."
        )
    return compare(df, first, second, metrics, level=level, design_effect=design_effect)


def _metric(table: pd.DataFrame, name: str) -> Metric:
    return Metric(**table.attrs["metrics"][name])


def _marks(told: pd.DataFrame) -> pd.DataFrame:
    metrics = [_metric(told, name) for name in told.index]
    arms = {
        arm: [
            f"{words.with_limits(*each)} of {trials:,}"
            for *each, trials in told[[f"{arm}_{part}" for part in _ARM]].itertuples(index=False, name=None)
        ]
        for arm in ("first", "second")
    }
    verdicts = told["verdict"].astype(str)
    return pd.DataFrame(
        {
            "y": [float(place) for place in range(len(told))],
            "name": [metric.title for metric in metrics],
            "block": verdicts,
            "meaning": [_meaning(verdict, metric) for verdict, metric in zip(verdicts, metrics, strict=True)],
            "difference": told["difference"],
            "low": told["difference_low"],
            "high": told["difference_high"],
            **arms,
        },
        index=told.index,
    )


def _meaning(verdict: str, metric: Metric) -> str | None:
    """Tell whether the verdict is good or bad news for the first campaign."""
    if verdict == "cannot tell":
        return None
    return "better" if (verdict == "first higher") == (metric.better == "high") else "worse"


def _title(data: pd.DataFrame, facts: Facts) -> str:
    first, second = all_shortened([str(facts["first"]), str(facts["second"])])
    if len(data) > 1:
        return f"{first} against {second}: {_tally(data)}"
    row = data.iloc[0]
    distance = f"{points(abs(row['difference'])).lstrip('+')} points [{points(row['low'])}, {points(row['high'])}]"
    if row["block"] == "cannot tell":
        signed = f"{points(row['difference'])} points [{points(row['low'])}, {points(row['high'])}]"
        return f"{row['name']}: {first} cannot be told from {second} (difference {signed})"
    if row["block"] == "second higher":
        distance = f"{points(-row['difference']).lstrip('+')} points [{points(-row['high'])}, {points(-row['low'])}]"
        first, second = second, first
    return f"{row['name']}: {first} is above {second} by {distance}"


def _tally(data: pd.DataFrame) -> str:
    parts = []
    for verdict, word in (("first higher", "higher"), ("second higher", "lower")):
        names = data.loc[data["block"] == verdict, "name"].str.lower().tolist()
        if names:
            told = f" ({', '.join(names)})" if len(names) <= 3 else ""
            parts.append(f"{word} in {len(names)}{told}")
    same = int((data["block"] == "cannot tell").sum())
    if not parts:
        return f"none of {len(data)} rates can be told apart"
    rest = [f"{same} cannot be told apart"] if same else []
    return f"of {len(data)} rates {', '.join([*parts, *rest])}"


def _caption(data: pd.DataFrame, facts: Facts) -> str:
    level, several = words.exactly(facts["level"]), len(facts["metrics"])
    holm = f" after Holm's adjustment for {several} rates" if several > 1 else ""
    chance = facts["chance"]
    used = [facts["design_effects"][name] for name in data.index]
    wider = [name for name, each in zip(data["name"], used, strict=True) if (each["largest"] or 1) > 1]
    parts = [
        f"First: {facts['first']}. Second: {facts['second']}.",
        f"Lines: {level} limits of the difference (Newcombe); in brackets those of each rate (Wilson).",
        f"Filled: a difference beyond chance (mid-p at most {words.exactly(round(1 - facts['level'], 12))}{holm}, and "
        "limits that exclude 0); hollow: cannot be told.",
        *(["Blue: good news for the first, orange: bad news."] if data["meaning"].notna().any() else []),
        *([f"Chance that the first is truly higher: {_chance(chance)} ({_prior(facts)})."] if chance else []),
        *([f"Variance taken as larger than a binomial's: {', '.join(wider).lower()}."] if wider else []),
        *([f"No difference can be drawn: {', '.join(facts['left_out']).lower()}."] if facts["left_out"] else []),
        *words.read_text(facts.get("read")),
    ]
    return " ".join(parts)


def _chance(chance: float) -> str:
    return "over 99 %" if chance > 0.99 else "under 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def _prior(facts: Facts) -> str:
    return "prior fitted to the portfolio" if facts["prior"] == "fitted" else "Jeffreys' prior"


def _axis(table: pd.DataFrame, told: pd.DataFrame) -> str:
    of = f" of {_metric(table, told.index[0]).ratio_text}" if len(told) == 1 else ""
    return f"first less second, percentage points{of}"


def _limits(data: pd.DataFrame, most: int = 3) -> str:
    rows = data[data["block"] != "cannot tell"].head(most)
    each = zip(rows["name"], rows["difference"], rows["low"], rows["high"], strict=True)
    said = [f"{name} {points(value)} points [{points(low)}, {points(high)}]" for name, value, low, high in each]
    return f" {'; '.join(said)}." if said and len(data) > 1 else ""
