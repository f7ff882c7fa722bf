"""What may be given to `start`. Of the sandbox's own, since it shares no code with the package."""

from __future__ import annotations

import math
import operator
from typing import Any

__all__ = ["checked_latency", "checked_port", "checked_seed"]


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


def checked_latency(seconds: Any) -> float:
    """Require a finite time that is not negative.

    Parameters
    ----------
    seconds : Any
        As given.

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
    >>> checked_latency(1)
    1.0
    """
    try:
        if not isinstance(seconds, bool | str) and 0 <= float(seconds) < math.inf:
            return float(seconds)
    except (TypeError, ValueError):
        pass
    raise ValueError(f"latency must be a number of seconds from 0, not {seconds!r}.")


def _integer(value: Any) -> int | None:
    """Take numpy's integers too, but no bool."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None
