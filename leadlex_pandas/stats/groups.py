"""Groups of campaigns, whose campaigns differ among themselves too: limits for their rates, and whether any differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import Floats, aligned, check_fraction, check_whole, whole_counts
from ..errors import InputError
from . import between

__all__ = ["GroupIntervals", "GroupTest", "group_intervals", "group_test"]

Codes = NDArray[np.intp]


class GroupIntervals(NamedTuple):
    """Rates of groups with their limits, in the sorted order of the groups.

    Attributes
    ----------
    rates : numpy.ndarray
        Fractions; with strata, standardised to the shares of all trials.
    low, high : numpy.ndarray
        The limits.
    design_effects : numpy.ndarray
        By how much a group's counts weigh less than as many emails that are all alike; at least 1.

    Examples
    --------
    >>> from leadlex_pandas.stats import group_intervals
    >>> group_intervals([4, 6, 9, 11], 100, ["a", "a", "b", "b"]).rates.tolist()
    [0.05, 0.1]
    """

    rates: Floats
    low: Floats
    high: Floats
    design_effects: Floats


class GroupTest(NamedTuple):
    """Whether any groups differ.

    Attributes
    ----------
    statistic : float
        Sum of the groups' squared distances from the common rate, each over its variance.
    p_value : float
        Chance of at least that if no groups differ, by simulation.
    rho : float
        Correlation of two emails of one campaign around the common rate.

    Examples
    --------
    >>> from leadlex_pandas.stats import group_test
    >>> group_test([4, 6, 39, 41], 100, ["a", "a", "b", "b"]).p_value < 0.1
    True
    """

    statistic: float
    p_value: float
    rho: float


def group_intervals(
    successes: ArrayLike,
    trials: ArrayLike,
    groups: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
) -> GroupIntervals:
    """Give each group's rate with limits that allow for the spread between its campaigns.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts, one entry a campaign.
    groups : array_like
        The group of each campaign: texts or numbers.
    strata : array_like, optional
        What else makes rates differ, of each campaign: rates are standardised to the share of each stratum in all
        trials. Where a group lacks a stratum, the shares of the others make up for it.
    level : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    GroupIntervals
        ``(rates, low, high, design_effects)``, one entry a group in sorted order. Campaigns without trials, with a
        missing count, group or stratum, or with successes above trials are left out; a group without any other is NaN.
        Limits are NaN where every group has one campaign only (in each stratum), as nothing then tells of the spread.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite, `level` is not between 0 and 1, or labels cannot be sorted.

    References
    ----------
    Wilson (1927), JASA 22:209, on counts over the design effect of Rao and Scott (1992), Biometrics 48:577, the
    correlation by moments within groups (Kleinman 1973, JASA 68:46); Student's t with as many degrees of freedom as
    there are campaigns beyond one a group (and stratum), in place of z.

    Examples
    --------
    Two campaigns of 100 emails each tell less of their group than 200 emails do:

    >>> from leadlex_pandas.stats import group_intervals
    >>> found = group_intervals([2, 14, 8, 8], 100, ["a", "a", "b", "b"])
    >>> found.rates.tolist(), bool((found.design_effects > 2).all())
    ([0.08, 0.08], True)
    """
    where = "group_intervals"
    level = check_fraction(level, "level", where)
    k, n, group, stratum, number = _campaigns(where, successes, trials, groups, strata)
    result = GroupIntervals(*np.full((4, number), np.nan))
    present, code = np.unique(group, return_inverse=True)
    if len(present):
        own, _ = between.group_estimates(k, n, code, stratum, level)
        found = (*own, between.group_design_effects(k, n, code, stratum))
        for column, values in zip(result, found, strict=True):
            column[present] = values
    return result


def group_test(
    successes: ArrayLike,
    trials: ArrayLike,
    groups: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    draws: int = 999,
    seed: int = 0,
) -> GroupTest:
    """Test whether any groups differ by more than their campaigns do among themselves.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts, one entry a campaign.
    groups : array_like
        The group of each campaign: texts or numbers.
    strata : array_like, optional
        What else makes rates differ, of each campaign: groups are compared within each stratum.
    draws : int, default 999
        How many portfolios without differences between groups are simulated.
    seed : int, default 0
        Start of the random numbers: the same seed gives the same p-value, in whatever order the campaigns stand.

    Returns
    -------
    GroupTest
        ``(statistic, p_value, rho)``; the p-value is at least 1 / (draws + 1). Campaigns without trials, with a missing
        count, group or stratum, or with successes above trials are left out. All are NaN with fewer than two groups,
        and where there are no or only successes.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite, `draws` or `seed` is no whole number (of at least 1 and 0), or
        labels cannot be sorted.

    References
    ----------
    Rao and Scott (1992), Biometrics 48:577, for the statistic; its distribution by parametric bootstrap (Davison and
    Hinkley 1997, Bootstrap Methods and their Application, section 4.2) from the beta-binomial distribution.

    Examples
    --------
    Campaigns that differ no more than chance: the statistic is Pearson's chi-square of 29 and 33 of 200.

    >>> from leadlex_pandas.stats import group_test
    >>> found = group_test([14, 15, 15, 18], 100, ["a", "a", "b", "b"], draws=99)
    >>> round(found.statistic, 3), found.rho
    (0.305, 0.0)
    """
    where = "group_test"
    draws, seed = check_whole(draws, "draws", where), check_whole(seed, "seed", where, least=0)
    k, n, group, stratum, _ = _campaigns(where, successes, trials, groups, strata)
    present, code = np.unique(group, return_inverse=True)
    if len(present) < 2:
        return GroupTest(np.nan, np.nan, np.nan)
    tested = between.groups_apart(k, n, code, stratum, draws=draws, seed=seed)
    return GroupTest(tested.statistic, tested.p_value, tested.rho)


def _campaigns(
    where: str, successes: ArrayLike, trials: ArrayLike, groups: ArrayLike, strata: ArrayLike | None
) -> tuple[Floats, Floats, Codes, Codes | None, int]:
    """Give the campaigns that can be used: counts, positions of group and stratum; and the number of all groups."""
    group, number = _codes(groups, "groups", where)
    stratum, _ = _codes(strata, "strata", where) if strata is not None else (np.zeros((), np.intp), 1)
    counted = (whole_counts(successes, "successes", where), whole_counts(trials, "trials", where))
    k, n, *labels = aligned(where, *counted, group.astype(np.float64), stratum.astype(np.float64))
    valid = (n > 0) & (k <= n) & (labels[0] >= 0) & (labels[1] >= 0)
    of_group, of_stratum = (label[valid].astype(np.intp) for label in labels)
    return k[valid], n[valid], of_group, of_stratum if strata is not None else None, number


def _codes(labels: ArrayLike, name: str, where: str) -> tuple[Codes, int]:
    """Give the position of each label among the sorted different ones, -1 where it is missing, and their number."""
    values = np.asarray(labels)
    there = np.array([not _is_missing(each) for each in values.ravel().tolist()], dtype=bool)
    codes = np.full(values.size, -1, np.intp)
    try:
        different, codes[there] = np.unique(values.ravel()[there], return_inverse=True)
    except TypeError:
        raise InputError(f"{where}: {name} must be labels that can be sorted, all texts or all numbers.") from None
    return codes.reshape(values.shape), len(different)


def _is_missing(label: object) -> bool:
    # pandas' own missing value is equal to nothing, but does not say so by True or False
    return label is None or type(label).__name__ == "NAType" or bool(label != label)
