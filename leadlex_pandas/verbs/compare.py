"""`compare`: two campaigns, A or B."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from .._checks import Floats, check_fraction, check_frame, find_row, plain
from ..errors import InputError
from ..metrics import Metric, find_metrics, metric_counts, rates
from ..stats.comparison import rest_test, z_p_value
from ..stats.differences import difference_interval, ratio_interval
from ..stats.multiple import adjust_p_values
from .effects import check_design_effect, find_effects
from .intervals import rate_limits
from .reading import read_times
from .steps import unlike_steps

__all__ = ["compare"]

VERDICTS = ("first higher", "second higher", "cannot tell", "not a proportion", "no data")
_ENOUGH = 20  # campaigns that a prior is fitted to


def compare(
    df: pd.DataFrame,
    first: Hashable,
    second: Hashable,
    metrics: str | Metric | Iterable[str | Metric] | None = "reply_rate",
    *,
    level: float = 0.95,
    design_effect: float | str | None = None,
) -> pd.DataFrame:
    """Compare two campaigns, or the two arms of a test: by how much they differ, and whether that can be chance.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, with the counts of the metrics. The other rows say how far campaigns usually differ.
    first, second : hashable
        The ids of the two campaigns, as in the index (tuples where it has several levels), or their labels.
    metrics : str, Metric or iterable of these, default "reply_rate"
        Which rates; None means those of opens, clicks, replies, bounces and unsubscribes per email sent, as far as the
        frame has the counts. The more there are, the more a difference must show.
    level : float, default 0.95
        Confidence level of every limit, and one less the chance of a false verdict on any of the metrics.
    design_effect : float or "auto", optional
        How many times the variance of the counts is that of a binomial, at least 1; as in `benchmark`.

    Returns
    -------
    pandas.DataFrame
        Index `metric`. `first_events`, `first_trials` (counts), `first_rate`, `first_low`, `first_high` (fractions),
        `first_design_effect`, the same for `second_`; `difference` (first less second, fractions) and `ratio` (first
        over second) with their limits; `p_value`; `p_adjusted` (Holm, over the metrics); `prob_first_higher` (the
        chance that the first true rate is the higher one); `prior` (what that chance starts from: "fitted" to the
        campaigns of `df`, 20 or more of them, or "Jeffreys"); `verdict` (first higher, second higher, cannot tell, not
        a proportion, no data). There is a verdict only if `p_adjusted` is at most 1 - `level` and the limits of the
        difference exclude 0. Where the design effects came from stands in `.attrs["design_effects"]`, as in
        `add_intervals`.

    Raises
    ------
    InputError
        If an id or label is unknown, stands for several rows, or is the same twice; if an argument is outside its
        range, a metric is unknown, or a count is negative, fractional or no number.
    ColumnsError
        If a metric's counts are missing.

    Warns
    -----
    UnlikeStepsWarning
        Once per process, if replies per email are compared of sequences whose `steps` differ.

    References
    ----------
    Fisher (1935) mid-p, Lancaster (1961); limits of the difference: Newcombe (1998), Stat. Med. 17:873, method 10; of
    the ratio: Donner and Zou (2012), Stat. Methods Med. Res. 21:347 (MOVER-R); Holm (1979), Scand. J. Stat. 6:65.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [610, 598], "replied_count": [41, 22]}, index=["subject A", "subject B"])
    >>> table = leadlex_pandas.compare(df, "subject A", "subject B")
    >>> table[["difference", "difference_low", "difference_high", "p_value", "verdict"]].round(3)
                difference  difference_low  difference_high  p_value       verdict
    metric
    reply_rate        0.03           0.005            0.056    0.018  first higher
    """
    where = "compare"
    frame = check_frame(df, where)
    check_fraction(level, "level", where)
    asked = check_design_effect(design_effect, where)
    chosen = find_metrics(frame, metrics, where)
    if metrics is None:  # each question once: not of complements, nor over two bases
        chosen = [metric for metric in chosen if metric.trials == "sent_count" and metric.name != "delivery_rate"]
    if not chosen:
        raise InputError(f"{where}: there is no metric to compare by; metrics={metrics!r}.")
    pair = [find_row(frame, first, where, "first"), find_row(frame, second, where, "second")]
    if pair[0] == pair[1]:
        raise InputError(f"{where}: first and second are both {first!r}; name two campaigns.")
    rows, used = [], {}
    for metric in chosen:
        events, trials = metric_counts(frame, metric, where)
        effects = find_effects(frame, metric, events, trials, asked, where)
        unlike_steps(frame, metric, (trials > 0) & (events <= trials), [np.array(pair)], where, marked=False)
        rows.append(_compared(events, trials, effects.phi, pair, level))
        used[metric.name] = effects.facts(trials > 0)
    table = pd.DataFrame(rows, index=pd.Index([metric.name for metric in chosen], name="metric", dtype=str))
    counts = ["first_events", "first_trials", "second_events", "second_trials"]
    table = table.astype(dict.fromkeys(counts, "Int64"))
    adjusted = adjust_p_values(table["p_value"], method="holm")
    table.insert(list(table.columns).index("p_value") + 1, "p_adjusted", adjusted)
    table["verdict"] = _verdicts(table, level)
    labels = frame["label"].iloc[pair].to_list() if "label" in frame else [None, None]
    names = [plain(key if pd.isna(label) else label) for key, label in zip((first, second), labels, strict=True)]
    table.attrs = {
        "first": names[0],
        "second": names[1],
        "level": float(level),
        "design_effects": used,
        "metrics": {metric.name: asdict(metric) for metric in chosen},
        "read": read_times(frame.iloc[pair]),
    }
    return table


def _compared(events: Floats, trials: Floats, phi: Floats, pair: list[int], level: float) -> dict[str, Any]:
    """Give the row of one metric, but for what depends on the others."""
    k, n, effect = events[pair], trials[pair], phi[pair]
    columns = _arms(k, n, effect, level)
    if not ((n > 0) & (k <= n)).all():
        k, n = np.full(2, np.nan), np.full(2, np.nan)
    columns |= _distance(k / effect, n / effect, level)
    if np.isnan(n).any():
        return columns | {"p_value": np.nan, "prob_first_higher": np.nan, "prior": None}
    chance, prior = _chance(events, trials, phi, pair)
    return columns | {"p_value": _p_value(k, n, effect), "prob_first_higher": chance, "prior": prior}


def _arms(k: Floats, n: Floats, phi: Floats, level: float) -> dict[str, Any]:
    """Give counts, rate and limits of either campaign."""
    low, high = rate_limits(k, n, level=level, design_effect=phi)
    parts = {"events": k, "trials": n, "rate": rates(k, n), "low": low, "high": high, "design_effect": phi}
    return {f"{arm}_{name}": values[i] for i, arm in enumerate(("first", "second")) for name, values in parts.items()}


def _distance(k: Floats, n: Floats, level: float) -> dict[str, Any]:
    """Give difference and ratio of two rates, with their limits."""
    first, second = rates(k, n)
    ratio = first / second if second else (np.inf if first > 0 else np.nan)
    columns: dict[str, Any] = {}
    for name, value, limits in (
        ("difference", first - second, difference_interval(k[0], n[0], k[1], n[1], level=level)),
        ("ratio", ratio, ratio_interval(k[0], n[0], k[1], n[1], level=level)),
    ):
        columns |= {name: value, f"{name}_low": limits[0], f"{name}_high": limits[1]}
    return columns


def _p_value(k: Floats, n: Floats, phi: Floats) -> float:
    """Test by mid-p, and no smaller than the z test with the variances inflated."""
    p = float(rest_test(k[0], n[0], k.sum(), n.sum()))
    pooled = k.sum() / n.sum()
    variance = pooled * (1 - pooled) * (phi / n).sum()
    if (phi > 1).any() and variance > 0:
        z = (k[0] / n[0] - k[1] / n[1]) / np.sqrt(variance)
        p = max(p, float(z_p_value(z)))
    return p


def _chance(k: Floats, n: Floats, phi: Floats, pair: list[int]) -> tuple[float, str]:
    """Give the chance that the first true rate is higher, and what was known of such rates before."""
    from ..stats.betas import chance_greater

    alpha, beta, weight, prior = _prior(k, n, phi)
    events, trials = k[pair] / phi[pair], n[pair] / phi[pair]
    (k1, k2), (n1, n2) = events, trials
    chances = chance_greater(alpha + k1, beta + n1 - k1, alpha + k2, beta + n2 - k2)
    return float(chances @ weight), prior


def _prior(k: Floats, n: Floats, phi: Floats) -> tuple[Floats, Floats, Floats, str]:
    """Give the beta distributions, with weights, that campaigns' rates are taken from."""
    from ..stats.dispersion import fit_beta_binomial
    from ..stats.posterior import averaged_prior

    proper = (n > 0) & (k <= n)
    jeffreys = np.array([0.5])
    if proper.sum() < _ENOUGH:
        return jeffreys, jeffreys, np.ones(1), "Jeffreys"
    effective_k, effective_n = np.rint(k[proper] / phi[proper]), np.rint(n[proper] / phi[proper])
    fit = fit_beta_binomial(effective_k, effective_n)
    if fit.theta > 0 and np.isfinite(fit.theta):
        return np.array([fit.alpha]), np.array([fit.beta]), np.ones(1), "fitted"
    # campaigns that look alike still leave a doubt whether they are
    return *averaged_prior(effective_k, effective_n), "fitted"


def _verdicts(table: pd.DataFrame, level: float) -> Any:
    arms = [(table[f"{arm}_events"].to_numpy(np.float64, na_value=np.nan),
             table[f"{arm}_trials"].to_numpy(np.float64, na_value=np.nan)) for arm in ("first", "second")]  # fmt: skip
    known = np.logical_and.reduce([(n > 0) & ~np.isnan(k) for k, n in arms])
    beyond = np.logical_or.reduce([k > n for k, n in arms])
    sure = table["p_adjusted"].to_numpy() <= 1 - level
    conditions = {
        "no data": ~known,
        "not a proportion": beyond,
        "first higher": sure & (table["difference_low"].to_numpy() > 0),
        "second higher": sure & (table["difference_high"].to_numpy() < 0),
    }
    codes = [VERDICTS.index(name) for name in conditions]
    chosen = np.select(list(conditions.values()), codes, default=VERDICTS.index("cannot tell"))
    return pd.Categorical.from_codes(chosen, pd.Index(VERDICTS))
