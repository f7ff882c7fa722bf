"""Quantiles of observed rates, interpolated between the counts, so that limits drawn over the sends have no steps.

Spiegelhalter (2005), appendix A.1.1: with r the smallest count whose distribution function F reaches p, the quantile is
(r - a) / n, a = (F(r) - p) / P(r). That is where the straight lines between the points (r, F(r)) pass p.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._checks import Floats

_LONGEST = 100_000  # chances of so many counts are summed one by one; beyond, F is smooth enough for Newton's method
_AT_ONCE = 200_000  # such chances, of several sizes
_USUAL = 1 - 1e-4  # up to here the rounding of the chances is no matter
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
    """Add up the chances of 0, 1, ... events, or misses, whichever are rarer: their quantiles are soon reached."""
    found = np.empty(len(p))
    for rate in np.unique(target):
        rows = target == rate
        if rate <= 0.5:
            found[rows] = (_counts_reached(p[rows], rate, n[rows], theta) - 1) / n[rows]
        else:
            found[rows] = 1 - _counts_reached(1 - p[rows], 1 - rate, n[rows], theta) / n[rows]
    return found


def _counts_reached(p: Floats, rate: float, n: Floats, theta: float) -> Floats:
    """Give how many counts, from 0 on, have the chance p together; of the last one only the share that is needed."""
    logs = [_log_products(each, theta, int(n.max())) for each in (rate, 1 - rate, 1.0)]
    sizes, of_size = np.unique(n.astype(int), return_inverse=True)
    spread = np.sqrt(sizes * rate * (1 - rate) * (1 + (sizes - 1) * theta / (1 + theta)))
    near = np.minimum(sizes, (sizes * rate + 5 * spread + 10).astype(int)) + 1
    found = np.full(len(p), np.nan)
    # as a rule few counts reach the quantiles that are drawn; for those farther out all are added up
    for widths, whole in ((near, False), (sizes + 1, True)):
        left = np.flatnonzero(np.isnan(found) & (whole | (p <= _USUAL)))
        used, row = np.unique(of_size[left], return_inverse=True)
        for first, last in _batches(widths[used]):
            here = (row >= first) & (row < last)
            chances = _chances(sizes[used[first:last]], int(widths[used[last - 1]]), *logs)
            found[left[here]] = _reached(p[left[here]], row[here] - first, chances, whole=whole)
    return found


def _reached(p: Floats, row: NDArray[np.intp], chances: Floats, *, whole: bool) -> Floats:
    """Find p among the chances of some sizes, of each the one in `row`; NaN where it lies beyond these chances."""
    below = np.cumsum(chances, axis=1)
    if whole:  # rounding of so many makes the sum differ from 1, by more than the farthest tails have
        chances, below = chances / below[:, -1:], below / below[:, -1:]
    below = np.minimum(below, 1)
    width = below.shape[1]
    count = (below + np.arange(len(below))[:, None]).ravel().searchsorted(row + p) - row * width
    inside, count = count < width, np.minimum(count, width - 1)
    return np.where(inside, count + 1 - (below[row, count] - p) / chances[row, count], np.nan)


def _chances(sizes: NDArray[np.int_], width: int, events: Floats, misses: Floats, total: Floats) -> Floats:
    """Give the chances of 0, 1, ..., width - 1 events, a row for each size."""
    missed = sizes[:, None] - np.arange(width)
    logs = events[:width] + misses[np.maximum(missed, 0)] - total[sizes, None]
    return np.asarray(np.exp(np.where(missed < 0, -np.inf, logs)))


def _batches(widths: NDArray[np.int_]) -> Iterator[tuple[int, int]]:
    """Split sizes, which rise, so that few chances are held at once."""
    first = 0
    while first < len(widths):
        last = first + 1
        while last < len(widths) and (last + 1 - first) * widths[last] <= _AT_ONCE:
            last += 1
        yield first, last
        first = last


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
