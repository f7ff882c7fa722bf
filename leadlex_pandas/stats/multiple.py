"""Many tests at once: what each p-value is worth among the others."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, check_option, floats
from ..errors import InputError

__all__ = ["adjust_p_values"]


def adjust_p_values(p_values: ArrayLike, *, method: str = "benjamini-hochberg") -> Floats:
    """Adjust a family of p-values, so that those at most alpha may be called together.

    Parameters
    ----------
    p_values : array_like
        One family, one-dimensional, each within [0, 1] or missing.
    method : {"benjamini-hochberg", "benjamini-yekutieli", "holm", "bonferroni"}, default "benjamini-hochberg"
        The first two keep the expected share of false calls among all calls at alpha (the first if the tests are
        independent or depend positively on each other, the second always), the last two the chance of even one.

    Returns
    -------
    numpy.ndarray
        The adjusted p-values in the order given. A missing one stays NaN and is not in the family.

    Raises
    ------
    InputError
        If a p-value lies outside [0, 1], they are not one-dimensional, or `method` is unknown.

    References
    ----------
    Benjamini and Hochberg (1995), JRSS B 57:289; Benjamini and Yekutieli (2001), Ann. Stat. 29:1165, theorem 1.3;
    Holm (1979), Scand. J. Stat. 6:65.

    Examples
    --------
    >>> from leadlex_pandas.stats import adjust_p_values
    >>> adjust_p_values([0.01, 0.02, float("nan"), 0.9]).tolist()
    [0.03, 0.03, nan, 0.9]
    """
    where = "adjust_p_values"
    adjust = _METHODS[check_option(method, "method", where, tuple(_METHODS))]
    p = floats(p_values, "p_values", where)
    if p.ndim != 1:
        raise InputError(f"{where}: p_values must be one-dimensional, not of shape {p.shape}.")
    if ((p < 0) | (p > 1)).any():
        raise InputError(f"{where}: p_values must lie within 0 and 1, but one is {p[(p < 0) | (p > 1)][0]:g}.")
    family = ~np.isnan(p)
    order = np.argsort(p[family])
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(adjust(p[family][order]), 1.0)
    result = np.full(len(p), np.nan)
    result[family] = adjusted
    return result


def _benjamini_hochberg(p: Floats) -> Floats:
    scaled = p * len(p) / np.arange(1, len(p) + 1)
    return np.minimum.accumulate(scaled[::-1])[::-1]


def _benjamini_yekutieli(p: Floats) -> Floats:
    return _benjamini_hochberg(p) * np.sum(1 / np.arange(1, len(p) + 1))


def _holm(p: Floats) -> Floats:
    return np.maximum.accumulate(p * np.arange(len(p), 0, -1))


def _bonferroni(p: Floats) -> Floats:
    return p * len(p)


_METHODS = {
    "benjamini-hochberg": _benjamini_hochberg,
    "benjamini-yekutieli": _benjamini_yekutieli,
    "holm": _holm,
    "bonferroni": _bonferroni,
}
