"""Rows put together: which group each belongs to, and sums over groups that a missing count does not spoil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import Floats, group_keys

ALL = "all"


@dataclass(frozen=True)
class Groups:
    """The group of every row, as a position in `index`."""

    codes: NDArray[np.intp]
    index: pd.Index[Any]

    def sizes(self) -> NDArray[np.intp]:
        """Count the rows of each group."""
        return np.bincount(self.codes, minlength=len(self.index))

    def sums(self, values: Floats) -> Floats:
        """Add up what is known in each group; NaN where there are rows and nothing is known of any."""
        known = ~np.isnan(values)
        added = np.bincount(self.codes, weights=np.where(known, values, 0.0), minlength=len(self.index))
        nothing = np.bincount(self.codes[known], minlength=len(self.index)) == 0
        return np.where(nothing & (self.sizes() > 0), np.nan, added)

    def totals(self, events: Floats, trials: Floats) -> tuple[Floats, Floats]:
        """Add up events and trials of the rows that have both, so that one without the other moves no rate."""
        complete = (trials > 0) & ~np.isnan(events)
        return self.sums(np.where(complete, events, np.nan)), self.sums(np.where(complete, trials, np.nan))

    def effects(self, events: Floats, trials: Floats, phi: Floats) -> Floats:
        """Give the design effect of each group's sums; 1 where there is nothing to sum."""
        # the variance of a sum is the sum of variances: campaigns weigh by their trials
        (_, weighted), (_, n) = self.totals(events, trials * phi), self.totals(events, trials)
        return np.asarray(np.divide(weighted, n, out=np.ones(len(n)), where=n > 0))


def group_rows(df: pd.DataFrame, by: object, where: str, argument: str = "by") -> Groups:
    """Put rows into the groups of `by`, in sorted order, or all into one; a missing value is a group as well."""
    if by is None:
        return Groups(np.zeros(len(df), dtype=np.intp), pd.Index([ALL], name="group"))
    keys = [pd.Series(key, name=key.name).reset_index(drop=True) for key in group_keys(df, by, where, argument)]
    grouped = pd.Series(0, index=range(len(df))).groupby(keys, observed=True, dropna=False)
    return Groups(grouped.ngroup().to_numpy().astype(np.intp), _plain(grouped.size().index))


def with_total(index: pd.Index[Any]) -> pd.Index[Any]:
    """Add the name of the last row, that of everything together."""
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples([*index, (ALL, *[""] * (index.nlevels - 1))], names=index.names)
    return pd.Index([*index, ALL], name=index.name)


def _plain(index: pd.Index[Any]) -> pd.Index[Any]:
    """Give an index that knows nothing of categories which no row has."""
    if isinstance(index, pd.MultiIndex):
        return pd.MultiIndex.from_tuples(list(index), names=index.names) if len(index) else index
    return pd.Index(list(index), name=index.name) if isinstance(index, pd.CategoricalIndex) else index
