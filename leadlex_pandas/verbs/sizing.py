"""`plan_test`: how large an A/B test must be, before there is one."""

from __future__ import annotations

import math

from .._checks import check_above, check_fraction
from ..errors import InputError

__all__ = ["plan_test"]


def plan_test(rate: float, *, lift: float, power: float = 0.8, level: float = 0.95) -> int:
    """Tell how many emails each arm of an A/B test needs to find a lift.

    There is no frame of campaigns to ask yet, so this verb is a function only, not a method of `df.leadlex`.

    Parameters
    ----------
    rate : float
        The rate to expect without the change, a fraction between 0 and 1, such as the `reply_rate` of `summarize`.
    lift : float
        The relative change that would be worth finding: 0.5 means `rate` x 1.5, -0.5 half of it. Above -1, not 0.
    power : float, default 0.8
        Chance to find a change of this size, between 0 and 1.
    level : float, default 0.95
        One less the chance to find a change where there is none (two-sided), between 0 and 1.

    Returns
    -------
    int
        Emails per arm, rounded up: twice as many in all.

    Raises
    ------
    InputError
        If an argument is outside its range, or the lifted rate is not below 1.

    References
    ----------
    Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, 3rd ed., section 4.2, without
    continuity correction: the formula of R's `power.prop.test`.

    Examples
    --------
    From 4 % to 6 % replies:

    >>> import leadlex_pandas
    >>> leadlex_pandas.plan_test(0.04, lift=0.5)
    1863
    """
    from ..stats.power import sends_per_arm

    where = "plan_test"
    before = check_fraction(rate, "rate", where)
    change = check_above(lift, "lift", where, -1)
    after = before * (1 + change)
    if after == before:
        raise InputError(f"{where}: lift must not be 0; it is relative, 0.5 means rate x 1.5.")
    if after >= 1:
        raise InputError(
            f"{where}: rate x (1 + lift) must lie below 1, but is {after:g}. lift is relative: 0.5 means rate x 1.5."
        )
    chance, sure = check_fraction(power, "power", where), check_fraction(level, "level", where)
    return math.ceil(sends_per_arm(before, after, power=chance, level=sure))
