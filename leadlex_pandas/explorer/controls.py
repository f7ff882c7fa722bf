"""The controls of the explorer, each linked with one trait, in both directions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from .._checks import is_number
from ..errors import InputError
from ..metrics import Metric, find_metric, find_metrics
from ..reference.packaged import load_benchmark, packaged_names, population_of
from ..verbs.against import resolve_against
from .derive import View
from .pictures import available
from .state import WHERE, ExplorerState
from .texts import name_of

OWN = "own rate"
_MOST = 500  # campaigns in the list
_GROUPS = 60  # values that a column of groups has at most
_LEVELS = (0.8, 0.9, 0.95, 0.99)
_CHART_NAMES = {"funnel": "Funnel", "forest": "Intervals", "ranks": "Ranks", "trend": "Change over time"}
_SORT_NAMES = {
    "verdict": "Verdict",
    "name": "Campaign",
    "trials": "Sends",
    "events": "Events",
    "rate": "Rate",
    "difference": "Difference",
    "sends_needed": "Sends needed",
    "given": "As given",
}
Guard = Callable[[Callable[[], None]], None]


class Controls:
    """Fields and lists beside the table; what they say is always what the state says.

    Parameters
    ----------
    state : ExplorerState
        What they are linked with.
    guard : callable
        Runs what a control does, and shows what goes wrong.
    select : callable
        Told which campaigns the list offered, and which of them were chosen.
    opened : callable
        Called when the controls that are usually hidden are shown.
    history : object
        Whether there is one decides which charts there are.
    """

    def __init__(
        self,
        state: ExplorerState,
        guard: Guard,
        *,
        select: Callable[[set[str], set[str]], None],
        opened: Callable[[], None],
        history: Any = None,
    ) -> None:
        self._state, self._guard, self._history = state, guard, history
        self._select, self._opened = select, opened
        self._lock = threading.RLock()  # one thread fills at a time; never held while a wish is passed on
        self._filler: int | None = None  # what a control reports in the thread that fills it, nobody has asked for
        self._make()
        self._link()
        self.row = _row(
            self.metric, self.against, self.own_rate, self.level, self.min_sends, self.search, self.by, self.chart,
            self.more,
        )  # fmt: skip
        self.panel = _row(self.sort, self.order, self.page, self.selection)
        self.panel.layout.display = "none"

    def fill(self, data: pd.DataFrame | None) -> None:
        """Offer what the data have: metrics, groups and charts; without any, nothing."""
        state = self._state
        metrics = [] if data is None else [metric.name for metric in find_metrics(data, None, WHERE)]
        chosen = find_metric(state.metric, WHERE)
        known = {find_metric(name, WHERE).title: name for name in metrics}
        with self._fills():
            _offer(self.metric, {**known, chosen.title: state.metric}, state.metric)
            groups = dict.fromkeys([*_groups(data), *([] if state.by is None else [state.by])])
            _offer(self.by, {"None": "", **{name: name for name in groups}}, state.by or "")
            self.by.layout.display = "" if len(self.by.options) > 1 else "none"
            charts = dict.fromkeys([*available(self._history), state.chart])
            _offer(self.chart, {_CHART_NAMES[each]: each for each in charts}, state.chart)
            self._fill_against()
        for control in (*self.row.children, *self.panel.children):
            control.disabled = data is None

    def show(self, view: View) -> None:
        """Bring what depends on a view up to date: how many pages there are, and the list to select from."""
        with self._fills():
            self.page.max = view.pages
            if self.panel.layout.display == "none":
                return
            others = view.places[~np.isin(view.places, view.selected)]
            places = np.concatenate([view.selected, others])[:_MOST]
            keys = [view.keys[place] for place in places]
            self.selection.options = list(zip(view.names_of(places), keys, strict=True))
            self.selection.value = [view.keys[place] for place in view.selected][:_MOST]
            hidden = len(view.places) - _MOST
            self.selection.description = f"Select (first {_MOST})" if hidden > 0 else "Select"

    @contextmanager
    def _fills(self) -> Iterator[None]:
        with self._lock:
            before, self._filler = self._filler, threading.get_ident()
            try:
                yield
            finally:
                self._filler = before

    @property
    def _filling(self) -> bool:
        return self._filler == threading.get_ident()

    def _make(self) -> None:
        self.metric = widgets.Dropdown(description="Metric")
        self.against = widgets.Dropdown(description="Compare with")
        self.own_rate = widgets.FloatText(4.0, step=0.1, description="Own rate in %")
        self.level = widgets.Dropdown(description="Confidence")
        self.min_sends = widgets.BoundedIntText(0, min=0, max=10**9, step=50, description="Minimum sends")
        self.search = widgets.Text(description="Search", placeholder="label or id")
        self.by = widgets.Dropdown(description="Group by")
        self.chart = widgets.Dropdown(description="Chart")
        self.more = widgets.ToggleButton(False, description="More controls")
        self.sort = widgets.Dropdown(
            options=[(text, name) for name, text in _SORT_NAMES.items()], value=self._state.sort, description="Sort by"
        )
        self.order = widgets.Dropdown(
            options=[("Ascending", True), ("Descending", False)], value=self._state.ascending, description="Order"
        )
        self.page = widgets.BoundedIntText(1, min=1, max=1, description="Page")
        self.selection = widgets.SelectMultiple(description="Select")
        for short in (self.own_rate, self.level, self.min_sends, self.page, self.order):
            short.add_class("lx-short")
        self.selection.add_class("lx-list")

    def _link(self) -> None:
        self._bind(self.metric, "metric", self._to_metric)
        self._bind(self.against, "against", self._to_against)
        self._bind(self.by, "by", lambda value: {"by": value or None})
        self._bind(self.own_rate, "against", lambda value: {"against": _own(value)})
        for control, name in (
            (self.level, "level"), (self.min_sends, "min_sends"), (self.search, "search"),
            (self.chart, "chart"), (self.sort, "sort"), (self.order, "ascending"), (self.page, "page"),
        ):  # fmt: skip
            self._bind(control, name, _one(name))
        self.selection.observe(self._choose, "value")
        self.more.observe(self._open, "value")
        self._refill()

    def _bind(self, control: Any, name: str, changes: Callable[[Any], dict[str, Any]]) -> None:
        def told(change: Any) -> None:
            if not self._filling:
                self._guard(lambda: self._state.update(**changes(change.new)))

        control.observe(told, "value")
        self._state.observe(lambda _: self._refill(), name)

    def _refill(self) -> None:
        """Let the controls say what the state says."""
        state = self._state
        with self._fills():
            levels = sorted({*_LEVELS, state.level})
            told = {f"{100 * level:.6g} %": level for level in levels}
            _offer(self.level, {**told, f"{100 * state.level:.6g} %": state.level}, state.level)
            for control, value in (
                (self.min_sends, state.min_sends), (self.search, state.search), (self.sort, state.sort),
                (self.order, state.ascending),
            ):  # fmt: skip
                control.value = value
            self.page.max = max(self.page.max, state.page)
            self.page.value = state.page
            for control, value in (
                (self.metric, state.metric),
                (self.by, state.by or ""),
                (self.chart, state.chart),
            ):
                if value in [each for _, each in control.options]:
                    control.value = value
            self._fill_against()

    def _fill_against(self) -> None:
        state = self._state
        options: dict[str, Any] = {name_of(word): word for word in ("rest", "pooled", "median")}
        options |= _packaged(find_metric(state.metric, WHERE))
        own = is_number(state.against)
        if not own and state.against not in options.values():
            name = name_of(state.against)
            options[f"{name} (yours)" if name in (*options, "Own rate") else name] = state.against
        _offer(self.against, {**options, "Own rate": OWN}, OWN if own else state.against)
        self.own_rate.layout.display = "" if own else "none"
        if own:
            self.own_rate.value = round(100 * state.against, 8)

    def _to_metric(self, value: Any) -> dict[str, Any]:
        """Take a metric; what it cannot be compared with is given up for the rest."""
        against = self._state.against
        try:
            resolve_against(against, find_metric(value, WHERE), WHERE)
        except ValueError:
            return {"metric": value, "against": "rest"}
        return {"metric": value}

    def _to_against(self, value: Any) -> dict[str, Any]:
        return {"against": _own(self.own_rate.value) if value == OWN else value}

    def _choose(self, change: Any) -> None:
        if not self._filling:
            offered = {key for _, key in self.selection.options}
            self._guard(lambda: self._select(offered, set(change.new)))

    def _open(self, change: Any) -> None:
        self.panel.layout.display = "" if change.new else "none"
        self._guard(self._opened)


def _own(percents: float) -> float:
    if not 0 < percents < 100:
        raise InputError(f"The own rate must be above 0 and below 100 %, not {percents:g} %.")
    return round(percents / 100, 10)


def _one(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {name: value}


def _row(*children: Any) -> Any:
    row = widgets.HBox(children)
    row.add_class("lx-row")
    return row


def _offer(control: Any, options: dict[str, Any], value: Any) -> None:
    """Set options and value of a list in one message; nothing is sent if both are there already."""
    wanted = list(options.items())
    if list(control.options) != wanted:
        with control.hold_sync():
            control.options = wanted
            control.value = value
    elif control.value != value and value in options.values():
        control.value = value


def _groups(data: pd.DataFrame | None) -> list[str]:
    """Name the columns that divide the campaigns: some values, each of several campaigns."""
    if data is None:
        return []
    names = [name for name in data.columns if isinstance(name, str) and name not in ("label", "caveats", "read_error")]
    return [name for name in names if _divides(data[name])]


def _divides(column: Any) -> bool:
    if pd.api.types.is_float_dtype(column.dtype) or str(column.name).endswith("_count") or column.name == "contacts":
        return False
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return False
    try:
        return bool(1 < column.nunique() <= min(_GROUPS, len(column) // 2))
    except TypeError:  # lists and the like
        return False


@lru_cache(64)
def _packaged(metric: Metric) -> dict[str, str]:
    """Offer the packaged benchmarks that a metric can be compared with, each with what it is of."""
    options = {}
    for name in packaged_names():
        try:
            resolve_against(name, metric, WHERE)
        except ValueError:
            continue
        population = population_of(load_benchmark(name))
        options[f"{name}: {population}" if population else name] = name
    return options
