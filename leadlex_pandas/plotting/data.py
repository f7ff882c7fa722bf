"""What every mark of a chart shows, as tables and sentences; the charts only draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_frame, check_whole
from ..errors import InputError
from ..metrics import Metric, noun, percent
from ..reference import Benchmark
from ..reference.benchmarks import base_words
from ..stats.intervals import proportion_interval
from ..verbs.benchmark import benchmark
from ..verbs.verdict import zone

__all__ = ["forest_data"]

Facts = Mapping[Any, Any]  # the `attrs` of a table

# in this order the blocks of a forest stand, from the top
BLOCKS = ("above", "below", "typical", "near the edge", "too few sends", "no comparison", "not a proportion")

_AGAINST = {"rest": "the rest", "pooled": "the whole portfolio", "median": "the median campaign"}
_GAP = 0.35  # rows between one block and the heading of the next
_TABLE = ("events", "trials", "rate", "low", "high", "benchmark", "p_value", "verdict", "meaning", "sends_needed")


def forest_data(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
    max_rows: int | None = 40,
) -> pd.DataFrame:
    """Say what each row of a forest chart shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave, which is not computed again
        (`metric` and the options are then those of the table).
    metric, against, by, level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.
    max_rows : int, optional
        How many campaigns to show at most: all calls first, then the largest. None shows all.

    Returns
    -------
    pandas.DataFrame
        One row per campaign shown, from the top, index as `df`: `y` (position, 0 at the top, one unit per row, with
        room for a heading above each block), `name`, `block` (the verdict), `meaning`, `rate`, `low`, `high`,
        `inner_low`, `inner_high` (limits at 2 level - 1, which decide about "typical"), `benchmark`, `zone_low`,
        `zone_high` (fractions; the zone around the benchmark, against the rest without what lies outside that around
        the whole portfolio), and `count` ("89 / 1,247": events / trials). Campaigns without data are not shown.
        `.attrs` holds what `benchmark` said, with `shown`, `hidden` and `no_data` (campaigns).

    Raises
    ------
    InputError
        If no campaign has data, or as `benchmark` does.
    ColumnsError
        As `benchmark` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> data = leadlex_pandas.plotting.data.forest_data(df, "reply_rate", against=0.04)
    >>> data[["y", "block", "count"]]
          y    block       count
    a  1.00    above  89 / 1,247
    b  3.35  typical    41 / 980
    """
    frame = check_frame(df, "forest")
    table = frame
    if not is_benchmark_table(frame):
        table = benchmark(
            frame, metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
            design_effect=design_effect,
        )  # fmt: skip
    judged = table[table["verdict"] != "no data"]
    if judged.empty:
        raise InputError("forest: no campaign has data for this metric, so there is nothing to draw.")
    most = len(judged) if max_rows is None else check_whole(max_rows, "max_rows", "forest")
    rows = _in_order(_most_telling(judged, most))
    verdicts = judged["verdict"].value_counts()  # of the rows given: a table may have been cut down
    data = _marks(rows, table.attrs)
    data.attrs = dict(table.attrs)
    data.attrs["shown"] = len(rows)
    data.attrs["hidden"] = len(judged) - len(rows)
    data.attrs["compared"] = int(judged["p_value"].notna().sum())
    data.attrs["no_data"] = len(table) - len(judged)
    data.attrs["need_more"] = int((judged["verdict"].eq("too few sends") & judged["sends_needed"].notna()).sum())
    data.attrs["verdicts"] = {name: int(verdicts.get(name, 0)) for name in BLOCKS}
    return data


def is_benchmark_table(df: pd.DataFrame) -> bool:
    """Tell whether a frame is what `benchmark` gives; its `attrs` must still be there for title and caption."""
    return all(name in df for name in _TABLE) and "typical_ratio" in df.attrs


def forest_title(data: pd.DataFrame) -> str:
    """State the finding: how many are really above or below, and how many cannot be told yet."""
    facts = data.attrs
    return f"{Metric(**facts['metric']).title}: {_finding(facts)}{_more_sends(facts)}"


def _finding(facts: Facts) -> str:
    total, drawn = facts["compared"], facts["shown"] + facts["hidden"]
    above, below = facts["verdicts"]["above"], facts["verdicts"]["below"]
    against = against_text(facts["against"], facts["by"])
    if not total:
        only_one = drawn == facts["verdicts"]["no comparison"] == 1
        return (
            "1 campaign, with no other to compare with" if only_one else f"{_campaigns(drawn)} that cannot be compared"
        )
    if above and below:
        return f"{above:,} of {_campaigns(total)} above {against}, {below:,} below"
    if above or below:
        return f"{above + below:,} of {_campaigns(total)} {'above' if above else 'below'} {against}"
    if total == 1:
        return f"the campaign cannot be told from {against}"
    return f"none of {_campaigns(total)} can be told from {against}"


def _more_sends(facts: Facts) -> str:
    few, trials = facts["need_more"], facts["metric"]["trials"]
    unit = "sends" if trials == "sent_count" else noun(trials)
    return f"; {few:,} {'needs' if few == 1 else 'need'} more {unit}" if few else ""


def forest_caption(data: pd.DataFrame) -> str:
    """Say how the chart was made and what is not in it."""
    facts = data.attrs
    level = facts["level"]
    parts = [f"Thin line: {_exactly(level)} limits (Wilson); thick: {_exactly(2 * level - 1)}."]
    if facts["compared"]:
        parts.append(_rule_text(facts))
    parts += _variance_text(facts["design_effect"]) + _reference_text(facts["reference"])
    untested = facts["shown"] + facts["hidden"] - facts["compared"]
    if facts["compared"] and untested:
        parts.append(f"Not compared: {_campaigns(untested)}.")
    if facts["hidden"]:
        parts.append(f"Not drawn: {_campaigns(facts['hidden'])} with no call.")
    if facts["no_data"]:
        parts.append(f"No data: {_campaigns(facts['no_data'])}.")
    return " ".join(parts)


def _variance_text(used: Facts) -> list[str]:
    """Say how much wider than a binomial's the variance was taken, if it was."""
    if used["largest"] is None or used["largest"] == 1:
        return []
    low, high = f"{used['smallest']:.3g}", f"{used['largest']:.3g}"
    estimated = " (estimated)" if used["source"] == "estimated" else ""
    return [f"Variance taken as {low if low == high else f'{low} to {high}'} times a binomial's{estimated}."]


def _reference_text(reference: Facts | None) -> list[str]:
    """Credit a benchmark: what it is per, its years, its source and licence."""
    if reference is None:
        return []
    what = f"{reference['name']}, per {base_words(reference['base'], reference['unit'])}"
    said = [str(each) for each in (what, reference["years"], reference["source"]) if each is not None]
    return [f"Benchmark: {', '.join(said)}."]


def _rule_text(facts: Facts) -> str:
    tests = f"{facts['tested']:,} test{'' if facts['tested'] == 1 else 's'}"
    family = f"over {tests}" if facts["families"] == 1 else f"within each of {facts['families']:,} groups ({tests})"
    # the zone around a whole group cannot be drawn in one chart of several groups
    also = (
        " and in the same zone around its whole group" if facts["against"] == "rest" and facts["by"] is not None else ""
    )
    return (
        f"Called above or below at a false discovery rate of {_exactly(facts['fdr'])} {family}; typical if the thick "
        f"line lies in the shaded zone (odds within {facts['typical_ratio']:g} times the benchmark's){also}."
    )


def against_text(against: str | float, by: object) -> str:
    """Say what the campaigns are compared with, in words."""
    if against in _AGAINST:
        return _AGAINST[str(against)] + (" of their group" if by is not None else "")
    return f"the benchmark {against}" if isinstance(against, str) else f"the benchmark of {_exactly(against)}"


def _exactly(fraction: float) -> str:
    """Write a fraction that somebody chose without rounding it away: 0.999 is "99.9 %"."""
    return f"{100 * fraction:.6g} %"


def heading(verdict: str, facts: Facts) -> str:
    """Name a block of rows, with how many campaigns it has in all."""
    words = {
        "above": f"Above {against_text(facts['against'], facts['by'])}",
        "below": f"Below {against_text(facts['against'], facts['by'])}",
        "too few sends": "Too few sends to tell",
    }
    return f"{words.get(verdict, verdict.capitalize())} ({facts['verdicts'][verdict]:,})"


def benchmark_label(data: pd.DataFrame) -> str:
    """Name the benchmark line; with a rest or a group of its own each campaign's differs a little, or a lot."""
    shown = data["benchmark"].dropna()
    if shown.empty:
        return ""
    low, high = percent(shown.min()), percent(shown.max())
    words = against_text(data.attrs["against"], data.attrs["by"])
    if isinstance(data.attrs["against"], float):
        return words
    return f"{words}: {low}" if low == high else f"{words}: {low} to {high}"


def count_heading(facts: Facts) -> str:
    """Name what stands beside each row: "replies / emails sent"."""
    return f"{noun(facts['metric']['events'])} / {noun(facts['metric']['trials'])}"


def axis_label(facts: Facts) -> str:
    """Name the axis: "replies per email sent"."""
    return Metric(**facts["metric"]).ratio_text


def _campaigns(number: int) -> str:
    return f"{number:,} campaign{'' if number == 1 else 's'}"


def _most_telling(judged: pd.DataFrame, most: int) -> pd.DataFrame:
    """Keep all calls, then the largest campaigns, `most` in all (or as many as there are calls)."""
    called = judged["verdict"].isin(["above", "below"]).to_numpy()
    if len(judged) <= most:
        return judged
    order = np.lexsort((-judged["trials"].to_numpy(np.float64), ~called))
    return judged.iloc[np.sort(order[: max(most, int(called.sum()))])]


def _in_order(judged: pd.DataFrame) -> pd.DataFrame:
    """Order by block, then from the highest rate to the lowest, larger campaigns first among equals."""
    block = judged["verdict"].map({name: place for place, name in enumerate(BLOCKS)}).to_numpy(np.int64)
    keys = (-judged["trials"].to_numpy(np.float64), -judged["rate"].to_numpy(np.float64), block)
    return judged.iloc[np.lexsort(keys)]


def _typical_zone(benchmarks: Floats, facts: Facts) -> tuple[Floats, Floats]:
    """Give the zone of "typical" limits: around the benchmark and, against the rest, around the pool as well."""
    low, high = zone(benchmarks, facts["typical_ratio"])
    if facts["against"] == "rest" and facts["pooled"] is not None:
        pool_low, pool_high = zone(np.full(len(benchmarks), facts["pooled"]), facts["typical_ratio"])
        low, high = np.maximum(low, pool_low), np.minimum(high, pool_high)
    # odd campaigns can pull the pool so far from the rest that nothing is typical of both: then there is no zone
    return np.where(low < high, low, np.nan), np.where(low < high, high, np.nan)


def _marks(rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    phi = rows["design_effect"].to_numpy(np.float64)
    events, trials = rows["events"].to_numpy(np.float64), rows["trials"].to_numpy(np.float64)
    inner_low, inner_high = proportion_interval(events / phi, trials / phi, level=2 * facts["level"] - 1)
    benchmarks = rows["benchmark"].to_numpy(np.float64)
    zone_low, zone_high = _typical_zone(benchmarks, facts)
    block = rows["verdict"].astype(str).to_numpy()
    new_block = np.append(True, block[1:] != block[:-1])
    above = np.where(new_block, 1 + _GAP, 0.0)  # room for a heading, and a gap
    above[0] = 1.0
    names = rows.get("label", rows.index)
    return pd.DataFrame(
        {
            "y": np.arange(len(rows)) + np.cumsum(above),
            "name": [str(name) for name in names],
            "block": block,
            "meaning": rows["meaning"].to_numpy(),
            "rate": rows["rate"],
            "low": rows["low"],
            "high": rows["high"],
            "inner_low": inner_low,
            "inner_high": inner_high,
            "benchmark": benchmarks,
            "zone_low": zone_low,
            "zone_high": zone_high,
            "count": [f"{k:,} / {n:,}" for k, n in zip(rows["events"], rows["trials"], strict=True)],
        },
        index=rows.index,
    )
