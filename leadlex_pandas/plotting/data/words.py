"""Sentences that the titles, captions and alternative texts of several charts share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ...errors import InputError
from ...metrics import Metric, noun, percent
from ...reference.benchmarks import base_words

__all__ = ["alt_text"]

Facts = Mapping[Any, Any]  # the `attrs` of a table

_AGAINST = {"rest": "the rest", "pooled": "the whole portfolio", "median": "the median campaign"}
_WORDS = ("title", "caption", "axis", "alt_text")


def alt_text(data: pd.DataFrame) -> str:
    """Say in words what a chart shows, for readers who do not see it.

    Parameters
    ----------
    data : pandas.DataFrame
        What a function of `leadlex_pandas.plotting.data` gave, such as `forest_data`.

    Returns
    -------
    str
        The kind of chart, its finding, and the campaigns that stand out with their limits.

    Raises
    ------
    InputError
        If the frame is not one of these, or has lost its `attrs`.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> data = leadlex_pandas.plotting.data.forest_data(df, "reply_rate", against=0.04)
    >>> print(leadlex_pandas.plotting.alt_text(data))
    Forest chart of 2 campaigns, replies per email sent. Reply rate: 1 of 2 campaigns above the benchmark of 4 %. Above:
    a, 7.1 % [5.8, 8.7].
    """
    if not isinstance(data, pd.DataFrame) or not set(_WORDS) <= set(data.attrs):
        raise InputError(
            "alt_text: data must be what a function of leadlex_pandas.plotting.data gave, such as forest_data(df)."
        )
    return str(data.attrs["alt_text"])


class Lines(dict[str, tuple[float, ...]]):
    """Points of lines, by the name of the line; written once.

    pandas copies `attrs`, deeply, with every column that is taken: thousands of numbers would cost more than drawing.
    """

    def __deepcopy__(self, memo: object) -> Lines:
        """Give the lines themselves: tuples of numbers cannot change."""
        return self


def with_words(data: pd.DataFrame, facts: Facts, *, title: str, caption: str, axis: str, alt_text: str) -> pd.DataFrame:
    """Keep a chart's facts and texts in the `attrs` of its data: drawing functions take them from there."""
    data.attrs = {**facts, **dict(zip(_WORDS, (title, caption, axis, alt_text), strict=True))}
    return data


def campaigns(number: int) -> str:
    """Write how many campaigns: "1 campaign", "1,200 campaigns"."""
    return f"{number:,} campaign{'' if number == 1 else 's'}"


def exactly(fraction: float) -> str:
    """Write a fraction that somebody chose without rounding it away: 0.999 is "99.9 %"."""
    return f"{100 * fraction:.6g} %"


def with_limits(rate: float, low: float, high: float) -> str:
    """Write a rate with its limits: "7.1 % [5.8, 8.7]"."""
    ends = (percent(each).removesuffix(" %") for each in (low, high))
    return f"{percent(rate)} [{', '.join(ends)}]"


def against_text(against: str | float, by: object) -> str:
    """Say what the campaigns are compared with, in words."""
    if against in _AGAINST:
        return _AGAINST[str(against)] + (" of their group" if by is not None else "")
    return f"the benchmark {against}" if isinstance(against, str) else f"the benchmark of {exactly(against)}"


def axis_text(metric: Facts) -> str:
    """Name the axis of rates: "replies per email sent"."""
    return Metric(**metric).ratio_text


def variance_text(used: Facts) -> list[str]:
    """Say how much wider than a binomial's the variance was taken, if it was."""
    if used["largest"] is None or used["largest"] == 1:
        return []
    low, high = f"{used['smallest']:.3g}", f"{used['largest']:.3g}"
    estimated = " (estimated)" if used["source"] == "estimated" else ""
    return [f"Variance taken as {low if low == high else f'{low} to {high}'} times a binomial's{estimated}."]


def reference_text(reference: Facts | None) -> list[str]:
    """Credit a benchmark: what it is per, its years, its source and licence."""
    if reference is None:
        return []
    what = f"{reference['name']}, per {base_words(reference['base'], reference['unit'])}"
    said = [str(each) for each in (what, reference["years"], reference["source"]) if each is not None]
    return [f"Benchmark: {', '.join(said)}."]


def read_text(times: tuple[str, str] | None) -> list[str]:
    """Say when the counts were read, if that is known."""
    if times is None:
        return []
    oldest, newest = times
    return [f"Read {oldest} UTC." if oldest == newest else f"Read {oldest} to {newest} UTC."]


def left_out_text(no_data: int) -> list[str]:
    """Say how many campaigns have no data, if any."""
    return [f"No data: {campaigns(no_data)}."] if no_data else []


def sends_word(metric: Facts) -> str:
    """Name what a campaign needs more of: sends, or opens for a rate per open."""
    return "sends" if metric["trials"] == "sent_count" else noun(metric["trials"])
