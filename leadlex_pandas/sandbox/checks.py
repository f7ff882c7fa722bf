"""What may be given to `start`. Of the sandbox's own, since it shares no code with the package."""

from __future__ import annotations

import math
import operator
from typing import Any

from .counters import COUNTINGS, PLANS, Plan

__all__ = [
    "checked_calls_left",
    "checked_counting",
    "checked_day",
    "checked_flag",
    "checked_plan",
    "checked_port",
    "checked_seconds",
    "checked_seed",
]


def checked_seed(seed: Any) -> int:
    """Require an integer from 0.

    Parameters
    ----------
    seed : Any
        As given.

    Returns
    -------
    int
        The seed.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_seed(-1)
    Traceback (most recent call last):
    ValueError: seed must be an integer from 0, not -1.
    """
    number = _integer(seed)
    if number is None or number < 0:
        raise ValueError(f"seed must be an integer from 0, not {seed!r}.")
    return number


def checked_port(port: Any) -> int:
    """Require a port.

    Parameters
    ----------
    port : Any
        As given.

    Returns
    -------
    int
        The port.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_port(0)
    0
    """
    number = _integer(port)
    if number is None or not 0 <= number <= 65_535:
        raise ValueError(f"port must be an integer from 0 (any free one) to 65535, not {port!r}.")
    return number


def checked_seconds(name: str, seconds: Any, *, least: float = 0.0) -> float:
    """Require a finite time that is long enough.

    Parameters
    ----------
    name : str
        What it is called.
    seconds : Any
        As given.
    least : float
        The shortest that is allowed.

    Returns
    -------
    float
        The seconds.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_seconds("minute", 0, least=0.001)
    Traceback (most recent call last):
    ValueError: minute must be a number of seconds from 0.001, not 0.
    """
    number = _number(seconds)
    if number is None or number < least:
        raise ValueError(f"{name} must be a number of seconds from {least:g}, not {seconds!r}.")
    return number


def checked_plan(plan: Any) -> Plan | None:
    """Require the name of a plan, or None.

    Parameters
    ----------
    plan : Any
        As given.

    Returns
    -------
    Plan or None
        What it allows.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_plan("starter")
    Plan(day=100, minute=10)
    """
    if plan is not None and (not isinstance(plan, str) or plan not in PLANS):
        raise ValueError(f"plan must be 'starter', 'pro' or 'org', or None for no limit, not {plan!r}.")
    return None if plan is None else PLANS[plan]


def checked_counting(counting: Any) -> str:
    """Require a way of counting the minute.

    Parameters
    ----------
    counting : Any
        As given.

    Returns
    -------
    str
        One of `COUNTINGS`.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_counting("bucket")
    'bucket'
    """
    if not isinstance(counting, str) or counting not in COUNTINGS:
        raise ValueError(f"counting must be 'fixed', 'sliding' or 'bucket', not {counting!r}.")
    return counting


def checked_calls_left(left: Any, plan: Plan | None) -> int:
    """Require a number of calls that a plan's day can have left.

    Parameters
    ----------
    left : Any
        As given.
    plan : Plan or None
        The sandbox's.

    Returns
    -------
    int
        The calls.

    Raises
    ------
    ValueError
        It is not allowed, or there is no plan.

    Examples
    --------
    >>> checked_calls_left(3, PLANS["pro"])
    3
    """
    if plan is None:
        raise ValueError(
            "day_calls_left: without a plan no call is ever refused. Start the sandbox with plan='starter'."
        )
    number = _integer(left)
    if number is None or not 0 <= number <= plan.day:
        raise ValueError(f"day_calls_left must be an integer from 0 to the plan's {plan.day}, not {left!r}.")
    return number


def checked_day(day: Any) -> float | None:
    """Require a number of days, or None.

    Parameters
    ----------
    day : Any
        As given.

    Returns
    -------
    float or None
        The day.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_day("Monday")
    Traceback (most recent call last):
    ValueError: day must be a number of days from 0, or None for the end, not 'Monday'.
    """
    number = None if day is None else _number(day)
    if day is not None and (number is None or number < 0):
        raise ValueError(f"day must be a number of days from 0, or None for the end, not {day!r}.")
    return number


def checked_flag(name: str, value: Any) -> bool:
    """Require True or False.

    Parameters
    ----------
    name : str
        What it is called.
    value : Any
        As given.

    Returns
    -------
    bool
        The value.

    Raises
    ------
    ValueError
        It is not allowed.

    Examples
    --------
    >>> checked_flag("retry_after", 5)
    Traceback (most recent call last):
    ValueError: retry_after must be True or False, not 5.
    """
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be True or False, not {value!r}.")
    return value


def _number(value: Any) -> float | None:
    """Take what is finite and no text."""
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int | None:
    """Take numpy's integers too, but no bool."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
