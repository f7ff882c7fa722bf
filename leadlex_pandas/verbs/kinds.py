"""Which verb a table came from, told by its `attrs` or by all its columns, never by one that may be yours."""

from __future__ import annotations

from collections.abc import Hashable, Set
from dataclasses import dataclass

import pandas as pd

from ..metrics import COUNTS


@dataclass(frozen=True)
class Kind:
    """What the table of a verb looks like.

    `shown` is what an e-mail needs of it, `columns` those that only this verb gives together, `facts` the names in
    `attrs` that only this verb leaves there, by which a table without some of its columns is still known.
    """

    verb: str
    shown: tuple[str, ...]
    columns: frozenset[str]
    facts: frozenset[str] = frozenset()

    def fits(self, columns: Set[Hashable], facts: Set[Hashable]) -> bool:
        """Tell whether a table with these columns and `attrs` came from this verb."""
        known = bool(self.facts) and self.facts <= facts
        return self.columns <= columns or (known and not columns.isdisjoint(self.shown))


_KINDS = (
    Kind(
        "rank",
        ("rate", "shrunk", "rank", "prob_best"),
        frozenset({"rate", "shrunk", "rank", "prob_best"}),
        frozenset({"metric", "evidence_p_value"}),
    ),
    Kind(
        "compare",
        ("first_rate", "second_rate", "difference", "prob_first_higher", "verdict"),
        frozenset({"first_rate", "second_rate", "difference", "prob_first_higher", "verdict"}),
        frozenset({"first", "second"}),
    ),
    Kind(
        "health",
        ("rate", "status", "sends_needed"),
        frozenset({"events", "trials", "rate", "watch_limit", "breach_limit", "status"}),
    ),
    Kind(
        "stages",
        ("count", "unit", "of_sent", "of_previous"),
        frozenset({"count", "unit", "of_sent", "of_previous"}),
    ),
    Kind(
        "compare_groups",
        ("campaigns", "rate", "difference", "p_adjusted", "overall_p_value"),
        frozenset({"campaigns", "rate", "difference", "p_adjusted", "overall_p_value"}),
        frozenset({"metric", "strata"}),
    ),
    Kind(
        "trend",
        ("campaigns", "trials", "rate", "center", "signal"),
        frozenset({"campaigns", "trials", "rate", "center", "signal"}),
        frozenset({"metric", "freq", "segments"}),
    ),
    Kind(
        "plan",
        ("trials", "status", "sends_more"),
        frozenset({"trials", "sends_needed", "sends_more", "status"}),
        frozenset({"metric", "against", "power"}),
    ),
    Kind(
        "benchmark",
        ("rate", "benchmark", "percentile", "verdict", "sends_more"),
        frozenset({"events", "trials", "rate", "benchmark", "verdict"}),
        frozenset({"metric", "against", "fdr"}),
    ),
    Kind(
        "changes", ("new_sent_count",), frozenset({"new_sent_count", "since", "until"}), frozenset({"metrics", "since"})
    ),
    Kind("growth", ("days_since_first", *COUNTS), frozenset({"campaign_id", "days_since_first", "sent_count"})),
)


def kind_of(table: pd.DataFrame) -> Kind | None:
    """Find the verb whose table this is; none for campaigns, summaries of them, and tables of anything else."""
    columns, facts = set(table.columns), set(table.attrs)
    return next((kind for kind in _KINDS if kind.fits(columns, facts)), None)
