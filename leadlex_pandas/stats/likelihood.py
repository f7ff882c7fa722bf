"""The likelihood of the beta-binomial model, in the mean rate mu and theta = 1 / (alpha + beta).

Each campaign contributes L(mu, k) + L(1 - mu, n - k) - L(1, n) with L(c, m) = sum of log(c + r theta) over r = 0..m-1
(Griffiths 1973; Smith 1983). So all campaigns together are three histograms, and a step costs as many terms as the
largest campaign has sends, however many campaigns there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import Floats

_LONGEST = 10_000_000  # a longer histogram costs more memory than it is worth
_SHORT = 100_000  # up to here a histogram is always cheap
_PER_ROW = 30  # one distinct count costs as much as so many terms of a histogram
_CELLS = 2_000_000  # of a matrix of parameters by counts
_STIRLING = 25.0  # from here on the series of `_tail` are exact to the last digit


@dataclass(frozen=True)
class Slopes:
    """A sum of L(c, m), and its first and second derivatives in c and theta."""

    value: float
    c: float
    theta: float
    cc: float
    c_theta: float
    theta_theta: float


class Rising(Protocol):
    """The sum of L(c, m) over the counts m of a portfolio."""

    def values(self, c: Floats, theta: Floats) -> Floats:
        """Give the sum at each pair of c and theta, which broadcast."""

    def slopes(self, c: float, theta: float) -> Slopes:
        """Give the sum and its derivatives at one point."""


class Histogram:
    """Sums over r of how many counts exceed r: exact at any theta, for whole counts."""

    def __init__(self, counts: Floats) -> None:
        tally = np.bincount(counts.astype(np.int64))
        self._above = (len(counts) - np.cumsum(tally)[:-1]).astype(np.float64)
        self._r = np.arange(len(self._above), dtype=np.float64)

    def values(self, c: Floats, theta: Floats) -> Floats:
        """Give the sum at each pair of c and theta, which broadcast."""
        pairs = np.broadcast(c, theta)
        sums = [self._above @ np.log(each + at * self._r) for each, at in pairs]
        return np.array(sums, np.float64).reshape(pairs.shape)

    def slopes(self, c: float, theta: float) -> Slopes:
        """Give the sum and its derivatives at one point."""
        terms = c + theta * self._r
        first = self._above / terms
        second = first / terms
        weighted = second * self._r
        return Slopes(
            float(self._above @ np.log(terms)),
            float(first.sum()),
            float(first @ self._r),
            -float(second.sum()),
            -float(weighted.sum()),
            -float(weighted @ self._r),
        )


class Rows:
    """Sums over distinct counts by gamma functions: for huge counts, and for those that are not whole."""

    def __init__(self, counts: Floats) -> None:
        self._m, self._times = np.unique(counts, return_counts=True)

    def values(self, c: Floats, theta: Floats) -> Floats:
        """Give the sum at each pair of c and theta, which broadcast."""
        c, theta = np.broadcast_arrays(c, theta)
        sums = np.empty(c.size)
        size = max(1, _CELLS // max(1, len(self._m)))
        for first in range(0, c.size, size):
            part = slice(first, first + size)
            sums[part] = _log_rising(self._m, c.ravel()[part, None], theta.ravel()[part, None]) @ self._times
        return sums.reshape(c.shape)

    def slopes(self, c: float, theta: float) -> Slopes:
        """Give the sum and its derivatives at one point."""
        first, second = _reciprocals(self._m, c, theta)
        m, times = self._m, self._times
        # sums of r / (c + r theta) and so on follow from those without r, since (c + r theta) / (c + r theta) = 1
        theta_1 = (m - c * first) / theta
        mixed = (first - c * second) / theta
        theta_2 = (m - 2 * c * first + c**2 * second) / theta**2
        return Slopes(
            float(times @ _log_rising(m, c, theta)),
            float(times @ first),
            float(times @ theta_1),
            -float(times @ second),
            -float(times @ mixed),
            -float(times @ theta_2),
        )


class Likelihood:
    """The log-likelihood of a portfolio, without the binomial coefficients, which depend on no parameter."""

    def __init__(self, k: Floats, n: Floats, *, short: int = _SHORT) -> None:
        self.events, self.others, self.trials = (rising(counts, short) for counts in (k, n - k, n))

    def values(self, mu: Floats, theta: Floats) -> Floats:
        """Give the log-likelihood at each pair of mu and theta > 0, which broadcast."""
        one = np.ones_like(theta)
        return self.events.values(mu, theta) + self.others.values(1 - mu, theta) - self.trials.values(one, theta)

    def slopes(self, mu: float, theta: float) -> Slopes:
        """Give the log-likelihood and its derivatives in mu (as `c`) and theta > 0."""
        k, rest, n = self.events.slopes(mu, theta), self.others.slopes(1 - mu, theta), self.trials.slopes(1.0, theta)
        return Slopes(
            k.value + rest.value - n.value,
            k.c - rest.c,
            k.theta + rest.theta - n.theta,
            k.cc + rest.cc,
            k.c_theta - rest.c_theta,
            k.theta_theta + rest.theta_theta - n.theta_theta,
        )

    def coefficients(self) -> float:
        """Give the sum of the logarithms of the binomial coefficients."""
        one = np.ones(())  # m! is L(1, m) at theta = 1
        return float(self.trials.values(one, one) - self.events.values(one, one) - self.others.values(one, one))


def rising(counts: Floats, short: int) -> Rising:
    """Choose how to sum L over these counts: by histogram up to `short` terms, or while that is cheaper."""
    longest = min(_LONGEST, max(short, _PER_ROW * len(counts)))
    if counts.max(initial=0.0) <= longest and not (counts % 1).any():
        return Histogram(counts)
    return Rows(counts)


def _log_rising(m: Floats, c: ArrayLike, theta: ArrayLike) -> Floats:
    """Give L(c, m) by gamma functions; by Stirling's series where their difference would lose digits."""
    from scipy import special

    m, c, theta = np.broadcast_arrays(m, c, theta)
    a = c / theta
    value = np.empty(a.shape)
    large = a >= _STIRLING
    mm, aa = m[large], a[large]
    value[large] = mm * np.log(c[large]) - mm + (aa + mm - 0.5) * np.log1p(mm / aa) + _tail(aa + mm) - _tail(aa)
    mm, aa = m[~large], a[~large]
    value[~large] = mm * np.log(theta[~large]) + special.gammaln(aa + mm) - special.gammaln(aa)
    return value


def _reciprocals(m: Floats, c: float, theta: float) -> tuple[Floats, Floats]:
    """Give the sums of 1 / (c + r theta) and of its square over r = 0..m-1."""
    from scipy import special

    a = c / theta
    if a < _STIRLING:
        first = special.digamma(a + m) - special.digamma(a)
    else:
        first = np.log1p(m / a) + _digamma_tail(a + m) - _digamma_tail(a)
    second = special.polygamma(1, a) - special.polygamma(1, a + m)
    return np.asarray(first / theta), np.asarray(second / theta**2)


def _tail(x: Floats) -> Floats:
    """Give log gamma(x) beyond (x - 1/2) log x - x + log(2 pi) / 2."""
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * x**2)) / x**2) / x**2) / x


def _digamma_tail(x: NDArray[np.float64] | float) -> NDArray[np.float64] | float:
    """Give digamma(x) beyond log x."""
    return -1 / (2 * x) - (1 / 12 - (1 / 120 - (1 / 252 - 1 / (240 * x**2)) / x**2) / x**2) / x**2
