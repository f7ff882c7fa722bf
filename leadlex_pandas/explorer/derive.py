"""From a frame and a state to what is shown: pure functions on the public verbs, nothing kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._checks import check_columns
from ..metrics import Metric, find_metric
from ..plotting.data.verdicts import BLOCKS, names, without_facts
from ..verbs import benchmark
from ..verbs.notes import Notes, notes
from .state import WHERE

PAGE = 25  # rows
ORDER = (*BLOCKS, "no data")  # of verdicts, as in a forest chart
JUDGED_BY = ("metric", "against", "level", "by")  # what a new judgement needs; all else chooses among its rows

State = Mapping[str, Any]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class View:
    """The portfolio as asked for: its verdicts, which rows are shown and in what order, and which of them on this page.

    Rows are kept as places in `data`: ids need not be unique there.
    """

    data: pd.DataFrame
    table: pd.DataFrame  # of `benchmark`, all rows of `data`
    state: State
    places: Places  # of the rows shown, in their order
    page: int
    pages: int

    @property
    def metric(self) -> Metric:
        """What is judged."""
        return find_metric(self.state["metric"], WHERE)

    def names_of(self, places: Places) -> list[str]:
        """Give the labels of some rows, or their ids."""
        return names(self.plain.iloc[places])

    @cached_property
    def keys(self) -> list[str]:
        """What the page calls each row of `data`."""
        return [each if isinstance(each, str) else key_of(each) for each in self.data.index.tolist()]

    @cached_property
    def plain(self) -> pd.DataFrame:
        """The table without what was asked: it is quick to take columns of."""
        return without_facts(self.table)

    @cached_property
    def shown(self) -> pd.DataFrame:
        """The rows shown, of all pages."""
        return rows_of(self.table, self.places)

    @cached_property
    def groups(self) -> pd.Index[Any]:
        """The group that each row of `data` is compared within."""
        return groups(self.data, self.state["by"])

    @cached_property
    def in_all(self) -> list[str]:
        """The caveats that every row shown with data carries: they are said once."""
        with_data = self.places[self.plain["verdict"].ne("no data").to_numpy(bool)[self.places]]
        return [each for each in self.notes_of(with_data).shared.split("; ") if each]

    def notes_of(self, places: Places) -> Notes:
        """Write the caveats of some rows."""
        rows = self.plain[["rate", "caveats"]].iloc[places]
        rows.attrs = {"metric": self.table.attrs["metric"]}
        return notes(rows, ["rate"])

    @property
    def on_page(self) -> Places:
        """The places of the rows on this page."""
        return self.places[PAGE * (self.page - 1) : PAGE * self.page]

    @cached_property
    def selected(self) -> Places:
        """The places of what is selected, also where it is not shown."""
        index = self.data.index
        ids = [each for each in self.state["selected_ids"] if _may_be_in(index, each)]
        return np.flatnonzero(index.isin(ids)) if ids else np.array([], dtype=np.intp)

    @property
    def pinned(self) -> Places:
        """The places of what is selected and not on this page, the first few of them."""
        return self.selected[~np.isin(self.selected, self.on_page)][:PAGE]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of the rows shown have each verdict."""
        found = self.plain["verdict"].iloc[self.places].value_counts()
        return {verdict: int(found.get(verdict, 0)) for verdict in ORDER}


def judge(data: pd.DataFrame, state: State) -> pd.DataFrame:
    """Judge every campaign: what is hidden by a filter still counts among the rest."""
    return benchmark(data, state["metric"], against=state["against"], by=state["by"], level=state["level"])


def view(data: pd.DataFrame, state: State, table: pd.DataFrame | None = None) -> View:
    """Derive what is shown; `table` is the judgement, where it is there already."""
    table = judge(data, state) if table is None else table
    places = np.flatnonzero(_passes(data, state))
    places = places[_order(without_facts(table).iloc[places], state)]
    pages = max(ceil(len(places) / PAGE), 1)
    return View(data, table, state, places, min(state["page"], pages), pages)


def rows_of(table: pd.DataFrame, places: Places) -> pd.DataFrame:
    """Take rows out of a table of verdicts, which stays one: what was asked stands in its `attrs`."""
    rows = table.iloc[places]
    rows.attrs = table.attrs
    return rows


def key_of(campaign_id: Hashable) -> str:
    """Give the text that stands for an id in the page: the id itself, if it is a text."""
    return campaign_id if isinstance(campaign_id, str) else repr(campaign_id)


def _may_be_in(index: pd.Index[Any], campaign_id: Hashable) -> bool:
    """Tell whether an index can be asked for an id: pandas refuses some that cannot be there."""
    if isinstance(index, pd.MultiIndex):
        return isinstance(campaign_id, tuple) and len(campaign_id) == index.nlevels
    if isinstance(index.dtype, pd.StringDtype):
        return isinstance(campaign_id, str) or (not isinstance(campaign_id, tuple) and bool(pd.isna(campaign_id)))  # type: ignore[call-overload]
    return True


def is_text(counts: pd.Series[Any]) -> bool:
    """Tell whether counts are kept as texts or other objects, which are no numbers to compare with."""
    return not pd.api.types.is_numeric_dtype(counts.dtype)


def filters(state: State) -> list[str]:
    """Say which filters are on."""
    told = []
    if state["min_sends"]:
        told.append(f"at least {state['min_sends']:,} sends")
    if state["search"]:
        *first, last = searched(state)
        told.append(f'"{state["search"]}" in {", ".join(first)} or {last}')
    return told


def _passes(data: pd.DataFrame, state: State) -> NDArray[np.bool_]:
    passing = np.ones(len(data), dtype=bool)
    if state["min_sends"]:
        check_columns(data, ["sent_count"], WHERE)
        sends = data["sent_count"]
        passing &= (
            ((sends.astype(float) if is_text(sends) else sends) >= state["min_sends"]).fillna(False).to_numpy(bool)
        )
    if state["search"]:
        passing &= found(data, state)
    return passing


def searched(state: State) -> list[str]:
    """Name where a text is looked for: in the groups too, so that one of them can be looked at alone."""
    return ["label", "id", *([] if state["by"] is None else [state["by"]])]


def found(data: pd.DataFrame, state: State) -> NDArray[np.bool_]:
    """Tell in which rows the text stands in the label, the id or the group, whatever its case."""
    if not len(data):
        return np.zeros(0, dtype=bool)
    options = {"pat": state["search"], "case": False, "regex": False}
    here = np.asarray(data.index.map(str).str.contains(**options), dtype=bool)
    for name in ("label", state["by"]):
        if name in data:
            here = here | data[name].astype(str).str.contains(**options).to_numpy(bool)
    return here


def groups(data: pd.DataFrame, by: str) -> pd.Index[Any]:
    """Give the group of each row: a column, or a level of the index."""
    return pd.Index(data[by]) if by in data else data.index.get_level_values(by)


def _order(rows: pd.DataFrame, state: State) -> Places:
    """Give the order of rows as pandas' stable sorts give it, so that the code for the view gives the same."""
    sort, ascending = state["sort"], state["ascending"]
    if sort == "given":
        return np.arange(len(rows))[:: 1 if ascending else -1]
    if sort == "name":
        names = rows["label"].astype(str) if "label" in rows else pd.Series(rows.index.map(str), dtype=object)
        return _sorted(names.str.casefold(), ascending)
    if sort == "verdict":
        best = _sorted(rows["rate"], ascending=False)
        return best[_sorted(rows["verdict"].cat.set_categories(list(ORDER)).iloc[best], ascending)]
    return _sorted(rows[column_of(sort)], ascending)


def _sorted(column: pd.Series[Any], ascending: bool) -> Places:
    """Give the order of a frame that is sorted by a column, without moving the others."""
    numbered = column.set_axis(pd.RangeIndex(len(column)))  # ids need not be unique
    return numbered.sort_values(ascending=ascending, kind="stable").index.to_numpy()


def column_of(sort: str) -> str:
    """Name the column that rows are sorted by: of the sends needed those that are missing, as others are not shown."""
    return "sends_more" if sort == "sends_needed" else sort
