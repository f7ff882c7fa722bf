"""What the explorer shows, as observable traits: no widgets, no data, nothing derived."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
from traitlets import Any as AnyTrait
from traitlets import HasTraits, observe, validate

from .._checks import check_fraction, check_option, check_text, check_whole, did_you_mean, is_number, plain
from ..errors import InputError
from ..metrics import find_metric
from ..reference import Benchmark

__all__ = ["ExplorerState"]

WHERE = "explore"
CHARTS = ("funnel", "forest", "ranks", "trend")
SORTS = ("verdict", "name", "trials", "events", "rate", "difference", "sends_needed", "given")
THEMES = ("auto", "light", "dark")
# in this order they stand in the code and in `state()`
NAMES = (
    "metric", "against", "level", "min_sends", "search", "by", "sort", "ascending", "page", "chart", "selected_ids",
    "theme",
)  # fmt: skip
# a change of one of these shows other rows, or the same in another order: one begins to read at the first page
_OTHER_ROWS = ("metric", "against", "level", "min_sends", "search", "by", "sort", "ascending")


class ExplorerState(HasTraits):
    """What is asked of the portfolio, and what is selected; each is a trait that can be observed and assigned.

    Parameters
    ----------
    **state
        Traits that are to differ from their defaults: `metric`, `against`, `level`, `min_sends` (emails), `search`,
        `by`, `sort`, `ascending`, `page`, `chart`, `selected_ids`, `theme`; see `leadlex_pandas.explore`.

    Raises
    ------
    InputError
        If a name is not known, or a value is not allowed.

    Examples
    --------
    >>> state = ExplorerState(metric="open_rate", min_sends=100)
    >>> state.page = 3
    >>> state.search = "patent"
    >>> state.page, state.state()["metric"]
    (1, 'open_rate')
    """

    metric = AnyTrait("reply_rate")
    against = AnyTrait("rest")
    level = AnyTrait(0.95)
    min_sends = AnyTrait(0)
    search = AnyTrait("")
    by = AnyTrait(None, allow_none=True)
    sort = AnyTrait("verdict")
    ascending = AnyTrait(True)
    page = AnyTrait(1)
    chart = AnyTrait("funnel")
    selected_ids = AnyTrait(())
    theme = AnyTrait("auto")

    def __init__(self, **state: Any) -> None:
        self._keeps_page = False
        self._updating = threading.RLock()  # traitlets holds back what is told of one step at a time
        checked = self._all_checked(state)  # before a model is made that nobody would close
        super().__init__()
        self.update(**checked)

    def update(self, **changes: Any) -> None:
        """Assign several traits in one step: observers are told once all are there."""
        checked = self._all_checked(changes)
        with self._updating:
            before, self._keeps_page = self._keeps_page, "page" in checked
            try:
                with self.hold_trait_notifications():
                    for name, value in checked.items():
                        setattr(self, name, value)
            finally:
                self._keeps_page = before

    def state(self) -> dict[str, Any]:
        """Give what `explore(frame, **state)` takes to show the same again."""
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in NAMES}

    @validate(*NAMES)  # type: ignore[no-untyped-call, unused-ignore]
    def _validate(self, proposal: Any) -> Any:
        return self._checked(proposal["trait"].name, proposal["value"])

    @observe(*_OTHER_ROWS)
    def _begin_at_the_first_page(self, change: Any) -> None:  # noqa: ARG002 -- traitlets passes it
        if not self._keeps_page:
            self.page = 1

    @classmethod
    def _all_checked(cls, state: dict[str, Any]) -> dict[str, Any]:
        for name in state:
            if name not in NAMES:
                known = f"Known are {', '.join(NAMES)}."
                raise InputError(f"{WHERE}: {name!r} is no setting of the explorer.{did_you_mean(name, NAMES)} {known}")
        return {name: cls._checked(name, value) for name, value in state.items()}

    @staticmethod
    def _checked(name: str, value: Any) -> Any:
        return _CHECKS[name](value)


def _metric(value: Any) -> Any:
    find_metric(value, WHERE)
    return _as_text(value)


def _against(value: Any) -> Any:
    if is_number(value):
        return check_fraction(value, "against", WHERE)
    if isinstance(value, Benchmark):
        return value
    if isinstance(value, str) and value.strip():
        return str(value)  # which names there are is told by `benchmark`, with the closest one
    raise InputError(
        f"{WHERE}: against must be a word, a rate between 0 and 1, a Benchmark or the name of one, not "
        f"{type(value).__name__}. Of a frame of campaigns make one: Benchmark.from_campaigns(frame, metric, name=...)."
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{WHERE}: search must be a text, '' for none, not {value!r}.")
    return str(value)


def _as_text(value: Any) -> Any:
    """Make a text of numpy's own a plain one, which is written as such in the code of a view."""
    return str(value) if isinstance(value, str) else value


def _flag(value: Any) -> bool:
    value = plain(value)
    if not isinstance(value, bool):
        raise InputError(f"{WHERE}: ascending must be True or False, not {value!r}.")
    return value


def _ids(value: Any) -> tuple[Any, ...]:
    if isinstance(value, (Mapping, pd.DataFrame)):
        kind = type(value).__name__
        raise InputError(f"{WHERE}: selected_ids must be a list of ids, not a {kind}. Those of a frame are its .index.")
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise InputError(f"{WHERE}: selected_ids must be a list of ids, not {value!r}.")
    ids = [tuple(each) if isinstance(each, list) else plain(each) for each in value]
    try:
        return tuple(dict.fromkeys(ids))
    except TypeError:
        raise InputError(f"{WHERE}: selected_ids must be a list of ids, not {value!r}.") from None


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "metric": _metric,
    "against": _against,
    "level": lambda value: check_fraction(value, "level", WHERE, above=0.5),
    "min_sends": lambda value: check_whole(value, "min_sends", WHERE, least=0),
    "search": _text,
    "by": lambda value: None if value is None else str(check_text(value, "by", WHERE)),
    "sort": lambda value: str(check_option(value, "sort", WHERE, SORTS)),
    "ascending": _flag,
    "page": lambda value: check_whole(value, "page", WHERE),
    "chart": lambda value: str(check_option(value, "chart", WHERE, CHARTS)),
    "selected_ids": _ids,
    "theme": lambda value: str(check_option(value, "theme", WHERE, THEMES)),
}
