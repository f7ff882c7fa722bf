"""How many sends a question takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._checks import Floats, floats, fractions
from ..errors import InputError

__all__ = ["sends_needed"]


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
