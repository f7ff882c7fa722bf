"""Beta variables: the chance to be below a rate, and the chance that one exceeds another."""

from __future__ import annotations

import numpy as np

from .._checks import Floats

_TAIL = 1e-18  # chance that is left out at each end
_NODES = np.linspace(-1, 1, 241)
_ROWS = 5000  # integrated at a time
_LARGE = 3e5  # parameters from which on older scipy's distribution function goes wrong, at a billion by 0.2


def chance_greater(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    """Give P(Beta(a1, b1) > Beta(a2, b2)), by integration over the logit of the narrower; NaN where one is missing."""
    parameters = np.broadcast_arrays(a1, b1, a2, b2)
    flat = [np.asarray(each, np.float64).ravel() for each in parameters]
    result = np.full(flat[0].shape, np.nan)
    rows = np.flatnonzero(~np.isnan(np.sum(flat, axis=0)))
    for first in range(0, len(rows), _ROWS):
        part = rows[first : first + _ROWS]
        result[part] = _integrate(*(each[part] for each in flat))
    return result.reshape(parameters[0].shape)


def _integrate(a1: Floats, b1: Floats, a2: Floats, b2: Floats) -> Floats:
    # the density must be the sharper of the two, or the steps between nodes would miss the other's rise
    swap = 1 / a1 + 1 / b1 > 1 / a2 + 1 / b2
    over, other = np.where(swap, [a2, b2], [a1, b1]), np.where(swap, [a1, b1], [a2, b2])
    chance = _chance_above(over[0], over[1], other[0], other[1])
    return np.asarray(np.where(swap, 1 - chance, chance))


def chance_below(a: Floats, b: Floats, logit: Floats) -> Floats:
    """Give P(Beta(a, b) < expit(logit)), also for parameters that belong to a billion sends."""
    a, b, logit = np.broadcast_arrays(a, b, logit)
    large = np.minimum(a, b) >= _LARGE
    if not large.any():
        return _from_the_nearer_end(a, b, logit)
    below = np.empty(a.shape)
    below[~large] = _from_the_nearer_end(a[~large], b[~large], logit[~large])
    below[large] = _nearly_normal(a[large], b[large], logit[large])
    return below


def _from_the_nearer_end(a: Floats, b: Floats, logit: Floats) -> Floats:
    """Take the tail on whose side the rate is not rounded to 1."""
    from scipy import special

    under = logit < 0
    tail = special.betainc(np.where(under, a, b), np.where(under, b, a), special.expit(-np.abs(logit)))
    return np.asarray(np.where(under, tail, 1 - tail))


def _nearly_normal(a: Floats, b: Floats, logit: Floats) -> Floats:
    """Give the same by Temme's expansion, two terms: off by less than 1e-7 for large parameters."""
    from scipy import special

    size, mean = a + b, a / (a + b)
    away = special.expit(logit) - mean
    distance = 2 * (mean * _log_gap(away / mean) + (1 - mean) * _log_gap(-away / (1 - mean)))
    eta, sd = np.sign(away) * np.sqrt(distance), np.sqrt(mean * (1 - mean))
    near = np.abs(away) < 1e-6 * np.minimum(mean, 1 - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.where(near, (1 - 2 * mean) / (3 * sd), 1 / eta - sd / away)
    bend = np.exp(-size * distance / 2) / np.sqrt(2 * np.pi * size) * skew
    return np.asarray(np.clip(special.ndtr(eta * np.sqrt(size)) + bend, 0.0, 1.0))


def _log_gap(u: Floats) -> Floats:
    """Give u - log(1 + u), also where it is next to nothing."""
    small = np.where(np.abs(u) < 0.05, u, 0.0)
    series = sum((-small) ** power / power for power in range(2, 14))
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(np.abs(u) < 0.05, series, u - np.log1p(np.maximum(u, -1.0))))


def _chance_above(a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Integrate the density of logit Beta(a, b) times the distribution function of Beta(c, d)."""
    middle, scale = np.log(a / b), np.minimum(np.sqrt(1 / a + 1 / b), 1.0)
    left, right = _logit_quantile(a, b), -_logit_quantile(b, a)
    # nodes even in t, x = middle + scale sinh(t): dense where the density turns, wide apart along its tails
    first, last = np.arcsinh((left - middle) / scale), np.arcsinh((right - middle) / scale)
    t = ((first + last) / 2)[:, None] + ((last - first) / 2)[:, None] * _NODES
    x = middle[:, None] + scale[:, None] * np.sinh(t)
    log_density = -a[:, None] * np.logaddexp(0, -x) - b[:, None] * np.logaddexp(0, x)
    log_density -= log_density.max(axis=1, keepdims=True)
    weights = np.exp(log_density) * np.cosh(t)
    below = chance_below(c[:, None], d[:, None], x)
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
