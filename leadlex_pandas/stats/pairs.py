"""Two rates: the chance that one is higher, and the beta distributions that rates may be taken from."""

from __future__ import annotations

from functools import cache

import numpy as np

from .._checks import Floats


def prob_greater(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    """Give P(Beta(a1, b1) > Beta(a2, b2)): the mean of one's distribution function over quantiles of the other."""
    from scipy import special

    nodes, weights = _nodes()
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


@cache  # they take longer than all the rest
def _nodes() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(400)
    return nodes, weights
