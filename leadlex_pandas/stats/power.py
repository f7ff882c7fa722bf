"""How many sends a question takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._checks import Floats, aligned, counts, floats, fractions
from ..errors import InputError

__all__ = ["detectable_rate", "power_two_rates", "sends_needed", "sends_per_arm"]

_ROUNDS = 60  # halvings of an interval within [0, 1]: to the last digit


def sends_needed(
    benchmark: ArrayLike,
    *,
    relative_effect: ArrayLike = 0.5,
    power: ArrayLike = 0.8,
    level: ArrayLike = 0.95,
    design_effect: ArrayLike = 1.0,
) -> Floats | np.float64:
    """Give the sends one campaign needs to be told from a fixed rate.

    Parameters
    ----------
    benchmark : float or array_like
        The fixed rate, between 0 and 1.
    relative_effect : float or array_like, default 0.5
        How far the campaign's true rate lies from it, relative: 0.5 means 1.5 times the benchmark, -0.5 half of it.
        Above -1 and not 0, and the true rate must lie below 1.
    power : float or array_like, default 0.8
        Chance to find that difference, between 0 and 1.
    level : float or array_like, default 0.95
        One less the two-sided error of the test, between 0 and 1.
    design_effect : float or array_like, default 1.0
        Variance of the counts relative to a binomial's, at least 1.

    Returns
    -------
    numpy.ndarray or float
        Emails to send, not rounded; NaN where the benchmark or the effect is missing.

    Raises
    ------
    InputError
        If an argument is outside its range.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 2.5: sample size for
    one proportion, without continuity correction.

    Examples
    --------
    From 3.2 % to 4.8 %:

    >>> from leadlex_pandas.stats import sends_needed
    >>> import math
    >>> math.ceil(sends_needed(0.032))
    1077
    """
    from scipy import special

    where = "sends_needed"
    b = fractions(benchmark, "benchmark", where, missing=True)
    effect = floats(relative_effect, "relative_effect", where)
    phi = floats(design_effect, "design_effect", where)
    if ((effect <= -1) | (effect == 0)).any():
        wrong = effect[(effect <= -1) | (effect == 0)].flat[0]
        raise InputError(f"{where}: relative_effect must be above -1 and not 0, but one is {wrong:g}.")
    if (phi < 1).any():
        raise InputError(f"{where}: design_effect must be at least 1, but one is {phi[phi < 1].flat[0]:g}.")
    rate = b * (1 + effect)
    if (rate >= 1).any():
        raise InputError(
            f"{where}: benchmark x (1 + relative_effect) must lie below 1, but one is {np.nanmax(rate):g}."
        )
    z_level = -special.ndtri((1 - fractions(level, "level", where)) / 2)
    z_power = special.ndtri(fractions(power, "power", where))
    spread = z_level * np.sqrt(b * (1 - b)) + z_power * np.sqrt(rate * (1 - rate))
    return np.asarray(phi * (spread / (rate - b)) ** 2)[()]


def sends_per_arm(
    rate1: ArrayLike, rate2: ArrayLike, *, power: ArrayLike = 0.8, level: ArrayLike = 0.95
) -> Floats | np.float64:
    """Give the sends that each of two campaigns needs for their rates to be told apart.

    Parameters
    ----------
    rate1, rate2 : float or array_like
        The two true rates, between 0 and 1.
    power : float or array_like, default 0.8
        Chance to find the difference, between 0 and 1.
    level : float or array_like, default 0.95
        One less the two-sided error of the test, between 0 and 1.

    Returns
    -------
    numpy.ndarray or float
        Emails per campaign, not rounded. Infinite where the rates are equal, NaN where one is missing.

    Raises
    ------
    InputError
        If an argument is outside its range.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 4.2, without
    continuity correction: the formula of R's `power.prop.test`.

    Examples
    --------
    50 % against 75 %, to be found with a chance of 90 % (an example of `power.prop.test`):

    >>> from leadlex_pandas.stats import sends_per_arm
    >>> round(float(sends_per_arm(0.50, 0.75, power=0.90)), 1)
    76.7
    """
    where = "sends_per_arm"
    p1, p2, power_, level_ = aligned(
        where,
        fractions(rate1, "rate1", where, missing=True),
        fractions(rate2, "rate2", where, missing=True),
        fractions(power, "power", where),
        fractions(level, "level", where),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        sends = (_reach(p1, p2, power_, level_) / (p1 - p2)) ** 2
    return np.where(p1 == p2, np.inf, sends)[()]


def power_two_rates(
    rate1: ArrayLike, rate2: ArrayLike, sends: ArrayLike, *, level: ArrayLike = 0.95
) -> Floats | np.float64:
    """Give the chance that two campaigns of the same size are told apart.

    Parameters
    ----------
    rate1, rate2 : float or array_like
        The two true rates, between 0 and 1.
    sends : float or array_like
        Emails per campaign.
    level : float or array_like, default 0.95
        One less the two-sided error of the test, between 0 and 1.

    Returns
    -------
    numpy.ndarray or float
        The chance of a call to the right side, a fraction; with equal rates half the error of the test. NaN where a
        rate is missing, and where sends are 0 or missing.

    Raises
    ------
    InputError
        If an argument is outside its range.

    References
    ----------
    As `sends_per_arm`, solved for the power.

    Examples
    --------
    50 emails each, 50 % against 75 % (an example of R's `power.prop.test`):

    >>> from leadlex_pandas.stats import power_two_rates
    >>> round(float(power_two_rates(0.50, 0.75, 50)), 2)
    0.74
    """
    from scipy import special

    where = "power_two_rates"
    p1, p2, n, level_ = aligned(
        where,
        fractions(rate1, "rate1", where, missing=True),
        fractions(rate2, "rate2", where, missing=True),
        counts(sends, "sends", where),
        fractions(level, "level", where),
    )
    alike, apart = _deviations(p1, p2)
    away = np.sqrt(n) * np.abs(p1 - p2) + special.ndtri((1 - level_) / 2) * alike
    return np.where(n > 0, special.ndtr(away / apart), np.nan)[()]


def detectable_rate(
    rate1: ArrayLike, sends: ArrayLike, *, power: ArrayLike = 0.8, level: ArrayLike = 0.95
) -> Floats | np.float64:
    """Give the lowest rate above a rate that two campaigns of a given size can tell from it.

    Parameters
    ----------
    rate1 : float or array_like
        The lower rate, between 0 and 1.
    sends : float or array_like
        Emails per campaign.
    power : float or array_like, default 0.8
        Chance to find the difference, between 0 and 1.
    level : float or array_like, default 0.95
        One less the two-sided error of the test, between 0 and 1.

    Returns
    -------
    numpy.ndarray or float
        The rate above `rate1`, a fraction. NaN where no rate is far enough (too few sends), where the rate is missing,
        and where sends are 0 or missing.

    Raises
    ------
    InputError
        If an argument is outside its range.

    References
    ----------
    As `sends_per_arm`, solved for the second rate.

    Examples
    --------
    What 50 emails each can tell from 50 % with a chance of 90 % (an example of R's `power.prop.test`):

    >>> from leadlex_pandas.stats import detectable_rate
    >>> round(float(detectable_rate(0.50, 50, power=0.90)), 4)
    0.8026
    """
    where = "detectable_rate"
    p1, n, power_, level_ = aligned(
        where,
        fractions(rate1, "rate1", where, missing=True),
        counts(sends, "sends", where),
        fractions(power, "power", where),
        fractions(level, "level", where),
    )

    def found(rate: Floats) -> NDArray[np.bool_]:
        return np.asarray(np.sqrt(n) * (rate - p1) >= _reach(p1, rate, power_, level_))

    low, high = p1, np.where(np.isnan(p1), np.nan, 1.0)
    possible = (n > 0) & found(high)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        enough = found(middle)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.where(possible, high, np.nan)[()]


def _reach(p1: Floats, p2: Floats, power: Floats, level: Floats) -> Floats:
    """Give how far apart two rates must be, times the root of the sends."""
    from scipy import special

    alike, apart = _deviations(p1, p2)
    # a chance below the test's own error asks for no sends at all
    return np.asarray(np.maximum(special.ndtri(power) * apart - special.ndtri((1 - level) / 2) * alike, 0))


def _deviations(p1: Floats, p2: Floats) -> tuple[Floats, Floats]:
    """Give the standard deviation of a difference, times the root of the sends: if the rates are equal, and if not."""
    middle = (p1 + p2) / 2
    return np.sqrt(2 * middle * (1 - middle)), np.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
