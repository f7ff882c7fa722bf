"""Quantiles of observed rates, interpolated between the counts, so that limits drawn over the sends have no steps.

Spiegelhalter (2005), appendix A.1.1: with r the smallest count whose distribution function F reaches p, the quantile is
(r - a) / n, a = (F(r) - p) / P(r). That is where the straight lines between the points (r, F(r)) pass p.
"""

from __future__ import annotations

import numpy as np

from .._checks import Floats

_LONGEST = 100_000  # chances of so many counts are summed one by one; beyond, F is smooth enough for Newton's method
_STEPS = 4
_NEXT_TO_NOTHING = 1e-3  # n theta: below, campaigns vary as if they had one rate


def binomial_quantiles(p: Floats, target: Floats, n: Floats) -> Floats:
    """Give quantiles of k / n, k binomial; not clipped, NaN where an argument is."""
    from scipy import stats

    count = stats.binom.ppf(p, n, target)
    beyond = stats.binom.cdf(count, n, target) - p
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (count - beyond / stats.binom.pmf(count, n, target)) / n
    return np.where((target == 0) | (target == 1), target, between)  # there is but one count


def beta_binomial_quantiles(p: Floats, target: Floats, n: Floats, theta: float) -> Floats:
    """Give quantiles of k / n, k binomial with a rate from Beta(target / theta, (1 - target) / theta)."""
    spread = (n * theta >= _NEXT_TO_NOTHING) & (target > 0) & (target < 1)
    result = np.empty(p.shape)
    result[~spread] = binomial_quantiles(p[~spread], target[~spread], n[~spread])
    short, long = spread & (n <= _LONGEST), spread & (n > _LONGEST)
    if short.any():
        result[short] = _by_sums(p[short], target[short], n[short], theta)
    if long.any():
        result[long] = _by_newton(p[long], target[long], n[long], theta)
    return result


def _by_sums(p: Floats, target: Floats, n: Floats, theta: float) -> Floats:
    """Add up the chances of 0, 1, ..., n events."""
    found = np.empty(len(p))
    for rate in np.unique(target):
        events, misses = (_log_products(each, theta, int(n.max())) for each in (rate, 1 - rate))
        for size in np.unique(n[target == rate]).astype(int):
            rows = (target == rate) & (n == size)
            logs = events[: size + 1] + misses[size::-1]
            chances = np.exp(logs - logs.max())
            below = np.cumsum(chances)
            chances, below = chances / below[-1], below / below[-1]
            count = np.searchsorted(below, p[rows])
            found[rows] = (count - (below[count] - p[rows]) / chances[count]) / size
    return found


def _log_products(rate: float, theta: float, most: int) -> Floats:
    """Give the factor that 0, 1, ..., `most` counts have in the chance of a beta-binomial, as a logarithm.

    The chance of r of n is that of r events times that of n - r misses, but for a constant: n need not be known.
    """
    i = np.arange(most, dtype=np.float64)
    return np.concatenate([[0.0], np.cumsum(np.log((rate + i * theta) / ((i + 1) * theta)))])


def _by_newton(p: Floats, target: Floats, n: Floats, theta: float) -> Floats:
    """Solve F(r) = p, where F(r) is the chance that Beta(r + 1, n - r) exceeds the rate."""
    from scipy import special

    from .betas import chance_greater

    alpha, beta = target / theta, (1 - target) / theta
    within, between = 1 / n, theta / (1 + theta)
    wider = np.sqrt(1 + within / between)  # binomial noise on top of the spread between rates
    rate = target + (special.betaincinv(alpha, beta, p) - target) * wider
    normal = target + special.ndtri(p) * np.sqrt(target * (1 - target) * (within + between))
    rate = np.where(np.isnan(rate), normal, rate)
    for _ in range(_STEPS):
        count = np.clip(rate, 0.5 / n, 1 - 0.5 / n) * n
        steepness = _log_chance(count, n, alpha, beta)
        step = (chance_greater(count + 1, n - count, alpha, beta) - p) * np.exp(-steepness) / n
        step = np.clip(step, -np.abs(rate - target) / 4, np.abs(rate - target) / 4)
        rate = np.where(np.isnan(step), rate, rate - step)
    return np.asarray(rate)


def _log_chance(count: Floats, n: Floats, alpha: Floats, beta: Floats) -> Floats:
    """Give the logarithm of the chance of a count."""
    from scipy import special

    ways = -special.betaln(count + 1, n - count + 1) - np.log(n + 1)
    return np.asarray(ways + special.betaln(alpha + count, beta + n - count) - special.betaln(alpha, beta))
