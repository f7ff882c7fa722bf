"""Caveats in words, of each row those that touch what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..metrics import API_RATES, METRICS, Metric, given_caveats
from ..stats.core import Mask

_WORDS = {
    "tracking_off": "opens or clicks not tracked",
    "nothing_sent": "nothing sent",
    "events_exceed_sends": "counts cannot be right",
    "clicks_exceed_opens": "more clicks than opens",
    "possible_scanners": "clicks may be those of security software",
    "api_rates_differ": "LeadLex itself gives another rate",
    "counts_fell": "counts fell since the last reading",
    "first_seen": "seen for the first time",
    "still_sending": "still sending",
    "still_growing": "still growing",
    "too_soon_to_tell": "too soon to tell whether it still grows",
    "not_read_since": "not read since",
    "definition_break": "counted in two ways",
    "not_a_proportion": "more events than emails",
    "combined": "several campaigns put together",
    "counts_missing": "a count is missing: rate and sums rest on different campaigns",
    "contacts_pending": "not all contacts mailed",
    "unlike_steps": "sequences differ in length",
    "design_effect_unknown": "limits may be too narrow",
    "older_than_prefetch": "benchmark older than opens by mail programs",
    "small_portfolio": "few campaigns to compare with",
    "one_campaign": "one campaign only",
    "stratum_missing": "not in every stratum",
    "order_reversed": "changes places when standardised",
    "not_after_many_tests": "could be luck among so many",
    "small_difference": "differs by little",
}
_SEVERAL = 3  # rows
_OF_ALL = ("unlike_steps", "design_effect_unknown", "older_than_prefetch", "small_portfolio")


def _counts_any(*columns: str) -> Callable[[Metric], bool]:
    return lambda metric: metric.events in columns or metric.trials in columns


# what a caveat touches, where that is not every rate
_TOUCHES: dict[str, Callable[[Metric], bool]] = {
    "tracking_off": _counts_any("opened_count", "clicked_count"),
    "clicks_exceed_opens": _counts_any("clicked_count"),
    "possible_scanners": _counts_any("clicked_count"),
    "older_than_prefetch": _counts_any("opened_count"),
    "contacts_pending": _counts_any("contacts_reached"),
    "unlike_steps": lambda metric: metric.events == "replied_count",
    "api_rates_differ": lambda metric: metric.name in API_RATES,
}


@dataclass(frozen=True)
class Notes:
    """The caveats of a table in words: those of each row, and those that hold for all of it."""

    rows: list[str]
    shared: str

    def __bool__(self) -> bool:
        return bool(self.shared or any(self.rows))


def notes(table: pd.DataFrame, shown: Iterable[str]) -> Notes:
    """Write the caveats that touch the columns shown; what is the matter with all of several rows is said once."""
    names = list(shown)
    metrics = _metrics(table, names)
    texts, given = pd.factorize(given_caveats(table))  # few, however many rows there are
    kinds, rows = np.unique(2 * texts + _beyond(table, names), return_inverse=True)
    codes = [_codes(str(given[kind // 2]), metrics, bool(kind % 2)) for kind in kinds.tolist()]
    shared = [code for code in _OF_ALL if len(rows) >= _SEVERAL and all(code in each for each in codes)]
    words = ["; ".join(_words(code) for code in each if code not in shared) for each in codes]
    return Notes([words[row] for row in rows.tolist()], "; ".join(map(_words, shared)))


def _codes(text: str, metrics: list[Metric], over: bool) -> list[str]:
    return [code for code in _own_first(text) if _touches(code, metrics, over)]


def _own_first(text: str) -> list[str]:
    """Put what is the matter with this row before what is the matter with all."""
    return sorted(filter(None, text.split("|")), key=lambda code: code in _OF_ALL)


def _words(code: str) -> str:
    return _WORDS.get(code, code.replace("_", " "))


def _touches(code: str, metrics: list[Metric], over: bool) -> bool:
    if code == "events_exceed_sends":  # one of six counts, which need not be one that is shown
        return over
    touches = _TOUCHES.get(code)
    return touches is None or not metrics or any(map(touches, metrics))


def _metrics(table: pd.DataFrame, shown: list[str]) -> list[Metric]:
    """Find the rates that are shown; none if nothing tells which they are."""
    told: dict[str, Any] | None = table.attrs.get("metric")
    if told:
        return [Metric(**told)]
    names = {name.removeprefix("new_").removesuffix("_difference") for name in map(str, shown)}
    return [METRICS[name] for name in METRICS if name in names]


def _beyond(table: pd.DataFrame, shown: list[str]) -> Mask:
    """Tell which rows show a rate above 1."""
    rates = [name for name in shown if name == "rate" or name in METRICS]
    over = [table[name].to_numpy(np.float64, na_value=np.nan) > 1 for name in rates]  # False where NaN
    return np.asarray(np.logical_or.reduce([np.zeros(len(table), dtype=bool), *over]))
