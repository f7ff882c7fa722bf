"""`explain`: a verdict in plain English, for somebody who does not read tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from .._checks import find_row
from ..metrics import Metric, noun, raw_counts, tracking_off
from ..reference.benchmarks import Benchmark
from .against import Yardstick
from .judging import judge_frame
from .remarks import remarks
from .telling import Telling, about, counted, exactly, fitting

__all__ = ["explain"]

_SENTENCES = 4
_NOTHING = {
    "sent_count": "nothing was sent",
    "delivered_count": "nothing was delivered",
    "opened_count": "nothing was opened",
    "contacts_reached": "nobody was reached",
}


def explain(
    df: pd.DataFrame,
    campaign_id: Any,
    metric: str | Metric = "reply_rate",
    *,
    against: str | float | Benchmark | pd.DataFrame = "rest",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
    fdr: float = 0.05,
    typical_ratio: float = 1.5,
    design_effect: float | str | None = None,
) -> str:
    """Say in at most four sentences what `benchmark` finds about a campaign.

    Parameters
    ----------
    df : pandas.DataFrame
        One row per campaign, as `benchmark` takes it: all campaigns, not the one alone.
    campaign_id : label
        The campaign, as it stands in the index; or its `label`, if no other has the same.
    metric, against, by, level, fdr, typical_ratio, design_effect
        As in `benchmark`.

    Returns
    -------
    str
        Plain English, each sentence of 30 words at most. The campaign's rate stands with its limits; all figures are
        those of `benchmark`, rounded for reading, and the typical zone's. It says whether that is good or bad news,
        unless a caveat takes that away: clicks that look like those of a scanner, or opens beside a benchmark from
        before mail programs fetched images by themselves.

    Raises
    ------
    InputError
        If there is not exactly one row of that id or label, or as `benchmark` does.
    BaseMismatchError
        If the benchmark is of something else, or over another base, than the metric.
    ColumnsError
        If the metric's counts or a name of `by` are missing.

    Warns
    -----
    SmallPortfolioWarning
        As `benchmark` does, once per process.
    UnlikeStepsWarning
        As `benchmark` does, once per process.

    References
    ----------
    Those of `benchmark`.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 120], "replied_count": [89, 5]}, index=["a", "b"])
    >>> for sentence in leadlex_pandas.explain(df, "a", against=0.041).split(". "):
    ...     print(sentence)
    Campaign a had 89 replies to 1,247 emails sent: 7.1 %, and with 95 % confidence between 5.8 % and 8.7 %
    That is above the benchmark of 4.1 %, by more than chance explains, even with 2 campaigns tested at once
    This is good news.
    """
    where = "explain"
    judged = judge_frame(
        df, metric, where, against=against, by=by, level=level, fdr=fdr, typical_ratio=typical_ratio,
        design_effect=design_effect,
    )  # fmt: skip
    told = Telling.of(judged, find_row(judged.frame, campaign_id, where), campaign_id)
    sentences = [_counts(told), _verdict(told), *remarks(told)]
    return " ".join(sentences[:_SENTENCES])


def _counts(told: Telling) -> str:
    """Say how many, of how many, and how sure that is."""
    if told.verdict == "no data":
        return f"{told.name()} has no data for this: {_without_data(told)}."
    row, metric = told.row, told.metric
    found = (
        f"had {_quantity(row['events'], metric.events)} {'to' if metric.events == 'replied_count' else 'from'} "
        f"{_quantity(row['trials'], metric.trials)}"
    )
    if told.verdict == "not a proportion":
        return f"{told.name()} {found}."
    sure = (
        f"{told.percent(row['rate'])}, and with {exactly(told.judged.rule.level)} confidence between "
        f"{told.percent(row['low'])} and {told.percent(row['high'])}."
    )
    return fitting(f"{told.name()} {found}: {sure}", f"{told.name(4)} {found}: {sure}")


def _without_data(told: Telling) -> str:
    """Say what is missing."""
    frame, metric, where = told.judged.frame, told.metric, told.judged.where
    for off, column in zip(tracking_off(frame, where), ("opened_count", "clicked_count"), strict=True):
        if off[told.place] and told.counts(column):
            return f"{noun(column)} were not tracked"
    _events, trials = (float(counts[told.place]) for counts in raw_counts(frame, metric, where))
    if trials == 0:
        return _NOTHING.get(metric.trials, f"there are no {counted(metric.trials)}")
    return f"the number of {counted(metric.trials if math.isnan(trials) else metric.events)} is not known"


def _quantity(number: int, column: str) -> str:
    """Say how many of what."""
    words = noun(column, plural=number != 1).split()
    if words[-1] == "count" and len(words) in (2, 3):  # a column of the user's own
        return f"a {' '.join(words)} of {number:,}"
    return f"{number:,} {counted(column, plural=number != 1)}"


def _verdict(told: Telling) -> str:
    """Say what follows from it, and what does not."""
    what, verdict = told.what(), told.verdict
    if told.called:
        at_once = f", even with {told.tested:,} campaigns tested at once" if told.tested > 1 else ""
        return f"That is {verdict} {what}, by more than chance explains{at_once}."
    if verdict == "typical":
        low, high = map(told.percent, told.zone())
        sure = f"with {exactly(2 * told.judged.rule.level - 1)} confidence it lies between {low} and {high}"
        return fitting(f"That is typical of {what}: {sure}, too near to matter.", f"That is typical: {sure}.")
    if told.others_are_too_few:
        return _too_few_others(told, what)
    if verdict == "near the edge":
        edge = f"That is near the edge of what is typical of {what}"
        return fitting(f"{edge}; more {told.unit} may not settle it.", f"{edge}.")
    if verdict == "too few sends":
        return _too_few(told, what)
    return {
        "no comparison": "There is no other campaign to compare it with.",
        "not a proportion": "That is more than it is counted from, so it is no proportion and is not judged.",
        "no data": "So it is not judged.",
    }[verdict]


def _too_few(told: Telling, what: str) -> str:
    row = told.row
    if pd.isna(row["p_value"]):
        return f"Against {what} nothing can be tested, whatever the number of {told.unit}."
    if pd.isna(row["sends_needed"]):
        return f"It cannot be told from {what}, and how many {told.unit} that takes cannot be said."
    few = f"It has too few {told.unit} to tell it from {what}: about {about(row['sends_needed'])}"
    return fitting(f"{few} are needed, {about(row['sends_more'])} more.", f"{few} are needed.")


def _too_few_others(told: Telling, what: str) -> str:
    """Say that its own sends are not, or not alone, what is missing."""
    row, others = told.row, int(told.others or 0)
    subject, have = ("The benchmark", "has") if isinstance(told.against, Yardstick) else ("The others", "have")
    if told.tested == 2 and have == "have":
        subject, have = "The other campaign", "has"
    needed = f"about {about(row['sends_needed'])}"
    if others < row["trials"]:
        return f"{subject} {have} too few {told.unit} to compare with: {others:,}, where {needed} are needed."
    few = f"It has too few {told.unit} to tell it from {what}: {needed} are needed"
    return fitting(f"{few}, and {subject.lower()} {have} {others:,}.", f"{few}.")
