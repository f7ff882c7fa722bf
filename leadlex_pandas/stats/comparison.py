"""Whether one campaign's rate differs from all others', or from a target, and whether any campaigns differ at all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, counts, floats, whole_counts
from ..errors import InputError
from .hypergeometric import FACTORED, hypergeometric_mid_p

__all__ = ["Homogeneity", "homogeneity_test", "rest_test", "target_test"]

TINY_SHARE = 1e-4  # a campaign this small changes nothing in the pool: binomial and hypergeometric agree
HUGE = 2.0**31  # from here on older scipy's hypergeometric is NaN


def rest_test(
    successes: ArrayLike, trials: ArrayLike, total_successes: ArrayLike, total_trials: ArrayLike
) -> Floats | np.float64:
    """Test one campaign against all others: two-sided Fisher mid-p.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts of the campaign.
    total_successes, total_trials : array_like
        Whole counts of all campaigns together, this one included.

    Returns
    -------
    numpy.ndarray or float
        p-values in [0, 1]; NaN where a count is missing, where the campaign or all others have no trials, and where
        successes exceed trials on either side. Where the campaign has under 1/10,000 of all trials the binomial
        distribution stands in for the hypergeometric (within 2e-5). From 2**31 trials in all it does so where events,
        or trials without one, are as rare; else the pooled z test.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite.

    References
    ----------
    Fisher (1935), JRSS 98:39; mid-p: Lancaster (1961), JASA 56:223. Two-sided by doubling the smaller tail.

    Examples
    --------
    Fisher's tea tasting, 3 of 4 cups right: P(X >= 4) + P(X = 3) / 2 = 1/70 + 8/70, doubled.

    >>> from leadlex_pandas.stats import rest_test
    >>> round(float(rest_test(3, 4, 4, 8)) * 70, 9)
    18.0
    """
    where = "rest_test"
    k, n, total_k, total_n = aligned(
        where,
        whole_counts(successes, "successes", where),
        whole_counts(trials, "trials", where),
        whole_counts(total_successes, "total_successes", where),
        whole_counts(total_trials, "total_trials", where),
    )
    valid = (n > 0) & (total_n > n) & (k <= n) & (k <= total_k) & (total_k - k <= total_n - n)
    tiny = valid & (n < TINY_SHARE * total_n)
    huge = valid & ~tiny & (total_n >= HUGE)
    rest = valid & ~tiny & ~huge
    small = rest & (total_n < FACTORED)
    p = np.full(k.shape, np.nan)
    for rows, test in (
        (tiny, _rest_by_binomial),
        (huge, _rest_of_huge),
        (small, hypergeometric_mid_p),
        (rest & ~small, _rest_exactly),
    ):
        if rows.any():
            p[rows] = test(k[rows], n[rows], total_k[rows], total_n[rows])
    return p[()]


def target_test(successes: ArrayLike, trials: ArrayLike, target: ArrayLike) -> Floats | np.float64:
    """Test one campaign against a fixed rate: two-sided binomial mid-p.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts of the campaign.
    target : float or array_like
        The rate to compare with, a fraction within [0, 1].

    Returns
    -------
    numpy.ndarray or float
        p-values in [0, 1]; NaN where a count or the target is missing, trials are 0, or successes exceed them.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite, or a target lies outside [0, 1].

    References
    ----------
    Lancaster (1961), JASA 56:223, on the binomial distribution. Two-sided by doubling the smaller tail.

    Examples
    --------
    No reply in 3 emails, target 1/2: P(X = 0) / 2 = 1/16, doubled.

    >>> from leadlex_pandas.stats import target_test
    >>> float(target_test(0, 3, 0.5))
    0.125
    """
    where = "target_test"
    rates = floats(target, "target", where)
    if ((rates < 0) | (rates > 1)).any():
        raise InputError(
            f"{where}: target must lie within 0 and 1, but one is {rates[(rates < 0) | (rates > 1)][0]:g}."
        )
    k, n, b = aligned(where, whole_counts(successes, "successes", where), whole_counts(trials, "trials", where), rates)
    valid = (n > 0) & (k <= n) & ~np.isnan(b)
    p = np.full(k.shape, np.nan)
    p[valid] = _binomial_mid_p(k[valid], n[valid], b[valid])
    return p[()]


class Homogeneity(NamedTuple):
    """Evidence that campaigns do not share one rate.

    Attributes
    ----------
    statistic : float
        Pearson's chi-square.
    df : int
        Degrees of freedom: the campaigns used, less one.
    p_value : float
        Chance of such a statistic, or a larger one, if all had one rate.

    Examples
    --------
    >>> from leadlex_pandas.stats import homogeneity_test
    >>> homogeneity_test([5, 5], [100, 100]).p_value
    1.0
    """

    statistic: float
    df: int
    p_value: float


def homogeneity_test(successes: ArrayLike, trials: ArrayLike, *, design_effect: ArrayLike = 1.0) -> Homogeneity:
    """Test whether all campaigns have one rate: Pearson's chi-square.

    Parameters
    ----------
    successes, trials : array_like
        Counts of the campaigns, not negative; all of them are one family, whatever the shape.
    design_effect : float or array_like, default 1.0
        Variance of the counts relative to a binomial's, at least 1; one for all, or one for each campaign.

    Returns
    -------
    Homogeneity
        ``(statistic, df, p_value)``. Campaigns that have no trials, miss a value or have more successes than trials are
        left out. With under two left there is nothing to compare: the statistic and the p-value are NaN, and `df` is
        0. Without any success, or nothing else, all are alike: statistic 0 and p-value 1.

    Raises
    ------
    InputError
        If a count is negative or infinite, or a design effect is below 1.

    References
    ----------
    Pearson (1900), Phil. Mag. 50:157; divided by the design effect: Rao and Scott (1981), JASA 76:221.

    Examples
    --------
    Smokers among four groups of patients (Fleiss 1981, p. 139):

    >>> from leadlex_pandas.stats import homogeneity_test
    >>> found = homogeneity_test([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(found.statistic, 1), found.df, round(found.p_value, 4)
    (12.6, 3, 0.0056)
    """
    from scipy import special

    where = "homogeneity_test"
    k, n, phi = aligned(
        where,
        counts(successes, "successes", where),
        counts(trials, "trials", where),
        floats(design_effect, "design_effect", where),
    )
    if (phi < 1).any():
        raise InputError(f"{where}: design_effect must be at least 1, but one is {phi[phi < 1].flat[0]:g}.")
    valid = (n > 0) & (k <= n) & ~np.isnan(phi)
    k, n = k[valid] / phi[valid], n[valid] / phi[valid]
    if len(n) < 2:
        return Homogeneity(np.nan, 0, np.nan)
    common = k.sum() / n.sum()
    variance = n * common * (1 - common)
    statistic = float(((k - n * common) ** 2 / variance).sum()) if 0 < k.sum() < n.sum() else 0.0
    df = len(n) - 1
    return Homogeneity(statistic, df, float(special.chdtrc(df, statistic)))


def rest_z(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    """Give the z statistic of a campaign against all others, with the pooled variance; 0 where that is 0."""
    pooled = total_k / total_n
    variance = pooled * (1 - pooled) * (1 / n + 1 / (total_n - n))
    difference = k / n - (total_k - k) / (total_n - n)
    return np.divide(difference, np.sqrt(variance), out=np.zeros_like(difference), where=variance > 0)


def target_z(k: Floats, n: Floats, target: Floats) -> Floats:
    """Give the z statistic of a campaign against a fixed rate strictly between 0 and 1."""
    return np.asarray((k / n - target) / np.sqrt(target * (1 - target) / n))


def z_p_value(z: Floats, design_effect: float | Floats = 1.0) -> Floats:
    """Give the two-sided p-value of z when the variance is `design_effect` times as large."""
    from scipy import special

    return np.asarray(2 * special.ndtr(-np.abs(z) / np.sqrt(design_effect)))


def _rest_by_binomial(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    return _binomial_mid_p(k, n, total_k / total_n)


def _rest_of_huge(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    """Take the z test, but where events (or trials without one) are rare, how many of them fell on the campaign."""
    p = z_p_value(rest_z(k, n, total_k, total_n))
    share = n / total_n
    for own, total in ((k, total_k), (n - k, total_n - total_k)):
        rare = total < TINY_SHARE * total_n
        if rare.any():
            p[rare] = _binomial_mid_p(own[rare], total[rare], share[rare])
    return p


def _rest_exactly(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    from scipy import stats

    return _mid_p(stats.hypergeom, k, n * total_k / total_n, total_n, total_k, n)


def _binomial_mid_p(k: Floats, n: Floats, p: Floats) -> Floats:
    from scipy import stats

    return _mid_p(stats.binom, k, n * p, n, p)


def _mid_p(distribution: Any, k: Floats, expected: Floats, *shapes: Floats) -> Floats:
    """Double the tail on the count's own side, half of the count's chance left out; the other has the rest of 1."""
    tail, below = np.empty(k.shape), k <= expected
    for rows, chance, count in ((below, distribution.cdf, k), (~below, distribution.sf, k - 1)):
        tail[rows] = chance(count[rows], *(shape[rows] for shape in shapes))
    tail -= distribution.pmf(k, *shapes) / 2
    return np.asarray(np.clip(2 * np.minimum(tail, 1 - tail), 0.0, 1.0))
