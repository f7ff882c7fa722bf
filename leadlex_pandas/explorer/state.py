"""What the explorer shows, as observable traits: no widgets, no data, nothing derived."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, observe, validate

from .._checks import check_fraction, check_option, check_text, check_whole, did_you_mean, is_number
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
        super().__init__()
        self.update(**state)

    def update(self, **changes: Any) -> None:
        """Assign several traits in one step: observers are told once all are there."""
        for name in changes:
            if name not in NAMES:
                known = f"Known are {', '.join(NAMES)}."
                raise InputError(f"{WHERE}: {name!r} is no setting of the explorer.{did_you_mean(name, NAMES)} {known}")
        checked = {name: self._checked(name, value) for name, value in changes.items()}
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

    @staticmethod
    def _checked(name: str, value: Any) -> Any:
        return _CHECKS[name](value)


def _metric(value: Any) -> Any:
    find_metric(value, WHERE)
    return value


def _against(value: Any) -> Any:
    if is_number(value):
        return check_fraction(value, "against", WHERE)
    if isinstance(value, Benchmark):
        return value
    if isinstance(value, str) and value.strip():
        return value  # which names there are is told by `benchmark`, with the closest one
    raise InputError(
        f"{WHERE}: against must be a word, a rate between 0 and 1, a Benchmark or the name of one, not "
        f"{type(value).__name__}. Of a frame of campaigns make one: Benchmark.from_campaigns(frame, metric, name=...)."
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise InputError(f"{WHERE}: search must be a text, '' for none, not {value!r}.")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{WHERE}: ascending must be True or False, not {value!r}.")
    return value


def _ids(value: Any) -> tuple[Any, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise InputError(f"{WHERE}: selected_ids must be a list of ids, not {value!r}.")
    return tuple(dict.fromkeys(tuple(each) if isinstance(each, list) else each for each in value))


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "metric": _metric,
    "against": _against,
    "level": lambda value: check_fraction(value, "level", WHERE, above=0.5),
    "min_sends": lambda value: check_whole(value, "min_sends", WHERE, least=0),
    "search": _text,
    "by": lambda value: None if value is None else check_text(value, "by", WHERE),
    "sort": lambda value: check_option(value, "sort", WHERE, SORTS),
    "ascending": _flag,
    "page": lambda value: check_whole(value, "page", WHERE),
    "chart": lambda value: check_option(value, "chart", WHERE, CHARTS),
    "selected_ids": _ids,
    "theme": lambda value: check_option(value, "theme", WHERE, THEMES),
}
