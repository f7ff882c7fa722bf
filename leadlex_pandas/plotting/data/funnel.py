"""What every mark and line of a funnel chart shows, and its words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..._checks import Floats, check_frame, check_whole
from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...reference import Benchmark
from ...stats.dispersion import dispersion_score, fit_beta_binomial
from ...stats.limits import funnel_limits
from . import verdicts, words
from .words import Facts, Lines

__all__ = ["funnel_data"]

LEVELS = (0.95, 0.998)
WIDE = 10  # from this ratio of the largest to the smallest on the axis of sends is logarithmic
_POINTS = 200  # on each line
_NO_EVIDENCE = 0.05  # above this p-value of Tarone's test nothing says that campaigns differ
_OWN = ("rest", "pooled", "median")  # what is taken from the portfolio itself


def funnel_data(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
    max_labels: int = 12,
) -> pd.DataFrame:
    """Say what each mark and line of a funnel chart shows.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it; or a table that `benchmark` gave, which is not computed again
        (`metric` and the options are then those of the table).
    metric, against, level, fdr, typical_ratio, design_effect
        As in `leadlex_pandas.benchmark`.
    max_labels : int, default 12
        How many of the campaigns that stand out are named at most, 0 for none.

    Returns
    -------
    pandas.DataFrame
        One row per campaign with a proportion, in the order of `df`: `name`, `block` (the verdict), `meaning`,
        `trials` (emails, or what else the rate is per), `rate` (fraction), `beyond` ("above" or "below" if the mark
        lies outside the 99.8 % lines, else empty) and `labelled`. `.attrs` holds what `benchmark` said; `center` (the
        lowest and highest rate compared with); `limits`, tuples of equal length for the lines: `trials`, `low_95`,
        `high_95`, `low_99.8`, `high_99.8`, and the same with `wide_` in front where campaigns differ (fractions);
        `theta` (how far they differ, 0 if nothing says so); and the texts of the chart: `title`, `caption`, `axis`
        and `alt_text`.

    Raises
    ------
    InputError
        If no campaign has data, a table compares within groups that each have a rate of their own, or as `benchmark`
        does.
    ColumnsError
        As `benchmark` does.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24:1185, appendix A.1.1: exact binomial limits, interpolated; with the
    beta-binomial distribution where Tarone's test (1979, Biometrika 66:585) shows that campaigns differ.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> data = leadlex_pandas.plotting.data.funnel_data(df, "reply_rate", against=0.04)
    >>> data[["trials", "block", "beyond"]]
       trials    block beyond
    a    1247    above  above
    b     980  typical
    """
    table = verdicts.judged_table(
        check_frame(df, "funnel"), metric, against=against, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    most = check_whole(max_labels, "max_labels", "funnel", least=0)
    told, table = table.attrs, verdicts.without_facts(table)
    _check_one_rate(told)
    with_data = verdicts.with_data(table, "funnel")
    judged = with_data[with_data["verdict"] != "not a proportion"]
    if judged.empty:
        raise InputError(
            "funnel: every campaign counts more events than trials, so no rate is a proportion, and there is nothing "
            "to draw."
        )
    facts = told | verdicts.tally(table, with_data, len(with_data))
    facts |= {"center": _center(judged, facts), "left_out": len(with_data) - len(judged)}
    facts |= _lines(judged, facts)
    data = _marks(judged, facts, most)
    facts |= {"beyond": int(data["beyond"].ne("").sum()), "labelled": int(data["labelled"].sum())}
    facts["block_names"] = {block: verdicts.block_name(block, facts) for block in data["block"].unique()}
    facts["benchmark_label"] = verdicts.benchmark_label(judged["benchmark"], facts)
    return words.with_words(
        data,
        facts,
        title=_title(facts),
        caption=_caption(facts),
        axis=words.axis_text(facts["metric"]),
        alt_text=(
            f"Funnel chart of {words.campaigns(len(data))}, {words.axis_text(facts['metric'])} against "
            f"{noun(facts['metric']['trials'])}. {_title(facts)}.{verdicts.stand_outs(judged)}"
        ),
    )


def _check_one_rate(facts: Facts) -> None:
    if facts["by"] is not None and facts["against"] in _OWN:
        raise InputError(
            f"funnel: the table compares within groups (by={facts['by']!r}), each with a rate of its own, and one "
            "chart has lines around one rate. Draw one group at a time, or compare with a rate of your own "
            "(against=0.04)."
        )


def _center(judged: pd.DataFrame, facts: Facts) -> tuple[float, float] | None:
    """Give the lowest and the highest rate that campaigns are compared with; None if there is none."""
    value = (facts["reference"] or {}).get("value")
    if isinstance(value, tuple):
        return value
    found = judged["benchmark"].dropna()
    middle = float(found.median())  # the rest of one campaign differs a little from that of another
    return None if found.empty else (middle, middle)


def _lines(judged: pd.DataFrame, facts: Facts) -> dict[str, object]:
    """Compute the lines through some 200 sizes, and through every campaign's own where these are few."""
    if facts["center"] is None or not 0 < facts["center"][0] <= facts["center"][1] < 1:
        return {"limits": Lines(), "theta": 0.0}
    phi = judged["design_effect"].to_numpy(np.float64)
    k, n = (judged[column].to_numpy(np.float64) / phi for column in ("events", "trials"))
    theta = _theta(k, n) if facts["against"] in _OWN else 0.0
    trials = judged["trials"].to_numpy(np.float64)
    grid = _grid(trials)
    effective = np.maximum(np.round(grid / np.median(phi)), 1)
    lines = Lines(trials=tuple(grid.tolist()))
    lines.update(_limits(facts["center"], effective, 0.0, ""))
    lines.update(_limits(facts["center"], effective, theta, "wide_") if theta else {})
    return {"limits": lines, "theta": theta}


def _theta(k: Floats, n: Floats) -> float:
    """Estimate how far true rates differ, 0 unless Tarone's test says that they do."""
    k, n = np.round(k), np.round(n)
    if not dispersion_score(k, n).p_value <= _NO_EVIDENCE:
        return 0.0
    return float(fit_beta_binomial(k, n).theta)


def _grid(trials: Floats) -> Floats:
    """Choose the sizes that lines are drawn through: from below the smallest, where sizes are much alike from 1 on."""
    smallest, largest = trials.min(), trials.max()
    start = 0.8 * smallest if largest > WIDE * smallest else largest / _POINTS
    grid = np.geomspace(max(1, start), 1.1 * largest + 1, _POINTS)
    own = np.unique(trials)
    return np.unique(np.round(np.concatenate([grid, own]) if len(own) <= _POINTS else grid))


def _limits(center: tuple[float, float], trials: Floats, theta: float, kind: str) -> dict[str, tuple[float, ...]]:
    """Compute both sides alike: a count outside, or one yet farther, has less than half of what the level leaves.

    So the upper lines are the lower ones of what did not happen; those of `funnel_limits` itself lie up to one event
    lower, and where a rate is near 1 would have every campaign without a miss outside.
    """
    both = np.array([[center[0]], [1 - center[1]]])
    low, missed = np.moveaxis(funnel_limits(both, trials, levels=LEVELS, theta=theta).low, 1, 0)
    return {
        f"{kind}{side}_{100 * level:g}": tuple(line.tolist())
        for side, lines in (("low", low), ("high", 1 - missed))
        for level, line in zip(LEVELS, lines, strict=True)
    }


def _marks(judged: pd.DataFrame, facts: Facts, most: int) -> pd.DataFrame:
    trials, rate = judged["trials"].to_numpy(np.float64), judged["rate"].to_numpy(np.float64)
    beyond = np.full(len(judged), "", dtype=object)
    if facts["limits"]:  # a mark is beyond the lines as they are drawn
        low, high = (
            np.interp(trials, facts["limits"]["trials"], facts["limits"][f"{s}_99.8"]) for s in ("low", "high")
        )
        beyond[rate > high], beyond[rate < low] = "above", "below"
    stands_out = judged["verdict"].isin(verdicts.CALLS).to_numpy() | (beyond != "")
    return pd.DataFrame(
        {
            "name": verdicts.names(judged),
            "block": judged["verdict"].astype(str),
            "meaning": judged["meaning"],
            "trials": judged["trials"],
            "rate": judged["rate"],
            "beyond": beyond,
            "labelled": _farthest(rate, trials, stands_out, facts["center"], most),
        },
        index=judged.index,
    )


def _farthest(
    rate: Floats, trials: Floats, stands_out: np.ndarray, center: tuple[float, float] | None, most: int
) -> np.ndarray:
    """Choose what is named: of what stands out, the marks farthest from the center in standard errors."""
    chosen = np.zeros(len(rate), dtype=bool)
    if center is None or not stands_out.any():
        return chosen
    from_center = rate - np.clip(rate, *center)
    order = np.argsort(np.where(stands_out, -np.abs(from_center) * np.sqrt(trials), np.inf), kind="stable")
    chosen[order[: min(most, int(stands_out.sum()))]] = True
    return chosen


def _title(facts: Facts) -> str:
    total, beyond = facts["compared"], facts["beyond"]
    if not total or not facts["limits"]:
        return verdicts.title(facts)
    chance = (1 - LEVELS[1]) * total
    expected = "fewer than 1" if chance < 0.95 else f"about {chance:,.0f}"
    lie = "1 lies" if beyond == 1 else f"{beyond:,} lie" if beyond else "none lies"
    where = f", where chance alone would put {expected}" if beyond else ""
    return f"{verdicts.finding_title(facts)}; {lie} beyond the 99.8 % limits{where}"


def _caption(facts: Facts) -> str:
    lines = []
    if facts["limits"]:
        low, high = map(percent, facts["center"])
        rate = low if low == high else f"{low} to {high}"
        lines.append(f"Lines: 95 % and 99.8 % of campaigns with a true rate of {rate} lie between them (binomial).")
        if facts["theta"]:
            lines.append("Dashed: the same if true rates differ as much as in this portfolio (beta-binomial).")
        lines.append("They take one campaign at a time; shape and colour allow for many.")
    left_out = facts["left_out"]
    more = [f"Not drawn: {words.campaigns(left_out)} with more events than trials."] if left_out else []
    return " ".join([*lines, *verdicts.rule_text(facts, ""), *more, *verdicts.rest_of_caption(facts)])
