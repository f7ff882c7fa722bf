"""The chance that one beta variable exceeds another, by integration over the logit of the narrower one."""

from __future__ import annotations

import numpy as np

from .._checks import Floats

_TAIL = 1e-18  # chance that is left out at each end
_NODES = np.linspace(-1, 1, 241)
_ROWS = 5000  # integrated at a time


def chance_greater(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    """Give P(Beta(a1, b1) > Beta(a2, b2)) for parameters of one shape; NaN where one is missing."""
    flat = [np.asarray(each, np.float64).ravel() for each in (a1, b1, a2, b2)]
    result = np.full(flat[0].shape, np.nan)
    rows = np.flatnonzero(~np.isnan(sum(flat)))
    for first in range(0, len(rows), _ROWS):
        part = rows[first : first + _ROWS]
        result[part] = _integrate(*(each[part] for each in flat))
    return result.reshape(np.shape(a1))


def _integrate(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    # the density must be the sharper of the two, or the steps between nodes would miss the other's rise
    swap = 1 / a1 + 1 / b1 > 1 / a2 + 1 / b2
    over, other = np.where(swap, [a2, b2], [a1, b1]), np.where(swap, [a1, b1], [a2, b2])
    chance = _chance_above(over[0], over[1], other[0], other[1])
    # with little left of 1, its complement is the more exact; both are integrals of positive terms
    return np.asarray(np.where(swap, 1 - chance, chance))


def _chance_above(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Integrate the density of logit Beta(a, b) times the distribution function of Beta(c, d)."""
    from scipy import special

    middle, scale = np.log(a / b), np.minimum(np.sqrt(1 / a + 1 / b), 1.0)
    left, right = _logit_quantile(a, b), -_logit_quantile(b, a)
    # nodes even in t, x = middle + scale sinh(t): dense where the density turns, wide apart along its tails
    first, last = np.arcsinh((left - middle) / scale), np.arcsinh((right - middle) / scale)
    t = ((first + last) / 2)[:, None] + ((last - first) / 2)[:, None] * _NODES
    x = middle[:, None] + scale[:, None] * np.sinh(t)
    log_density = -a[:, None] * np.logaddexp(0, -x) - b[:, None] * np.logaddexp(0, x)
    log_density -= log_density.max(axis=1, keepdims=True)
    weights = np.exp(log_density) * np.cosh(t)
    below = special.betainc(c[:, None], d[:, None], special.expit(x))
    return np.asarray((weights * below).sum(axis=1) / weights.sum(axis=1))


def _logit_quantile(a: Floats, b: Floats) -> Floats:
    """Bound the logit below which Beta(a, b) has next to no chance: by a beta quantile, in logs where it underflows."""
    from scipy import special

    # near 0 the distribution function is x^a / (a B(a, b))
    power = (np.log(_TAIL) + np.log(a) + special.betaln(a, b)) / a
    quantile = special.betaincinv(a, b, _TAIL)
    with np.errstate(divide="ignore"):
        found = special.logit(quantile)
    return np.asarray(np.where(quantile > 1e-290, found, np.minimum(power, -600.0)))
