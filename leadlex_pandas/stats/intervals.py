"""Limits for one rate: a proportion of trials, or a count per base that may exceed it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, check_option, counts, fractions

__all__ = ["Interval", "count_rate_interval", "proportion_interval"]

_AT_ONCE = 16_384  # rows whose intermediate results stay in the processor's cache


class Interval(NamedTuple):
    """Lower and upper limit.

    Attributes
    ----------
    low, high : numpy.ndarray or float
        The limits, in the shape of the arguments broadcast against each other.

    Examples
    --------
    >>> from leadlex_pandas.stats import proportion_interval
    >>> low, high = proportion_interval(89, 1247)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0584, 0.087)
    """

    low: Floats
    high: Floats


def proportion_interval(
    successes: ArrayLike, trials: ArrayLike, *, level: ArrayLike = 0.95, method: str = "wilson"
) -> Interval:
    """Give limits for a proportion.

    Parameters
    ----------
    successes, trials : array_like
        Counts, not negative; they need not be whole (effective counts). They broadcast against each other.
    level : float or array_like, default 0.95
        Confidence level, between 0 and 1.
    method : {"wilson", "jeffreys", "clopper-pearson", "agresti-coull"}, default "wilson"
        "wilson" keeps its level on average and is narrow; "clopper-pearson" never falls below it and is wide.

    Returns
    -------
    Interval
        ``(low, high)``, fractions within [0, 1]. NaN where trials are 0, where either is missing, and where
        successes exceed trials (then it is no proportion: see `count_rate_interval`). With no successes the lower
        limit is exactly 0, with nothing else the upper one exactly 1.

    Raises
    ------
    InputError
        If a count is negative or infinite, `level` is not between 0 and 1, or `method` is unknown.

    References
    ----------
    Wilson (1927), JASA 22:209; Newcombe (1998), Stat. Med. 17:857, method 3. Clopper and Pearson (1934),
    Biometrika 26:404. Brown, Cai and DasGupta (2001), Stat. Sci. 16:101: the Jeffreys interval with its rule at the
    ends (0 and 1 exactly), and the Agresti-Coull interval (equation 5).

    Examples
    --------
    Example of Newcombe (1998), table I: 81 of 263.

    >>> from leadlex_pandas.stats import proportion_interval
    >>> low, high = proportion_interval(81, 263)
    >>> round(float(low), 4), round(float(high), 4)
    (0.2553, 0.3662)
    """
    where = "proportion_interval"
    limits = _METHODS[check_option(method, "method", where, tuple(_METHODS))]
    k, n = aligned(where, counts(successes, "successes", where), counts(trials, "trials", where))
    alpha = 1 - fractions(level, "level", where)  # mostly one number: not blown up to the size of the counts
    aligned(where, k, alpha)
    valid = (n > 0) & (k <= n)  # False where either is NaN
    if not valid.all():
        k, n = np.where(valid, k, np.nan), np.where(valid, n, np.nan)
    low, high = limits(k, n, alpha)
    low, high = np.asarray(low), np.asarray(high)
    np.maximum(low, 0.0, out=low)
    np.minimum(high, 1.0, out=high)
    np.copyto(low, 0.0, where=k == 0)
    np.copyto(high, 1.0, where=k == n)
    return Interval(low[()], high[()])


def count_rate_interval(events: ArrayLike, base: ArrayLike, *, level: ArrayLike = 0.95) -> Interval:
    """Give limits for a rate of events that may exceed their base, such as clicks per email sent.

    Parameters
    ----------
    events, base : array_like
        Counts, not negative. They broadcast against each other.
    level : float or array_like, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        ``(low, high)``, events per unit of base, which may be above 1. NaN where the base is 0 or either is missing;
        without events the lower limit is exactly 0.

    Raises
    ------
    InputError
        If a count is negative or infinite, or `level` is not between 0 and 1.

    References
    ----------
    Garwood (1936), Biometrika 28:437: exact limits for the mean of a Poisson count.

    Examples
    --------
    Five events: 1.62 to 11.67 expected ones.

    >>> from leadlex_pandas.stats import count_rate_interval
    >>> low, high = count_rate_interval(5, 1)
    >>> round(float(low), 2), round(float(high), 2)
    (1.62, 11.67)
    """
    from scipy import special

    where = "count_rate_interval"
    k, n, level_ = aligned(
        where, counts(events, "events", where), counts(base, "base", where), fractions(level, "level", where)
    )
    valid = (n > 0) & ~np.isnan(k)
    k, n = np.where(valid, k, 0.0), np.where(valid, n, 1.0)
    alpha = 1 - level_
    low = np.where(k > 0, special.gammaincinv(np.maximum(k, 1e-300), alpha / 2), 0.0) / n
    high = special.gammainccinv(k + 1, alpha / 2) / n
    return Interval(np.where(valid, low, np.nan)[()], np.where(valid, high, np.nan)[()])


def _wilson(k: Floats, n: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    from scipy import special

    z = -special.ndtri(alpha / 2)
    if k.ndim != 1 or np.ndim(z):
        return wilson(k, n, z)
    low, high = np.empty_like(k), np.empty_like(k)
    for start in range(0, len(k), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        low[part], high[part] = wilson(k[part], n[part], z)
    return low, high


def wilson(k: Floats, n: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Give Wilson's limits for any quantile z; not clipped, so that rounding may leave [0, 1] by a hair."""
    # in place, since for a million campaigns new arrays cost more than the arithmetic
    half = np.asarray(k * (n - k) / n + z**2 / 4)
    np.sqrt(half, out=half)
    half *= z
    center, total = k + z**2 / 2, n + z**2
    low, high = np.asarray(center - half), np.asarray(center + half)
    low /= total
    high /= total
    return low, high


def _jeffreys(k: Floats, n: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    from scipy import special

    return special.betaincinv(k + 0.5, n - k + 0.5, alpha / 2), _beta_upper(k + 0.5, n - k + 0.5, alpha / 2)


def _clopper_pearson(k: Floats, n: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    from scipy import special

    inner_low = special.betaincinv(np.maximum(k, 0.5), n - k + 1, alpha / 2)
    inner_high = _beta_upper(k + 1, np.maximum(n - k, 0.5), alpha / 2)
    # closed forms at the ends: the general ones are wrong in some releases of scipy at small alpha
    low = np.where(k == n, np.exp(np.log(alpha / 2) / n), inner_low)
    high = np.where(k == 0, -np.expm1(np.log(alpha / 2) / n), inner_high)
    return low, high


def _beta_upper(a: Floats, b: Floats, tail: Floats) -> Floats:
    """Give the value that a beta variable exceeds with chance `tail`."""
    from scipy import special

    if hasattr(special, "betainccinv"):  # of 1 - betaincinv only the absolute error is small
        return np.asarray(special.betainccinv(a, b, tail))
    return np.asarray(1 - special.betaincinv(b, a, tail))  # scipy 1.11


def _agresti_coull(k: Floats, n: Floats, alpha: Floats) -> tuple[Floats, Floats]:
    from scipy import special

    z = -special.ndtri(alpha / 2)
    center = (k + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(center * (1 - center) / (n + z**2))
    return center - half, center + half


_METHODS = {
    "wilson": _wilson,
    "jeffreys": _jeffreys,
    "clopper-pearson": _clopper_pearson,
    "agresti-coull": _agresti_coull,
}
