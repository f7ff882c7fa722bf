"""How far campaigns differ from each other beyond chance, and how far one campaign's counts vary beyond a binomial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, aligned, counts, floats, whole_counts
from ..errors import InputError
from .likelihood import Likelihood, Slopes
from .withincampaign import within_campaign

__all__ = ["BetaBinomial", "DispersionScore", "design_effect", "dispersion_score", "fit_beta_binomial"]

_GRADIENT = 1e-12  # of the mean log-likelihood: where Newton's steps end
_ROUNDS = 60  # four or five are usual
_LONGEST_STEP = 3.0  # in logit mu and log theta


@dataclass(frozen=True)
class BetaBinomial:
    """True rates that follow a beta distribution, and counts that are binomial given their rate.

    Attributes
    ----------
    alpha, beta : float
        Parameters of the beta distribution; infinite where the campaigns show no spread (`theta` is 0).
    mean : float
        Mean of the true rates, a fraction; NaN without campaigns.
    theta : float
        ``1 / (alpha + beta)``: 0 means all campaigns share one rate. Two recipients of one campaign correlate by
        ``theta / (1 + theta)``.
    log_likelihood : float
        Natural logarithm of the likelihood at the maximum, binomial coefficients included.
    campaigns : int
        How many campaigns were used.

    Examples
    --------
    >>> from leadlex_pandas.stats import fit_beta_binomial
    >>> fit = fit_beta_binomial([2, 9, 30, 4], [100, 120, 150, 130])
    >>> round(fit.mean, 3), round(fit.alpha, 2)
    (0.083, 1.47)
    """

    alpha: float
    beta: float
    mean: float
    theta: float
    log_likelihood: float
    campaigns: int


class DispersionScore(NamedTuple):
    """Evidence that campaigns differ.

    Attributes
    ----------
    score : float
        Slope of the log-likelihood in theta at theta = 0; above 0 means more spread than chance gives.
    z : float
        The score over its standard deviation.
    p_value : float
        One-sided chance of a larger z where all campaigns share one rate.

    Examples
    --------
    >>> from leadlex_pandas.stats import dispersion_score
    >>> dispersion_score([2, 9, 30, 4], [100, 120, 150, 130]).p_value < 0.001
    True
    """

    score: float
    z: float
    p_value: float


def fit_beta_binomial(successes: ArrayLike, trials: ArrayLike) -> BetaBinomial:
    """Fit the distribution of the campaigns' true rates by maximum likelihood.

    Parameters
    ----------
    successes, trials : array_like
        Whole counts, one entry a campaign.

    Returns
    -------
    BetaBinomial
        The fit. Campaigns without trials, with a missing count or with successes above trials are left out. `theta`
        is exactly 0 where the likelihood is highest there: alike campaigns, one campaign, no or only successes. It is
        infinite, and alpha and beta are 0, where every campaign is all or nothing. Without campaigns `mean`, `theta`,
        `alpha` and `beta` are NaN.

    Raises
    ------
    InputError
        If a count is negative, fractional or infinite.

    References
    ----------
    Griffiths (1973), Biometrics 29:637; Smith (1983), Applied Statistics 32:196 (algorithm AS 189): the likelihood as
    sums over counts. Newton's method in (logit mean, log theta).

    Examples
    --------
    >>> from leadlex_pandas.stats import fit_beta_binomial
    >>> fit_beta_binomial([3, 3, 3], [100, 100, 100]).theta
    0.0
    """
    where = "fit_beta_binomial"
    k, n = _portfolio(where, whole_counts(successes, "successes", where), whole_counts(trials, "trials", where))
    if not len(k):
        return BetaBinomial(np.nan, np.nan, np.nan, np.nan, 0.0, 0)
    mean = float(k.sum() / n.sum())
    if mean in (0.0, 1.0):
        return BetaBinomial(np.inf, np.inf, mean, 0.0, 0.0, len(k))
    likelihood = Likelihood(k, n)
    coefficients = likelihood.coefficients()
    if n.max() > 1 and not ((k > 0) & (k < n)).any():
        return _all_or_nothing(float((k > 0).mean()), len(k))
    binomial = float(k.sum() * np.log(mean) + (n - k).sum() * np.log1p(-mean))
    start = _start(likelihood, mean, n)
    if _score(k, n) > 0 or start[1] > binomial + 1e-13 * float(n.sum()):  # beyond what rounding can do
        mu, theta, value = _climb(likelihood, mean, start[0], len(k))
        if value > binomial:
            return BetaBinomial(mu / theta, (1 - mu) / theta, mu, theta, value + coefficients, len(k))
    return BetaBinomial(np.inf, np.inf, mean, 0.0, binomial + coefficients, len(k))


def dispersion_score(successes: ArrayLike, trials: ArrayLike) -> DispersionScore:
    """Test whether campaigns differ at all.

    Parameters
    ----------
    successes, trials : array_like
        Counts, one entry a campaign; they need not be whole (effective counts).

    Returns
    -------
    DispersionScore
        ``(score, z, p_value)``. Campaigns without trials, with a missing count or with successes above trials are left
        out; without any left all are NaN. With no or only successes, or one trial each, nothing can be known: score
        and z are 0, the p-value 0.5.

    Raises
    ------
    InputError
        If a count is negative or infinite.

    References
    ----------
    Tarone (1979), Biometrika 66:585: the C(alpha) test of binomial against beta-binomial, one-sided.

    Examples
    --------
    The squared distances from 15 expected are 50 / 0.1275 = 392.2 in units of the variance of one trial, 200 expected:

    >>> from leadlex_pandas.stats import dispersion_score
    >>> round(dispersion_score([10, 20], [100, 100]).z, 3)
    0.966
    """
    from scipy import special

    where = "dispersion_score"
    k, n = _portfolio(where, counts(successes, "successes", where), counts(trials, "trials", where))
    if not len(k):
        return DispersionScore(np.nan, np.nan, np.nan)
    score, pairs = _score(k, n), float((n * (n - 1)).sum())
    z = 2 * score / np.sqrt(2 * pairs) if pairs > 0 else 0.0
    return DispersionScore(score, float(z), float(special.ndtr(-z)))


def design_effect(successes: ArrayLike, trials: ArrayLike, *, steps: ArrayLike | None = None) -> Floats | np.float64:
    """Estimate how much more a campaign's counts vary than binomial ones, as one recipient counts in several steps.

    Parameters
    ----------
    successes, trials : array_like
        Counts, one entry a campaign.
    steps : array_like, optional
        Emails that each campaign sends to a recipient, at least 1. One missing entry makes all of them unknown.

    Returns
    -------
    numpy.ndarray or float
        The factor phi >= 1 of each campaign, by which its counts are divided before limits are computed; NaN where a
        campaign has no trials, a missing count or successes above trials. With `steps` a campaign of one step has 1
        and none exceeds its steps; without, all have the same, 3 at most. All are 1 where it cannot be told from the
        spread between campaigns: fewer than 50 campaigns without `steps` (fewer than 4 with them), or the largest less
        than ten times the smallest.

    Raises
    ------
    InputError
        If a count is negative or infinite, or a number of steps below 1.

    References
    ----------
    Kish (1965), Survey Sampling, section 5.4: variance in clusters, 1 + (size - 1) correlation. It is separated from
    the spread between campaigns as Williams (1982), Applied Statistics 31:144, does it: squared residuals grow with
    the number of sends by the spread between campaigns alone.

    Examples
    --------
    Three campaigns are too few to tell:

    >>> from leadlex_pandas.stats import design_effect
    >>> design_effect([40, 500, 410], [100, 1000, 900]).tolist()
    [1.0, 1.0, 1.0]
    """
    where = "design_effect"
    k, n = aligned(where, counts(successes, "successes", where), counts(trials, "trials", where))
    extra = np.full(k.shape, np.nan)
    if steps is not None:
        given = floats(steps, "steps", where)
        if (given < 1).any() or np.isinf(given).any():
            wrong = given[(given < 1) | np.isinf(given)].flat[0]
            raise InputError(f"{where}: steps must be finite numbers of at least 1, but one is {wrong:g}.")
        k, n, given = aligned(where, k, n, given)
        extra = given - 1
    valid = (n > 0) & (k <= n)
    phi = np.full(k.shape, np.nan)
    phi[valid] = within_campaign(k[valid], n[valid], extra[valid])
    return phi[()]


def _portfolio(where: str, successes: Floats, trials: Floats) -> tuple[Floats, Floats]:
    """Give the campaigns that can be used, in one dimension."""
    k, n = aligned(where, successes, trials)
    valid = (n > 0) & (k <= n)
    return k[valid], n[valid]


def _score(k: Floats, n: Floats) -> float:
    """Give the slope of the log-likelihood in theta at theta = 0 and the pooled rate."""
    pooled = k.sum() / n.sum()
    if pooled in (0.0, 1.0):
        return 0.0
    # the same as the sums over pairs of events, but without their cancellation
    return float((((k - n * pooled) ** 2).sum() / (pooled * (1 - pooled)) - n.sum()) / 2)


def _all_or_nothing(mean: float, campaigns: int) -> BetaBinomial:
    """Give the limit of theta without bound: each campaign has the rate 0 or 1."""
    value = campaigns * (mean * np.log(mean) + (1 - mean) * np.log1p(-mean))
    return BetaBinomial(0.0, 0.0, mean, np.inf, float(value), campaigns)


def _start(likelihood: Likelihood, mean: float, n: Floats) -> tuple[float, float]:
    """Give the best theta of a few, and the log-likelihood there.

    The likelihood may have its maximum inside although it falls at theta = 0 (large campaigns alike, small ones not).
    """
    thetas = np.geomspace(0.1 / n.max(), 10.0, 7)
    values = likelihood.values(np.full(len(thetas), mean), thetas)
    best = int(np.argmax(values))
    return float(thetas[best]), float(values[best])


def _climb(likelihood: Likelihood, mu: float, theta: float, campaigns: int) -> tuple[float, float, float]:
    """Climb to the maximum from a start inside; give mu, theta and the log-likelihood."""
    point = np.array([np.log(mu / (1 - mu)), np.log(theta)])
    here = likelihood.slopes(mu, theta)
    for _ in range(_ROUNDS):
        gradient, hessian = _in_logs(here, mu, theta)
        if np.abs(gradient).max() <= _GRADIENT * campaigns:
            break
        step = _newton_step(gradient, hessian)
        for _ in range(40):
            mu, theta = _rates_at(point + step)
            there = likelihood.slopes(mu, theta)
            if there.value >= here.value - 1e-14 * abs(here.value):
                break
            step /= 2
        if np.abs(step).max() < 1e-15:
            break
        point, here = point + step, there
    mu, theta = _rates_at(point)
    return mu, theta, here.value


def _rates_at(point: Floats) -> tuple[float, float]:
    return float(1 / (1 + np.exp(-point[0]))), float(np.exp(point[1]))


def _in_logs(at: Slopes, mu: float, theta: float) -> tuple[Floats, Floats]:
    """Give gradient and Hessian in logit mu and log theta."""
    width = mu * (1 - mu)
    mixed = at.c_theta * width * theta
    return np.array([at.c * width, at.theta * theta]), np.array(
        [
            [at.cc * width**2 + at.c * width * (1 - 2 * mu), mixed],
            [mixed, at.theta_theta * theta**2 + at.theta * theta],
        ]
    )


def _newton_step(gradient: Floats, hessian: Floats) -> Floats:
    """Give Newton's step, uphill also where the likelihood is not concave, and of bounded length."""
    curvature, axes = np.linalg.eigh(-hessian)
    curvature = np.maximum(np.abs(curvature), 1e-12 * np.abs(curvature).max())
    step = axes @ ((axes.T @ gradient) / curvature)
    return np.asarray(step * min(1.0, _LONGEST_STEP / max(float(np.abs(step).max()), 1e-300)))
