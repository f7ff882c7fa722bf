"""Rates drawn towards the portfolio's mean as far as their sends leave doubt, and which of them is highest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, check_fraction, check_whole, counts, floats
from ..errors import InputError
from .betas import chance_greater
from .dispersion import BetaBinomial, dispersion_score
from .posterior import posterior
from .ranking import rank_by_draws

__all__ = ["RankIntervals", "Shrunk", "expected_loss", "prob_greater", "rank_intervals", "shrink"]

_NO_EVIDENCE = 0.05  # above this p-value of Tarone's test every order of the campaigns is possible


class Shrunk(NamedTuple):
    """What is known of true rates.

    Attributes
    ----------
    rate : numpy.ndarray or float
        Posterior means, fractions.
    low, high : numpy.ndarray or float
        Equal-tailed posterior limits.

    Examples
    --------
    >>> from leadlex_pandas.stats import fit_beta_binomial, shrink
    >>> k, n = [2, 9, 30, 4], [100, 120, 150, 130]
    >>> shrink(k, n, fit=fit_beta_binomial(k, n)).rate.round(3).tolist()
    [0.029, 0.076, 0.188, 0.037]
    """

    rate: Floats
    low: Floats
    high: Floats


class RankIntervals(NamedTuple):
    """Where campaigns may stand among all.

    Attributes
    ----------
    rank_low, rank_high : numpy.ndarray
        Best and worst rank that the counts allow; 1 is the highest rate.
    prob_best : numpy.ndarray
        Chance that the campaign's true rate is the highest.

    Examples
    --------
    >>> from leadlex_pandas.stats import fit_beta_binomial, rank_intervals
    >>> k, n = [20, 90, 300], [1000, 1000, 1000]
    >>> rank_intervals(k, n, fit=fit_beta_binomial(k, n)).rank_low.tolist()
    [3.0, 2.0, 1.0]
    """

    rank_low: Floats
    rank_high: Floats
    prob_best: Floats


def shrink(
    successes: ArrayLike, trials: ArrayLike, *, fit: BetaBinomial, level: float = 0.95, average: bool = False
) -> Shrunk:
    """Estimate each campaign's true rate from its own counts and the distribution of all campaigns' rates.

    Parameters
    ----------
    successes, trials : array_like
        Counts, one entry a campaign; they need not be whole (effective counts).
    fit : BetaBinomial
        The distribution of true rates, as `fit_beta_binomial` gives it.
    level : float, default 0.95
        Chance that a true rate lies within its limits, between 0 and 1.
    average : bool, default False
        Whether doubt about the distribution itself widens the limits: with 50 campaigns or fewer, and where `fit` shows
        no spread, the posterior is averaged over the distributions that the given campaigns allow. Without it the
        limits are too narrow there, and where `theta` is 0 they have no width at all.

    Returns
    -------
    Shrunk
        ``(rate, low, high)``, fractions in the shape of the counts; NaN where trials are 0, a count is missing or
        successes exceed trials. A mean may lie outside its own limits only at low levels (below 0.6 or so).

    Raises
    ------
    InputError
        If a count is negative or infinite, `level` is not between 0 and 1, or `fit` is no BetaBinomial.

    References
    ----------
    Efron and Morris (1975), JASA 70:311, for counts: the posterior is beta(alpha + k, beta + n - k). Averaging over the
    prior: Gelman (2006), Bayesian Analysis 1:515, half-Cauchy weights of the spread.

    Examples
    --------
    A beta(2, 60) prior and 4 replies to 38 emails: beta(6, 94), with the mean 0.06.

    >>> from leadlex_pandas.stats import shrink
    >>> from leadlex_pandas.stats.dispersion import BetaBinomial
    >>> fit = BetaBinomial(alpha=2, beta=60, mean=2 / 62, theta=1 / 62, log_likelihood=0, campaigns=100)
    >>> round(float(shrink(4, 38, fit=fit).rate), 12)
    0.06
    """
    where = "shrink"
    k, n = aligned(where, counts(successes, "successes", where), counts(trials, "trials", where))
    level = check_fraction(level, "level", where)
    valid = (n > 0) & (k <= n)
    rate, low, high = (np.full(k.shape, np.nan) for _ in range(3))
    known = posterior(k[valid], n[valid], _check_fit(fit, where), average=average)
    if known is None:
        rate[valid] = low[valid] = high[valid] = fit.mean
    elif valid.any():
        different, each = np.unique(n[valid] + 1j * k[valid], return_inverse=True)
        known = known.of(different.imag, different.real)
        rate[valid] = known.mean_and_variance()[0][each]
        low[valid], high[valid] = (limits[each] for limits in known.limits(level))
    return Shrunk(rate[()], low[()], high[()])


def prob_greater(a1: ArrayLike, b1: ArrayLike, a2: ArrayLike, b2: ArrayLike) -> Floats | np.float64:
    """Give the chance that the first of two beta variables is the larger: P(Beta(a1, b1) > Beta(a2, b2)).

    Parameters
    ----------
    a1, b1, a2, b2 : float or array_like
        Parameters above 0, not necessarily whole. They broadcast against each other.

    Returns
    -------
    numpy.ndarray or float
        Chances within [0, 1], to about 1e-10 (1e-7 where parameters exceed 300,000); NaN where one is missing.

    Raises
    ------
    InputError
        If a parameter is 0, negative or infinite.

    References
    ----------
    The integral of one density times the other's distribution function; see Cook (2005), Exact calculation of beta
    inequalities, MD Anderson Cancer Center, for the closed form with whole parameters.

    Examples
    --------
    Above a uniform variable, Beta(1, 1), with the chance of its own mean:

    >>> from leadlex_pandas.stats import prob_greater
    >>> round(float(prob_greater(2, 1, 1, 1)), 9)
    0.666666667
    """
    where = "prob_greater"
    return chance_greater(*_beta_parameters(where, a1=a1, b1=b1, a2=a2, b2=b2))[()]


def expected_loss(a1: ArrayLike, b1: ArrayLike, a2: ArrayLike, b2: ArrayLike) -> Floats | np.float64:
    """Give what choosing the first of two beta variables costs on average: E max(p2 - p1, 0).

    Parameters
    ----------
    a1, b1, a2, b2 : float or array_like
        Parameters above 0, not necessarily whole. They broadcast against each other.

    Returns
    -------
    numpy.ndarray or float
        Expected losses, in units of the rate; exact to about 1e-10; NaN where a parameter is missing.

    Raises
    ------
    InputError
        If a parameter is 0, negative or infinite.

    References
    ----------
    Stucchio (2015), Bayesian A/B testing at VWO: the loss in closed form by two chances as of `prob_greater`.

    Examples
    --------
    Two uniform variables: the mean of the difference, where it is positive, is 1/6.

    >>> from leadlex_pandas.stats import expected_loss
    >>> round(float(expected_loss(1, 1, 1, 1)), 9)
    0.166666667
    """
    a, b, c, d = _beta_parameters("expected_loss", a1=a1, b1=b1, a2=a2, b2=b2)
    # p2 times its density is its mean times the density of Beta(a2 + 1, b2)
    gain = c / (c + d) * chance_greater(c + 1, d, a, b)
    cost = a / (a + b) * chance_greater(c, d, a + 1, b)
    return np.maximum(gain - cost, 0.0)[()]


def rank_intervals(
    successes: ArrayLike,
    trials: ArrayLike,
    *,
    fit: BetaBinomial,
    level: float = 0.90,
    average: bool = True,
    draws: int = 4000,
    seed: int = 0,
) -> RankIntervals:
    """Tell which ranks each campaign may hold, and how likely each is the best.

    Parameters
    ----------
    successes, trials : array_like
        Counts, one entry a campaign; they need not be whole (effective counts).
    fit : BetaBinomial
        The distribution of true rates, as `fit_beta_binomial` gives it.
    level : float, default 0.90
        Chance that a campaign's true rank lies within its limits, between 0 and 1.
    average : bool, default True
        Whether doubt about the distribution itself counts, as in `shrink`.
    draws : int, default 4000
        How many portfolios of true rates are drawn from what is known.
    seed : int, default 0
        Start of the random numbers: the same seed gives the same ranks, in whatever order the campaigns stand.

    Returns
    -------
    RankIntervals
        ``(rank_low, rank_high, prob_best)`` in the shape of the counts; rank 1 is the highest rate. NaN where trials
        are 0, a count is missing or successes exceed trials. Where Tarone's test (`dispersion_score`) finds no evidence
        that campaigns differ (p above 0.05), every campaign may hold any rank, and `prob_best` is NaN. Above 5,000
        campaigns ranks are found from each campaign's own limits among all, which neglects how the others' ranks vary.

    Raises
    ------
    InputError
        If a count is negative or infinite, `level` is not between 0 and 1, `draws` or `seed` is no whole number (of at
        least 1 and 0), or `fit` is no BetaBinomial.

    References
    ----------
    Laird and Louis (1989), J. Educ. Stat. 14:29: ranks from posterior draws. Goldstein and Spiegelhalter (1996),
    JRSS A 159:385: intervals of ranks.

    Examples
    --------
    >>> from leadlex_pandas.stats import fit_beta_binomial, rank_intervals
    >>> k, n = [20, 20, 80], [1000, 1000, 1000]
    >>> rank_intervals(k, n, fit=fit_beta_binomial(k, n)).rank_high.tolist()
    [3.0, 3.0, 1.0]
    """
    where = "rank_intervals"
    k, n = aligned(where, counts(successes, "successes", where), counts(trials, "trials", where))
    level = check_fraction(level, "level", where)
    draws, seed = check_whole(draws, "draws", where), check_whole(seed, "seed", where, least=0)
    valid = (n > 0) & (k <= n)
    low, high, best = (np.full(k.shape, np.nan) for _ in range(3))
    low[valid], high[valid] = 1.0, valid.sum()
    known = posterior(k[valid], n[valid], _check_fit(fit, where), average=average)
    if known is not None and dispersion_score(k, n).p_value <= _NO_EVIDENCE:
        order = np.lexsort((k[valid], n[valid]))
        ranks = rank_by_draws(known.of(known.k[order], known.n[order]), level, draws, np.random.default_rng(seed))
        for whole, found in zip((low, high, best), ranks, strict=True):
            column = np.empty(len(order))
            column[order] = found
            whole[valid] = column
    return RankIntervals(low[()], high[()], best[()])


def _check_fit(fit: object, where: str) -> BetaBinomial:
    if not isinstance(fit, BetaBinomial):
        raise InputError(f"{where}: fit must be what fit_beta_binomial gives, not {type(fit).__name__}.")
    return fit


def _beta_parameters(where: str, **parameters: ArrayLike) -> tuple[Floats, ...]:
    """Require parameters above 0 that fit each other."""
    arrays = []
    for name, value in parameters.items():
        array = floats(value, name, where)
        wrong = (array <= 0) | np.isinf(array)
        if wrong.any():
            raise InputError(f"{where}: {name} must be finite and above 0, but one is {array[wrong].flat[0]:g}.")
        arrays.append(array)
    return aligned(where, *arrays)
