"""What every mark of a chart of health shows, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..._checks import check_frame, check_whole
from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...verbs.health import ALL_CAMPAIGNS, health
from . import verdicts, words
from .words import Facts

__all__ = ["health_data"]

# in this order campaigns stand below "all campaigns"
ORDER = ("breach", "watch", "not enough data", "clear", "not a proportion")
ALARMS = ("breach", "watch")

_GAP = 1.4  # rows between one metric and the heading of the next
_BEYOND = 1.6  # how far the axis reaches beyond the farther limit, if no mark lies farther
_TABLE = ("events", "trials", "rate", "low", "high", "watch_limit", "breach_limit", "status", "source")


def health_data(
    df: pd.DataFrame,
    *,
    limits: Mapping[str | Metric, tuple[float, float]] | None = None,
    level: float = 0.95,
    max_rows: int | None = 40,
) -> pd.DataFrame:
    """Say what each row of a chart of health shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `health` takes it; or a table that `health` gave, which is not computed again.
    limits, level
        As in `leadlex_pandas.health`.
    max_rows : int, optional
        How many rows of campaigns to show at most, over all metrics: first what exceeds a limit, then the largest. None
        shows all.

    Returns
    -------
    pandas.DataFrame
        One row per mark, from the top, index as `health` gives it: `y` (position, one unit per row), `name`,
        `block` (the status), `meaning` ("worse" for breach and watch, else missing), `rate`, `low`, `high` (fractions,
        one-sided limits), `watch`, `breach` (the limits set), `x`, `x_low`, `x_high`, `x_breach` (what is drawn: the
        same in multiples of the watch limit if there are several metrics, else the same), `beyond` (whether the mark
        lies beyond the end of the axis, `.attrs["end"]`), `text` ("0.3 %") and `count` ("6 / 1,750"). Rows without data
        are left out. `.attrs` holds what `health` said and the texts of the chart: `title`, `caption`, `axis` and
        `alt_text`.

    Raises
    ------
    InputError
        If no campaign has data, or as `health` does.
    ColumnsError
        As `health` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [2400, 150], "bounced_count": [170, 0]}, index=["old list", "new list"])
    >>> data = leadlex_pandas.plotting.data.health_data(df)
    >>> data[["y", "name", "block", "text"]].reset_index(drop=True)
         y           name   block   text
    0  1.0  all campaigns  breach  6.7 %
    1  2.0       old list  breach  7.1 %
    2  3.0       new list   clear  0.0 %
    """
    frame = check_frame(df, "health")
    table = frame if is_health_table(frame) else health(frame, limits=limits, level=level)
    most = None if max_rows is None else check_whole(max_rows, "max_rows", "health")
    table = table.assign(metric=table.index.get_level_values("metric"), total=_is_total(table))
    judged = table[table["status"] != "no data"]
    if judged.empty:
        raise InputError("health: no campaign has data for these metrics, so there is nothing to draw.")
    metrics = list(dict.fromkeys(judged["metric"]))
    blocks = [_in_order(judged[judged["metric"] == name], most and max(1, most // len(metrics))) for name in metrics]
    data = _marks(pd.concat(blocks), len(metrics) > 1)
    facts = _facts(table, judged, data, metrics)
    data["beyond"] = data["x"] > facts["end"]
    title = _title(judged, facts)
    return words.with_words(
        data,
        facts,
        title=title,
        caption=_caption(judged, data, facts),
        axis=_axis(facts),
        alt_text=f"Chart of health of {words.campaigns(facts['campaigns'])}, {_axis(facts)}. {title}.{_worst(judged)}",
    )


def is_health_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `health` gives; its `attrs` must still be there for caption and axis."""
    return set(_TABLE) <= set(df.columns) and "metrics" in df.attrs and "metric" in df.index.names


def _is_total(table: pd.DataFrame) -> Any:
    return table.index.get_level_values(0) == ALL_CAMPAIGNS


def _in_order(rows: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """Put all campaigns together first, then the worst; of the others keep alarms, then the largest."""
    place = rows["status"].astype(str).map({name: number for number, name in enumerate(ORDER)}).to_numpy(np.int64)
    total, alarm = rows["total"].to_numpy(bool), rows["status"].isin(ALARMS).to_numpy()
    trials = rows["trials"].to_numpy(np.float64)
    worse = np.where(rows["watch_limit"] <= rows["breach_limit"], -1, 1) * rows["rate"].to_numpy(np.float64)
    kept = np.ones(len(rows), dtype=bool)
    if most is not None and len(rows) - total.sum() > most:
        first = np.lexsort((-trials, ~alarm, ~total))
        kept[first[total.sum() + max(most, int((alarm & ~total).sum())) :]] = False
    order = np.lexsort((-trials, worse, place, ~total))
    return rows.iloc[order[kept[order]]]


def _marks(rows: pd.DataFrame, scaled: bool) -> pd.DataFrame:
    blocks = pd.factorize(rows["metric"])[0]
    scale = rows["watch_limit"] if scaled else 1.0
    names = [
        ALL_CAMPAIGNS if total else name
        for name, total in zip(verdicts.names(rows.droplevel("metric")), rows["total"], strict=True)
    ]
    return pd.DataFrame(
        {
            "y": 1.0 + np.arange(len(rows)) + blocks * (1 + _GAP),
            "name": names,
            "block": rows["status"].astype(str),
            "meaning": [("worse" if status in ALARMS else None) for status in rows["status"]],
            **{name: rows[name] for name in ("rate", "low", "high")},
            "watch": rows["watch_limit"],
            "breach": rows["breach_limit"],
            "x": rows["rate"] / scale,
            "x_low": rows["low"] / scale,
            "x_high": rows["high"] / scale,
            "x_watch": rows["watch_limit"] / scale,
            "x_breach": rows["breach_limit"] / scale,
            "text": [percent(rate) for rate in rows["rate"]],
            "count": verdicts.counts(rows),
        },
        index=rows.index,
    )


def _facts(table: pd.DataFrame, judged: pd.DataFrame, data: pd.DataFrame, metrics: list[str]) -> dict[str, Any]:
    own = judged[~judged["total"]]
    counts = judged["status"].value_counts()
    one = table[(table["metric"] == metrics[0]) & ~table["total"]]
    return {
        **{str(name): fact for name, fact in table.attrs.items()},
        "campaigns": len(one),
        "hidden": len(own) - int((data["name"] != ALL_CAMPAIGNS).sum()),
        "no_data": int((table["status"] == "no data").sum()),
        "statuses": {name: int(counts.get(name, 0)) for name in ORDER},
        "shown_metrics": metrics,
        "end": _end(data),
        "headings": {name: _heading(table, name) for name in metrics},
        "column_headings": ("rate", _counts_heading(table, metrics)),
    }


def _end(data: pd.DataFrame) -> float:
    """End the axis where the limits and every breach have room; small campaigns, so far undecided, may lie beyond."""
    x, limits = data["x"].to_numpy(np.float64), data[["x_watch", "x_breach"]].to_numpy(np.float64)
    end = _BEYOND * limits.max()
    counts = (data["block"].eq("breach") | data["name"].eq(ALL_CAMPAIGNS)).to_numpy() | (x <= 1.5 * end)
    return float(max(end, 1.15 * x[counts].max(initial=0)))


def _counts_heading(table: pd.DataFrame, metrics: list[str]) -> str:
    """Name what stands beside each row, as far as it is the same for all metrics."""
    events, trials = ({str(table.attrs["metrics"][name][of]) for name in metrics} for of in ("events", "trials"))
    first = noun(events.pop()) if len(events) == 1 else "events"
    return f"{first} / {noun(trials.pop()) if len(trials) == 1 else 'trials'}"


def _heading(table: pd.DataFrame, name: str) -> str:
    return Metric(**table.attrs["metrics"][name]).title


def _title(judged: pd.DataFrame, facts: Facts) -> str:
    """State the finding: what all campaigns together are, and how many campaigns exceed a limit beyond chance."""
    total = judged[judged["total"]]
    together = [
        f"{facts['headings'][name].lower()} {percent(rate)}, {status}"
        for name, rate, status in zip(total["metric"], total["rate"], total["status"].astype(str), strict=True)
    ]
    own = judged[~judged["total"]]
    ids = own.droplevel("metric").index
    counted = {name: int(ids[own["status"] == name].nunique()) for name in ORDER}
    alarms = int(ids[own["status"].isin(ALARMS)].nunique())
    several = facts["campaigns"]
    said = f"All campaigns together: {'; '.join(together)}. " if together else ""
    if not several:
        return said.rstrip(". ")
    worst = f"{counted['breach']:,} of {words.campaigns(several)} in breach" if counted["breach"] else ""
    watch = alarms - counted["breach"]
    parts = [worst] if worst else []
    if watch:
        parts.append(f"{watch:,}{'' if worst else f' of {words.campaigns(several)}'} on watch")
    if not alarms:
        parts.append(
            "The campaign exceeds no limit beyond chance" if several == 1
            else f"None of {words.campaigns(several)} exceeds a limit beyond chance"
        )  # fmt: skip
    few = int(ids[own["status"] == "not enough data"].difference(ids[own["status"].isin(ALARMS)]).nunique())
    more = f"; {few:,} cannot be cleared yet" if few else ""
    return f"{said}{', '.join(parts)}{more}"


def _axis(facts: Facts) -> str:
    metrics = [Metric(**facts["metrics"][name]) for name in facts["shown_metrics"]]
    if len(metrics) == 1:
        return metrics[0].ratio_text
    return f"percent of the watch limit ({', '.join(metric.ratio_text for metric in metrics)})"


def _caption(judged: pd.DataFrame, data: pd.DataFrame, facts: Facts) -> str:
    firsts = judged.drop_duplicates("metric")
    each = [
        f"{facts['headings'][name]}: watch {words.exactly(watch)}, breach {words.exactly(breach)} ({source})."
        for name, watch, breach, source in zip(
            firsts["metric"], firsts["watch_limit"], firsts["breach_limit"], firsts["source"], strict=True
        )
    ]
    statuses, edge = facts["statuses"], (data["x_high"] > facts["end"]).any()
    hidden = facts["hidden"]
    parts = [
        *each,
        f"Lines: limits (exact), each one-sided at {words.exactly(facts['level'])}.",
        "Breach or watch: the line lies wholly beyond that limit; clear: wholly short of the watch limit.",
        *(["Arrow: lies, or goes on, beyond the chart."] if edge else []),
        *(["Hollow: too few emails to tell."] if statuses["not enough data"] else []),
        *([f"More events than emails: {statuses['not a proportion']:,}."] if statuses["not a proportion"] else []),
        *([f"Not drawn: {hidden:,} rates of the smallest campaigns that exceed no limit."] if hidden else []),
        *([f"No data: {facts['no_data']:,} of the rates."] if facts["no_data"] else []),
        *words.read_text(facts.get("read")),
    ]
    return " ".join(parts)


def _worst(judged: pd.DataFrame, most: int = 3) -> str:
    """Name what exceeds a limit, the worst first, for readers without the picture."""
    rows = judged[judged["status"].isin(ALARMS) & ~judged["total"]]
    rows = rows.assign(name=verdicts.names(rows.droplevel("metric")), times=rows["rate"] / rows["watch_limit"])
    rows = rows.sort_values("times", ascending=False, kind="stable")
    said = [
        f"{name}, {metric.replace('_', ' ')} {percent(rate)}, {status}"
        for name, metric, rate, status in zip(
            rows["name"][:most], rows["metric"], rows["rate"], rows["status"].astype(str), strict=False
        )
    ]
    more = f" and {len(rows) - most:,} more" if len(rows) > most else ""
    return f" {'; '.join(said)}{more}." if said else ""
