"""Limits to draw: over the sends (funnel) and over time (control charts)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, check_above, floats, fractions, whole_counts
from ..errors import InputError
from .intervals import Interval
from .quantiles import beta_binomial_quantiles, binomial_quantiles

__all__ = ["ChartLimits", "LaneyLimits", "funnel_limits", "laney_limits", "p_chart_limits"]

_FEWEST = 12  # points that limits over time are drawn for
_MOVING_RANGE = 1.128  # mean distance of two values in a row, in standard deviations


class ChartLimits(NamedTuple):
    """Center line and limits of a control chart.

    Attributes
    ----------
    center : float
        Pooled rate of all points, a fraction.
    low, high : numpy.ndarray
        Limits of each point, fractions within [0, 1].

    Examples
    --------
    >>> from leadlex_pandas.stats import p_chart_limits
    >>> limits = p_chart_limits([4] * 12, [100] * 12)
    >>> float(limits.center), round(float(limits.high[0]), 4)
    (0.04, 0.0988)
    """

    center: float
    low: Floats
    high: Floats


class LaneyLimits(NamedTuple):
    """Center line and limits of Laney's chart.

    Attributes
    ----------
    center : float
        Pooled rate of all points, a fraction.
    low, high : numpy.ndarray
        Limits of each point, fractions within [0, 1].
    sigma_z : float
        How many times as wide the limits are as those of a p-chart; at least 1.

    Examples
    --------
    >>> from leadlex_pandas.stats import laney_limits
    >>> round(laney_limits([20, 60] * 6, [1000] * 12).sigma_z, 2)
    5.72
    """

    center: float
    low: Floats
    high: Floats
    sigma_z: float


def funnel_limits(
    target: ArrayLike, trials: ArrayLike, *, levels: ArrayLike = (0.95, 0.998), theta: float = 0.0
) -> Interval:
    """Give the limits of a funnel plot: where the rates of campaigns lie that have the target as their true rate.

    Parameters
    ----------
    target : float or array_like
        The rate at the center, a fraction within [0, 1].
    trials : array_like
        Emails of each campaign, or a grid of some 200 sizes to draw lines through. Broadcasts against `target`.
    levels : sequence of float, default (0.95, 0.998)
        Share of such campaigns within each pair of limits, between 0 and 1.
    theta : float, default 0.0
        How far the true rates of campaigns differ: they follow Beta(target / theta, (1 - target) / theta), as in
        `fit_beta_binomial`. 0 means they do not.

    Returns
    -------
    Interval
        ``(low, high)``, fractions within [0, 1], each of shape ``(len(levels),) + shape(trials)``; interpolated between
        counts, so that they have no steps. NaN where trials are 0 and where target or trials are missing.

    Raises
    ------
    InputError
        If trials are negative or fractional, a target lies outside [0, 1], a level is not between 0 and 1, or `theta`
        is negative.

    References
    ----------
    Spiegelhalter (2005), Stat. Med. 24:1185, appendix A.1.1: exact binomial limits, interpolated. With `theta` the same
    from the beta-binomial distribution.

    Examples
    --------
    >>> from leadlex_pandas.stats import funnel_limits
    >>> low, high = funnel_limits(0.04, [100, 1000, 10_000])
    >>> low.shape, high[0].round(3).tolist()
    ((2, 3), [0.078, 0.052, 0.044])
    """
    where = "funnel_limits"
    center = floats(target, "target", where)
    outside = (center < 0) | (center > 1)
    if outside.any():
        raise InputError(f"{where}: target must lie within 0 and 1, but one is {center[outside].flat[0]:g}.")
    levels_ = fractions(levels, "levels", where).reshape(-1)
    between = check_above(theta, "theta", where, 0, inclusive=True)
    center, n = aligned(where, center, whole_counts(trials, "trials", where))
    tails = np.concatenate([(1 - levels_) / 2, (1 + levels_) / 2])
    valid = (n > 0) & ~np.isnan(center)
    rates = np.full((len(tails), *n.shape), np.nan)
    p, b, size = np.broadcast_arrays(tails[:, None], center[valid], n[valid])
    found = beta_binomial_quantiles(p, b, size, between) if between > 0 else binomial_quantiles(p, b, size)
    rates[:, valid] = np.clip(found, 0, 1)
    return Interval(rates[: len(levels_)], rates[len(levels_) :])


def p_chart_limits(successes: ArrayLike, trials: ArrayLike) -> ChartLimits:
    """Give the limits of a p-chart: three standard deviations of a binomial around the pooled rate.

    With many sends these limits are so narrow that most points lie outside: see `laney_limits`.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts of each period, in the order of time, one-dimensional.

    Returns
    -------
    ChartLimits
        ``(center, low, high)``. Periods without trials, with a missing count, or with more successes than trials have
        no limits (NaN) and are left out of the center. With under 12 others no period has limits; without any the
        center is NaN too.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite, or the counts are not one-dimensional.

    References
    ----------
    Shewhart (1931), Economic Control of Quality of Manufactured Product; Montgomery (2009), Introduction to Statistical
    Quality Control, 6th ed., section 7.2.

    Examples
    --------
    >>> from leadlex_pandas.stats import p_chart_limits
    >>> center, low, high = p_chart_limits([4] * 12, [100] * 11 + [400])
    >>> round(center, 3), high.round(3)[[0, -1]].tolist()
    (0.032, [0.085, 0.058])
    """
    k, n = _periods(successes, trials, "p_chart_limits")
    return ChartLimits(*_chart(k, n, 1.0))


def laney_limits(successes: ArrayLike, trials: ArrayLike) -> LaneyLimits:
    """Give the limits of Laney's p'-chart: those of a p-chart, as much wider as one period differs from the next.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts of each period, in the order of time, one-dimensional.

    Returns
    -------
    LaneyLimits
        ``(center, low, high, sigma_z)``. `sigma_z` is the mean distance between the standardised rates of one period
        and the next, over 1.128; where that is below 1 it is set to 1, as chance alone does not make rates agree more
        than a binomial does. Periods without trials, with a missing count, or with more successes than trials are left
        out (limits NaN), and their neighbours are compared. With under 12 others limits and `sigma_z` are NaN.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite, or the counts are not one-dimensional.

    References
    ----------
    Laney (2002), Quality Engineering 14:531.

    Examples
    --------
    >>> from leadlex_pandas.stats import laney_limits
    >>> center, low, high, sigma_z = laney_limits([20, 60] * 6, [1000] * 12)
    >>> round(center, 3), round(float(high[0]), 3), round(sigma_z, 2)
    (0.04, 0.146, 5.72)
    """
    k, n = _periods(successes, trials, "laney_limits")
    known = ~np.isnan(n)
    sigma_z = _sigma_z(k[known], n[known]) if known.sum() >= _FEWEST else np.nan
    return LaneyLimits(*_chart(k, n, sigma_z), sigma_z)


def _periods(successes: ArrayLike, trials: ArrayLike, where: str) -> tuple[Floats, Floats]:
    """Check the counts; what is no proportion is missing."""
    k, n = aligned(where, whole_counts(successes, "successes", where), whole_counts(trials, "trials", where))
    if k.ndim != 1:
        raise InputError(f"{where}: successes and trials must be one-dimensional, not of shape {k.shape}.")
    valid = (n > 0) & (k <= n)
    return np.where(valid, k, np.nan), np.where(valid, n, np.nan)


def _chart(k: Floats, n: Floats, sigma_z: float) -> tuple[float, Floats, Floats]:
    known = ~np.isnan(n)
    if not known.any():
        return np.nan, n, n
    center = float(k[known].sum() / n[known].sum())
    if known.sum() < _FEWEST:
        return center, np.full(len(n), np.nan), np.full(len(n), np.nan)
    return center, *limits_around(center, n, 3 * sigma_z)


def limits_around(center: float, n: Floats, sigmas: float) -> tuple[Floats, Floats]:
    """Give the limits so many standard deviations of a binomial around the center, within 0 and 1."""
    half = sigmas * np.sqrt(center * (1 - center) / n)
    return np.maximum(center - half, 0), np.minimum(center + half, 1)


def _sigma_z(k: Floats, n: Floats) -> float:
    """Give the spread between periods in a row, relative to a binomial's; at least 1."""
    center = k.sum() / n.sum()
    if not 0 < center < 1:
        return 1.0
    z = (k / n - center) / np.sqrt(center * (1 - center) / n)
    return max(1.0, float(np.abs(np.diff(z)).mean()) / _MOVING_RANGE)
