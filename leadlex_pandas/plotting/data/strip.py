"""What every mark of a strip chart shows, and its words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..._checks import Floats, check_frame
from ...errors import InputError
from ...metrics import Metric, percent
from ...reference import Benchmark
from . import verdicts, words
from .words import Facts

__all__ = ["strip_data"]

# in this order the lanes stand, from the top: as on the axis, high rates first
LANES = ("above", "near the edge", "typical", "too few sends", "below")
_FEW = 25  # campaigns that each find room for a line of their own, with its limits
_STEP = 0.34  # of a lane's unit, between marks on each other
_BINS = 90  # marks that stand side by side across the chart
_TALLEST = 12  # marks on each other in a lane; more are squeezed


def strip_data(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "cold-b2b-it-2026",
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Say what each mark of a strip chart shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave against a benchmark, which is
        not computed again (`metric` and the options are then those of the table).
    metric : str or Metric, default "reply_rate"
        The rate to judge.
    against : str, float, Benchmark or pandas.DataFrame, default "cold-b2b-it-2026"
        What comes from outside the frame: the name of a packaged benchmark, a rate, a `Benchmark`, or another frame.
    level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.

    Returns
    -------
    pandas.DataFrame
        One row per campaign with a proportion, in the order of `df`: `name`, `block` (the verdict), `meaning`, `lane`
        (position of its verdict's middle, 0 at the top), `y` (position), `rate`, `low`, `high` (fractions) and `count`
        ("89 / 1,247"). `.attrs` holds what `benchmark` said; `lanes` (verdict to its middle, its height and its
        heading); `limits_drawn` (false above 25 campaigns); `band` (name to rate of what is known of the benchmark:
        "p25", "median", "p75", "p90", or "lowest" and "highest", or "rate"); `own_median` (of the campaigns' rates);
        and the texts of the chart: `title`, `caption`, `axis` and `alt_text`.

    Raises
    ------
    InputError
        If no campaign has a proportion, `against` is the portfolio itself, or as `benchmark` does.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        As `benchmark` does.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 21]}, index=["a", "b"])
    >>> data = leadlex_pandas.plotting.data.strip_data(df, "reply_rate", against="cold-b2b-it-2026")
    >>> data[["block", "lane", "count"]]
               block  lane       count
    a          above   0.5  89 / 1,247
    b  too few sends   1.5    21 / 980
    >>> data.attrs["band"]
    {'p25': 0.0105, 'median': 0.0171, 'p75': 0.0259, 'p90': 0.0379}
    """
    table = verdicts.judged_table(
        check_frame(df, "strip"), metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    _check_outside(table.attrs["against"])
    with_data = verdicts.with_data(table, "strip")
    judged = with_data[with_data["verdict"].isin(LANES)]
    if judged.empty:
        raise InputError(
            "strip: every campaign counts more events than trials, so no rate is a proportion, and there is nothing "
            "to draw."
        )
    facts = verdicts.tally(table, with_data, len(with_data))
    facts |= {"band": _band(judged, facts["reference"]), "own_median": float(judged["rate"].median())}
    facts["limits_drawn"] = len(judged) <= _FEW
    data, facts["lanes"] = _marks(judged, facts)
    return words.with_words(
        data,
        facts,
        title=_title(facts),
        caption=_caption(facts),
        axis=words.axis_text(facts["metric"]),
        alt_text=(
            f"Strip chart of {words.campaigns(len(data))}, {words.axis_text(facts['metric'])}, over what is known of "
            f"{words.against_text(facts['against'], None)}. {_title(facts)}.{verdicts.stand_outs(judged)}"
        ),
    )


def _check_outside(against: object) -> None:
    if against in ("rest", "pooled", "median"):
        raise InputError(
            f"strip: against={against!r} is the portfolio itself, which this chart shows already. Give a benchmark "
            "(see list_benchmarks), a rate between 0 and 1 or another frame; for your own rest draw a forest."
        )


def _band(judged: pd.DataFrame, reference: Facts | None) -> dict[str, float]:
    """Name the rates that are known of a benchmark, from the lowest to the highest."""
    known = reference or {}
    if known.get("quantiles"):
        return {_quantile_name(share): rate for share, rate in known["quantiles"].items()}
    if isinstance(known.get("value"), tuple):
        return dict(zip(("lowest", "highest"), known["value"], strict=True))
    return {"rate": float(judged["benchmark"].iloc[0])}


def _quantile_name(share: float) -> str:
    return "median" if share == 0.5 else f"p{100 * share:g}"


def _marks(judged: pd.DataFrame, facts: Facts) -> tuple[pd.DataFrame, dict[str, tuple[float, float, str]]]:
    """Put the marks of each verdict in a lane: each on a line of its own, or of many the alike on each other."""
    rate, block = judged["rate"].to_numpy(np.float64), judged["verdict"].astype(str).to_numpy()
    y, lane = np.zeros(len(judged)), np.zeros(len(judged))
    lanes, top = {}, 0.0
    width = max(rate.max(), 1e-9) / _BINS
    for verdict in [name for name in LANES if (block == name).any()]:
        rows = block == verdict
        steps = _one_by_one(rate[rows]) if facts["limits_drawn"] else _stacked(rate[rows], width)
        height = max(1.0, _STEP * (2 * np.abs(steps).max() + 1))
        lane[rows] = top + height / 2
        y[rows] = lane[rows] + _STEP * steps
        lanes[verdict] = (top + height / 2, height, f"{_heading(verdict)} ({int(rows.sum()):,})")
        top += height
    return pd.DataFrame(
        {
            "name": verdicts.names(judged),
            "block": block,
            "meaning": judged["meaning"],
            "lane": lane,
            "y": y,
            "rate": judged["rate"],
            "low": judged["low"],
            "high": judged["high"],
            "count": verdicts.counts(judged),
        },
        index=judged.index,
    ), lanes


def _one_by_one(rate: Floats) -> Floats:
    """Give each mark a step of its own, the highest rate first, around 0."""
    steps = np.empty(len(rate))
    steps[np.argsort(-rate, kind="stable")] = np.arange(len(rate)) - (len(rate) - 1) / 2
    return steps


def _stacked(rate: Floats, width: float) -> Floats:
    """Give steps 0, 1, -1, 2, -2... to the marks that would lie on each other; tall stacks are squeezed."""
    place = pd.Series(np.floor(rate / width)).to_frame("bin").groupby("bin").cumcount().to_numpy()
    steps = np.where(place % 2 == 1, (place + 1) // 2, -(place // 2)).astype(np.float64)
    tallest = np.abs(steps).max()
    return np.asarray(steps * min(1.0, _TALLEST / 2 / tallest) if tallest else steps)


def _heading(verdict: str) -> str:
    return {"too few sends": "Too few sends to tell"}.get(verdict, verdict.capitalize())


def _title(facts: Facts) -> str:
    band = facts["band"]
    own = percent(facts["own_median"])
    if "median" in band:
        where = f"our median is {own}, its median {percent(band['median'])}"
    elif "lowest" in band:
        where = f"our median is {own}, its range {percent(band['lowest'])} to {percent(band['highest'])}"
    elif facts["reference"] is not None:
        where = f"our median is {own}, its rate {percent(band['rate'])}"
    else:
        where = f"our median is {own}"
    return f"{verdicts.finding_title(facts)}; {where}"


def _caption(facts: Facts) -> str:
    band = facts["band"]
    shade = f"Shaded: {_band_words(list(band))} of the benchmark. " if len(band) > 1 else ""
    limits = f"with {words.exactly(facts['level'])} limits (Wilson)"
    marks = f"Marks: campaigns {limits if facts['limits_drawn'] else 'without their limits, which a forest shows'}."
    left_out = facts["verdicts"]["not a proportion"] + facts["verdicts"]["no comparison"]
    more = [f"Not drawn: {words.campaigns(left_out)} without a proportion."] if left_out else []
    return " ".join([
        f"{shade}{marks}",
        *verdicts.rule_text(facts, ""), *more, *verdicts.rest_of_caption(facts),
    ])  # fmt: skip


def _band_words(names: list[str]) -> str:
    return f"{names[0]} to {names[-1]}"
