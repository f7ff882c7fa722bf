"""The mid-p of Fisher's test by summing the outer tail: where scipy factors the totals into primes, it is slow."""

from __future__ import annotations

import numpy as np

from .._checks import Floats

FACTORED = 106_000  # up to this total scipy's hypergeometric takes up to half a millisecond a value
_AT_ONCE = 64  # terms of the sum
_NOTHING = 1e-18  # of a tail: what is smaller changes no digit of it


def hypergeometric_mid_p(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    """Give the two-sided mid-p of k events in n draws, of total_k among total_n; all of them possible."""
    up = k >= n * (total_k / total_n)
    term = _point(k, n, total_k, total_n)
    tail = term / 2  # half of the point, and all that is further from the mean
    x, rows = k.copy(), np.arange(len(k))
    while len(rows):
        terms = term[rows, None] * np.cumprod(_ratios(x[rows], n[rows], total_k[rows], total_n[rows], up[rows]), axis=1)
        tail[rows] += np.cumsum(terms, axis=1)[:, -1]  # in turn, so that no row's sum depends on other rows
        term[rows] = terms[:, -1]
        x[rows] += np.where(up[rows], _AT_ONCE, -_AT_ONCE)
        rows = rows[term[rows] > _NOTHING * tail[rows]]
    return np.asarray(np.clip(2 * np.minimum(tail, 1 - tail), 0.0, 1.0))


def _point(k: Floats, n: Floats, total_k: Floats, total_n: Floats) -> Floats:
    """Give P(X = k) as a quotient of binomial chances, which keeps its digits where factorials lose them."""
    from scipy import stats

    rate = total_k / total_n
    both = stats.binom.pmf(k, n, rate) * stats.binom.pmf(total_k - k, total_n - n, rate)
    return np.asarray(both / stats.binom.pmf(total_k, total_n, rate))


def _ratios(x: Floats, n: Floats, total_k: Floats, total_n: Floats, up: np.ndarray) -> Floats:
    """Give P(X = x + 1) / P(X = x), or downwards P(X = x - 1) / P(X = x), for so many values in turn; 0 at the end."""
    x = x[:, None] + np.where(up, 1, -1)[:, None] * np.arange(_AT_ONCE)
    n, total_k, up = n[:, None], total_k[:, None], up[:, None]
    others = total_n[:, None] - total_k - n  # x and this many are in none of both
    top = np.where(up, (total_k - x) * (n - x), x * (others + x))
    bottom = np.where(up, (x + 1) * (others + x + 1), (total_k - x + 1) * (n - x + 1))
    inside = np.where(up, (x < total_k) & (x < n), (x > 0) & (others + x > 0))
    return np.divide(top, bottom, out=np.zeros_like(top), where=inside)
