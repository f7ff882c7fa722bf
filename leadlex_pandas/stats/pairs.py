"""Two rates: limits for their difference and their ratio, and the sends that tell them apart."""

from __future__ import annotations

import numpy as np

from .._checks import Floats
from .intervals import proportion_interval


def difference_interval(
    k1: Floats, n1: Floats, k2: Floats, n2: Floats, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Give limits of p1 - p2 from those of either rate (Newcombe 1998b, method 10); NaN where a rate is unknown."""
    (l1, u1), (l2, u2) = proportion_interval(k1, n1, level=level), proportion_interval(k2, n2, level=level)
    return newcombe(np.divide(k1, n1), l1, u1, np.divide(k2, n2), l2, u2)


def newcombe(p1: Floats, l1: Floats, u1: Floats, p2: Floats, l2: Floats, u2: Floats) -> tuple[Floats, Floats]:
    """Square and add: limits of p1 - p2 from any limits of either rate."""
    return p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)


def ratio_interval(k1: Floats, n1: Floats, k2: Floats, n2: Floats, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Give limits of p1 / p2 by MOVER-R (Donner and Zou 2012); 0 below where k1 is 0, infinite above where k2 is."""
    (l1, u1), (l2, u2) = proportion_interval(k1, n1, level=level), proportion_interval(k2, n2, level=level)
    p1, p2 = np.divide(k1, n1), np.divide(k2, n2)
    product = p1 * p2
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.sqrt(np.maximum(product**2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2), 0))
        above = np.sqrt(np.maximum(product**2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2), 0))
        # the printed lower limit cancels near u2 = 2 p2: multiplied out it does not
        low = np.where(k1 == 0, 0.0, l1 * (2 * p1 - l1) / (product + below))
        high = np.where(k2 == 0, np.inf, (product + above) / (l2 * (2 * p2 - l2)))
    known = ~np.isnan(p1 + p2)
    return np.where(known, low, np.nan)[()], np.where(known, high, np.nan)[()]


def sends_per_arm(rate1: float, rate2: float, *, power: float = 0.8, level: float = 0.95) -> float:
    """Give the sends of each arm (Fleiss, Levin and Paik 2003, section 4.2, without continuity correction)."""
    from scipy import special

    middle = (rate1 + rate2) / 2
    alike = -special.ndtri((1 - level) / 2) * np.sqrt(2 * middle * (1 - middle))
    apart = special.ndtri(power) * np.sqrt(rate1 * (1 - rate1) + rate2 * (1 - rate2))
    return float(((alike + apart) / (rate1 - rate2)) ** 2)


def prob_greater(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    """Give P(Beta(a1, b1) > Beta(a2, b2)): the mean of one's distribution function over quantiles of the other."""
    from scipy import special

    nodes, weights = np.polynomial.legendre.leggauss(400)
    parameters = [np.atleast_1d(np.asarray(each, np.float64))[:, None] for each in (a1, b1, a2, b2)]
    first, second = parameters[:2], parameters[2:]
    # quantiles of the narrower one, over which the other's distribution function is smooth
    swap = 1 / first[0] + 1 / first[1] > 1 / second[0] + 1 / second[1]
    a, b = (np.where(swap, y, x) for x, y in zip(first, second, strict=True))
    c, d = (np.where(swap, x, y) for x, y in zip(first, second, strict=True))
    below = special.betainc(c, d, special.betaincinv(a, b, (nodes + 1) / 2)) @ weights / 2
    return np.asarray(np.where(swap[:, 0], 1 - below, below))


def averaged_prior(k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Give beta distributions around the pooled rate, and how well each explains the campaigns (half-Cauchy prior)."""
    from scipy import stats

    root = np.linspace(0.004, 0.6, 45)  # of theta
    pooled = (k.sum() + 0.5) / (n.sum() + 1)
    alpha, beta = pooled / root**2, (1 - pooled) / root**2
    fit = stats.betabinom.logpmf(k[:, None], n[:, None], alpha, beta).sum(axis=0) - np.log1p((root / 0.1) ** 2)
    weight = np.exp(fit - fit.max())
    return alpha, beta, weight / weight.sum()
