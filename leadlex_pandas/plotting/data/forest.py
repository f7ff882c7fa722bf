"""What every mark of a forest chart shows, and its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..._checks import Floats, check_frame, check_whole
from ...metrics import Metric
from ...reference import Benchmark
from ...stats.intervals import proportion_interval
from ...verbs.verdict import zone
from . import verdicts, words
from .words import Facts

__all__ = ["forest_data"]

_GAP = 0.35  # rows between one block and the heading of the next


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
        `.attrs` holds what `benchmark` said, `shown`, `hidden` and `no_data` (campaigns), and the texts of the chart:
        `title`, `caption`, `axis` and `alt_text`.

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
    table = verdicts.judged_table(
        check_frame(df, "forest"), metric, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    judged = verdicts.with_data(table, "forest")
    most = len(judged) if max_rows is None else check_whole(max_rows, "max_rows", "forest")
    rows = _in_order(_most_telling(judged, most))
    data, facts = _marks(rows, table.attrs), verdicts.tally(table, judged, len(rows))
    facts["headings"] = {
        block: _heading(str(block), number, facts) for block, number in data["block"].value_counts().items()
    }
    facts["count_heading"] = verdicts.count_heading(facts["metric"])
    facts["benchmark_label"] = verdicts.benchmark_label(data["benchmark"], facts)
    return words.with_words(
        data,
        facts,
        title=verdicts.title(facts),
        caption=_caption(facts),
        axis=words.axis_text(facts["metric"]),
        alt_text=_alt_text(judged, facts),
    )


def _alt_text(judged: pd.DataFrame, facts: Facts) -> str:
    what = f"Forest chart of {words.campaigns(facts['shown'])}, {words.axis_text(facts['metric'])}."
    return f"{what} {verdicts.title(facts)}.{verdicts.stand_outs(judged)}"


def _caption(facts: Facts) -> str:
    """Say how the chart was made and what is not in it."""
    level = facts["level"]
    # the zone around a whole group cannot be drawn in one chart of several groups
    grouped = facts["against"] == "rest" and facts["by"] is not None
    typical = (
        f"; typical if the thick line lies in the shaded zone (odds within {facts['typical_ratio']:g} times the "
        f"benchmark's){' and in the same zone around its whole group' if grouped else ''}"
    )
    lines = f"Thin line: {words.exactly(level)} limits (Wilson); thick: {words.exactly(2 * level - 1)}."
    return " ".join([lines, *verdicts.rule_text(facts, typical), *verdicts.rest_of_caption(facts)])


def _heading(verdict: str, shown: int, facts: Facts) -> str:
    """Name a block of rows, with how many campaigns it has: "(31)", or "(6 of 148)" where not all are drawn."""
    against = words.against_text(facts["against"], facts["by"])
    name = verdicts.block_name(verdict, facts)
    special = {"above": f"Above {against}", "below": f"Below {against}", "too few sends": "Too few sends to tell"}
    total = facts["verdicts"][verdict]
    number = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
    return f"{special.get(name, name.capitalize())} ({number})"


def _most_telling(judged: pd.DataFrame, most: int) -> pd.DataFrame:
    """Keep all calls, then the largest campaigns, `most` in all (or as many as there are calls)."""
    called = judged["verdict"].isin(verdicts.CALLS).to_numpy()
    if len(judged) <= most:
        return judged
    order = np.lexsort((-judged["trials"].to_numpy(np.float64), ~called))
    return judged.iloc[np.sort(order[: max(most, int(called.sum()))])]


def _in_order(judged: pd.DataFrame) -> pd.DataFrame:
    """Order by block, then from the highest rate to the lowest, larger campaigns first among equals."""
    block = judged["verdict"].map({name: place for place, name in enumerate(verdicts.BLOCKS)}).to_numpy(np.int64)
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
    return pd.DataFrame(
        {
            "y": np.arange(len(rows)) + np.cumsum(above),
            "name": verdicts.names(rows),
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
            "count": verdicts.counts(rows),
        },
        index=rows.index,
    )
