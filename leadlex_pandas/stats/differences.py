"""Limits for the difference and for the ratio of two rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, check_option, counts, fractions
from .intervals import Interval, proportion_interval
from .scorelimits import miettinen_nurminen

__all__ = ["difference_interval", "ratio_interval"]


def difference_interval(
    k1: ArrayLike,
    n1: ArrayLike,
    k2: ArrayLike,
    n2: ArrayLike,
    *,
    level: ArrayLike = 0.95,
    method: str = "newcombe",
) -> Interval:
    """Give limits for the difference of two independent rates, ``k1 / n1 - k2 / n2``.

    Parameters
    ----------
    k1, n1, k2, n2 : array_like
        Events and trials of either side, not negative; they need not be whole (effective counts). They broadcast
        against each other.
    level : float or array_like, default 0.95
        Confidence level, between 0 and 1.
    method : {"newcombe", "miettinen-nurminen"}, default "newcombe"
        "newcombe" is made of the Wilson limits of either rate; "miettinen-nurminen" inverts the score test, keeps its
        level a little better in small samples, and takes several hundred times as long.

    Returns
    -------
    Interval
        ``(low, high)``, fractions within [-1, 1]. NaN where trials are 0, where a count is missing, and where events
        exceed trials on either side.

    Raises
    ------
    InputError
        If a count is negative or infinite, `level` is not between 0 and 1, or `method` is unknown.

    References
    ----------
    Newcombe (1998), Stat. Med. 17:873, method 10. Miettinen and Nurminen (1985), Stat. Med. 4:213; their cubic gives
    the likeliest rates at each difference.

    Examples
    --------
    Example (a) of Newcombe (1998), table II: 56 of 70 against 48 of 80.

    >>> from leadlex_pandas.stats import difference_interval
    >>> low, high = difference_interval(56, 70, 48, 80)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0524, 0.3339)
    >>> low, high = difference_interval(56, 70, 48, 80, method="miettinen-nurminen")
    >>> round(float(low), 4), round(float(high), 4)
    (0.0528, 0.3382)
    """
    where = "difference_interval"
    check_option(method, "method", where, ("newcombe", "miettinen-nurminen"))
    sides, level_ = _sides(k1, n1, k2, n2, where), fractions(level, "level", where)
    everything = aligned(where, *sides, level_)
    if method == "newcombe":
        low, high = newcombe(*_estimates(sides, level_))
    else:
        low, high = miettinen_nurminen(*everything)
    return Interval(np.maximum(low, -1.0)[()], np.minimum(high, 1.0)[()])


def ratio_interval(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, *, level: ArrayLike = 0.95) -> Interval:
    """Give limits for the ratio of two independent rates, ``(k1 / n1) / (k2 / n2)``.

    They exclude 1 exactly where the limits of `difference_interval` exclude 0.

    Parameters
    ----------
    k1, n1, k2, n2 : array_like
        Events and trials of either side, not negative; they need not be whole (effective counts). They broadcast
        against each other.
    level : float or array_like, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    Interval
        ``(low, high)``, at least 0. The lower limit is 0 where `k1` is, the upper one infinite where `k2` is 0. NaN
        where trials are 0, where a count is missing, and where events exceed trials on either side.

    Raises
    ------
    InputError
        If a count is negative or infinite, or `level` is not between 0 and 1.

    References
    ----------
    Donner and Zou (2012), Stat. Methods Med. Res. 21:347 (MOVER-R), from Wilson limits of either rate.

    Examples
    --------
    Survivors after a high and after a standard dose (Perondi et al. 2004), 7 of 34 and 1 of 34:

    >>> from leadlex_pandas.stats import ratio_interval
    >>> low, high = ratio_interval(7, 34, 1, 34)
    >>> round(float(low), 4), round(float(high), 4)
    (1.1537, 41.9763)
    """
    where = "ratio_interval"
    sides, level_ = _sides(k1, n1, k2, n2, where), fractions(level, "level", where)
    aligned(where, *sides, level_)
    p1, l1, u1, p2, l2, u2 = _estimates(sides, level_)
    product = p1 * p2
    with np.errstate(divide="ignore", invalid="ignore"):
        below = np.sqrt(np.maximum(product**2 - l1 * u2 * (2 * p1 - l1) * (2 * p2 - u2), 0))
        above = np.sqrt(np.maximum(product**2 - u1 * l2 * (2 * p1 - u1) * (2 * p2 - l2), 0))
        # the printed lower limit cancels near u2 = 2 p2: multiplied out it does not
        low = np.where(p1 == 0, 0.0, l1 * (2 * p1 - l1) / (product + below))
        high = np.where(p2 == 0, np.inf, (product + above) / (l2 * (2 * p2 - l2)))
    known = ~np.isnan(product)
    return Interval(np.where(known, low, np.nan)[()], np.where(known, high, np.nan)[()])


def newcombe(p1: Floats, l1: Floats, u1: Floats, p2: Floats, l2: Floats, u2: Floats) -> tuple[Floats, Floats]:
    """Square and add: limits of p1 - p2 from any limits of either rate."""
    return p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)


def _sides(k1: ArrayLike, n1: ArrayLike, k2: ArrayLike, n2: ArrayLike, where: str) -> tuple[Floats, ...]:
    """Check the counts; what is no proportion on one side is missing on both."""
    named = {"k1": k1, "n1": n1, "k2": k2, "n2": n2}
    k1_, n1_, k2_, n2_ = aligned(where, *(counts(value, name, where) for name, value in named.items()))
    valid = (n1_ > 0) & (n2_ > 0) & (k1_ <= n1_) & (k2_ <= n2_)  # False where one is NaN
    return tuple(np.where(valid, each, np.nan) for each in (k1_, n1_, k2_, n2_))


def _estimates(sides: tuple[Floats, ...], level: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Give rate, lower and upper limit of the first and of the second side."""
    k1, n1, k2, n2 = sides
    (l1, u1), (l2, u2) = proportion_interval(k1, n1, level=level), proportion_interval(k2, n2, level=level)
    return k1 / n1, l1, u1, k2 / n2, l2, u2
