"""`rank`: who is best, without rewarding luck."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_fraction, check_frame, check_whole
from ..metrics import Metric, caveat_column, find_metric, join_caveats, metric_counts, rates, whole
from ..stats.core import Mask
from .effects import check_design_effect, find_effects
from .reading import read_times
from .steps import unlike_steps

__all__ = ["rank"]

_NO_EVIDENCE = 0.05  # above this p-value of Tarone's test nothing says that campaigns differ


def rank(
    df: pd.DataFrame,
    metric: str | Metric = "reply_rate",
    *,
    level: float = 0.90,
    seed: int = 0,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Rank campaigns by what their counts and all others' say of their true rates, and say how sure each rank is.

    A raw rate rewards luck: the top of a list of small campaigns is there by chance. So each rate is drawn towards the
    portfolio's mean as far as the campaign's sends leave doubt, and the order is that of these shrunk rates.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the two columns of counts of `metric`.
    metric : str or Metric, default "reply_rate"
        The rate to rank by. Opens are counted by machines too: an order by `open_rate` is one of mail programs as well.
    level : float, default 0.90
        Chance that a true rate, and a true rank, lies within its limits, between 0 and 1.
    seed : int, default 0
        Start of the random numbers behind the limits of ranks; the same seed gives the same table.
    design_effect : float or "auto", optional
        As in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        The rows of `df`, best first (the lowest rates where low is better, as for bounces); `label` first if `df` has
        one, then `events`, `trials`, `rate` (raw), `shrunk`, `shrunk_low`, `shrunk_high` (fractions), `rank` (1 is
        best; equals share the better one), `rank_low`, `rank_high` (best and worst rank that `level` leaves; `rank`
        always lies within), `prob_best` (chance of the best true rate), `design_effect` and `caveats`. Rows without a
        proportion stand last, unranked. Where the counts give no evidence that campaigns differ, every one may hold any
        rank, `prob_best` is missing, and `.attrs["evidence"]` says so. `.attrs` also holds the distribution of true
        rates that was fitted.

    Raises
    ------
    InputError
        If an argument is outside its range, the metric is unknown, or a count is negative, fractional or no number.
    ColumnsError
        If the metric's counts are missing.

    Warns
    -----
    UnlikeStepsWarning
        Once per process, if replies per email are ranked of sequences whose `steps` differ (caveat ``unlike_steps``).

    References
    ----------
    Efron and Morris (1975), JASA 70:311; beta-binomial posterior averaged over the prior's own uncertainty. Ranks from
    posterior draws: Laird and Louis (1989), J. Educ. Stat. 14:29. Evidence of differences: Tarone (1979), Biometrika
    66:585.

    Examples
    --------
    Two replies in 20 emails are no better than 80 in 1,000:

    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [20, 1000, 1000, 1000], "replied_count": [2, 80, 20, 21]}, index=list("abcd"))
    >>> leadlex_pandas.rank(df, "reply_rate")[["rate", "rank", "rank_low", "rank_high"]]
        rate  rank  rank_low  rank_high
    b  0.080     1         1          2
    a  0.100     2         1          3
    d  0.021     3         3          4
    c  0.020     4         3          4
    """
    where = "rank"
    frame, chosen = check_frame(df, where), find_metric(metric, where)
    level, seed = check_fraction(level, "level", where), check_whole(seed, "seed", where, least=0)
    asked = check_design_effect(design_effect, where)
    k, n = metric_counts(frame, chosen, where)
    proper = (n > 0) & (k <= n)  # False where either is NaN
    effects = find_effects(frame, chosen, k, n, asked, where)
    columns, facts = _ranked(k, n, effects.phi, proper, chosen.better == "high", level, seed)
    marks = {
        "unlike_steps": unlike_steps(frame, chosen, proper, [np.arange(len(frame))], where),
        "design_effect_unknown": effects.unknown,
    }
    table = _table(frame, k, n, columns)
    table["design_effect"] = effects.phi
    table["caveats"] = join_caveats(marks, caveat_column(frame, where))
    table = table.iloc[np.argsort(np.where(proper, columns["rank"], np.inf), kind="stable")]
    table.attrs = {"metric": asdict(chosen), "level": level, "seed": seed, **facts}
    table.attrs |= {"design_effect": effects.facts(n > 0), "read": read_times(frame)}
    return table


def _ranked(
    k: Floats, n: Floats, phi: Floats, proper: Mask, high_is_best: bool, level: float, seed: int
) -> tuple[dict[str, Floats], dict[Any, Any]]:
    """Give the columns of the table, and the facts behind them; where low is better all is told of the complements."""
    from ..stats.dispersion import dispersion_score, fit_beta_binomial
    from ..stats.shrinkage import rank_intervals, shrink

    events = np.where(proper, k if high_is_best else n - k, np.nan)
    k, n = events / phi, n / phi
    fit = fit_beta_binomial(np.round(k), np.round(n))
    shrunk = shrink(k, n, fit=fit, level=level, average=True)
    ranks = rank_intervals(k, n, fit=fit, level=level, average=True, seed=seed)
    rate, low, high = (np.asarray(each) for each in shrunk)
    place = _places(rate)
    columns = {
        "shrunk": rate if high_is_best else 1 - rate,
        "shrunk_low": low if high_is_best else 1 - high,
        "shrunk_high": high if high_is_best else 1 - low,
        "rank": place,
        # the order of means is not quite that of ranks: among many campaigns alike a place may miss its own limits
        "rank_low": np.minimum(ranks.rank_low, place),
        "rank_high": np.maximum(ranks.rank_high, place),
        "prob_best": np.asarray(ranks.prob_best),
    }
    chance = float(dispersion_score(k, n).p_value)
    campaigns = int(np.count_nonzero(proper))
    facts = {
        "campaigns": campaigns,
        "mean": fit.mean if high_is_best else 1 - fit.mean,
        "theta": fit.theta,
        "evidence_p_value": chance,
        "evidence": "no evidence that campaigns differ" if campaigns and not chance <= _NO_EVIDENCE else None,
    }
    return columns, facts


def _places(rate: Floats) -> Floats:
    """Give 1 to the highest rate; equals share the better place."""
    falling = np.sort(-rate[~np.isnan(rate)])
    places = 1.0 + np.searchsorted(falling, -np.nan_to_num(rate), side="left")
    return np.where(np.isnan(rate), np.nan, places)


def _table(df: pd.DataFrame, k: Floats, n: Floats, columns: dict[str, Floats]) -> pd.DataFrame:
    found: dict[str, Any] = {"label": df["label"]} if "label" in df else {}
    found |= {"events": whole(k, df.index), "trials": whole(n, df.index), "rate": rates(k, n), **columns}
    for name in ("rank", "rank_low", "rank_high"):
        found[name] = whole(columns[name], df.index)
    return pd.DataFrame(found, index=df.index)
