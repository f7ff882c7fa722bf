"""Limits for a difference of two rates by inverting the score test (Miettinen and Nurminen 1985).

A difference lies within the limits if the squared score statistic at it stays below the quantile of chi-square. Its
variance takes the two rates that are likeliest among those that differ by just so much: the root of a cubic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._checks import Floats

_ROUNDS = 60  # halvings of an interval within [-1, 1]: to the last digit
_SMALL = 1e-3  # rates below it are close to the cubic's other root


@dataclass(frozen=True)
class Pair:
    """Two rates, of which together at most half of the trials are events."""

    k1: Floats
    n1: Floats
    k2: Floats
    n2: Floats

    def beyond(self, difference: Floats, quantile: Floats) -> Floats:
        """Tell where the squared statistic at a difference exceeds a quantile."""
        p2 = self._second_rate(difference)
        p1 = p2 + difference
        total = self.n1 + self.n2
        variance = (p1 * (1 - p1) / self.n1 + p2 * (1 - p2) / self.n2) * total
        away = self.k1 / self.n1 - self.k2 / self.n2 - difference
        return np.asarray(away**2 * (total - 1) > quantile * variance)

    def _second_rate(self, d: Floats) -> Floats:
        """Give the likeliest second rate where the first is `d` above it."""
        total = self.n1 + self.n2
        share1, share2 = self.n1 / total, self.n2 / total
        events, events2 = (self.k1 + self.k2) / total, self.k2 / total
        # x^3 + square x^2 + linear x + constant = 0
        square = (share1 + 2 * share2) * d - 1 - events
        linear = (share2 * d - 1 - 2 * events2) * d + events
        constant = events2 * d * (1 - d)
        x = _middle_root(square, linear, constant)
        near_zero = (np.abs(x) < _SMALL) & (np.abs(d) < _SMALL)
        x = np.where(near_zero, _upper_root(x + square, linear, constant), x)
        return np.clip(x, np.maximum(0, -d), np.minimum(1, 1 - d))


def miettinen_nurminen(k1: Floats, n1: Floats, k2: Floats, n2: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Give the limits of k1 / n1 - k2 / n2; NaN where a count is."""
    from scipy import special

    quantile = special.ndtri((1 - level) / 2) ** 2
    # rates near 1 lose digits that their complements keep
    turn = k1 + k2 > (n1 + n2) / 2
    events1, events2 = np.where(turn, n1 - k1, k1), np.where(turn, n2 - k2, k2)
    # the lower limit is the upper one of the sides exchanged: towards 1 the second rate is small, and keeps its digits
    low, high = -_upper(Pair(events2, n2, events1, n1), quantile), _upper(Pair(events1, n1, events2, n2), quantile)
    return np.where(turn, -high, low), np.where(turn, -low, high)


def _upper(pair: Pair, quantile: Floats) -> Floats:
    """Halve the way between the observed difference, which is within the limits, and 1, the end of all differences."""
    inside = pair.k1 / pair.n1 - pair.k2 / pair.n2
    outside = np.where(np.isnan(inside), np.nan, 1.0)
    for _ in range(_ROUNDS):
        middle = (inside + outside) / 2
        beyond = pair.beyond(middle, quantile)
        inside, outside = np.where(beyond, inside, middle), np.where(beyond, middle, outside)
    return (inside + outside) / 2


def _middle_root(square: Floats, linear: Floats, constant: Floats) -> Floats:
    """Solve the cubic by cosines; of its three roots this is the one that can be a rate."""
    q = square**3 / 27 - square * linear / 6 + constant / 2
    p = np.copysign(np.sqrt(np.maximum(square**2 / 9 - linear / 3, 0)), q)
    cosine = np.divide(q, p**3, out=np.zeros_like(q), where=p != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1, 1))) / 3
    return np.asarray(2 * p * np.cos(angle) - square / 3)


def _upper_root(square: Floats, linear: Floats, constant: Floats) -> Floats:
    """Solve the quadratic that the cubic is near 0 (its `square` is about -1), without cancelling."""
    root = np.sqrt(np.maximum(linear**2 - 4 * square * constant, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(linear >= 0, (linear + root) / (-2 * square), 2 * constant / (root - linear))
