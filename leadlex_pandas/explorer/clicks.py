"""What clicks in the page mean: each names an action and what it is about, and anything else is left alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .derive import View
from .state import SORTS, ExplorerState
from .tables import first_way

_REMEMBERED = 60  # clicks; a page repeats the last twenty


class Clicks:
    """Turns what a page reports into changes of the state.

    Parameters
    ----------
    state : ExplorerState
        What is changed.
    view : callable
        Gives what is shown, or None.
    """

    def __init__(self, state: ExplorerState, view: Callable[[], View | None]) -> None:
        self._state, self._view = state, view
        self._seen: list[Any] = []

    def hear(self, value: str) -> None:
        """Take the clicks that came, each once; what is no click of ours is left alone."""
        try:
            told = [each for each in json.loads(value) if isinstance(each, list) and len(each) >= 2]
        except (TypeError, ValueError):
            return
        new = [each for each in told if each[0] not in self._seen]
        self._seen = [*self._seen, *(each[0] for each in new)][-_REMEMBERED:]
        for _, action, *arguments in new:
            with_one = {"select": self._toggle, "sort": self._sort_by, "page": self._turn}
            alone = {"clear": self._clear, "clear-filters": self._clear_filters}
            known: dict[Any, Callable[..., None]] = with_one if len(arguments) == 1 else alone if not arguments else {}
            if isinstance(action, str) and action in known:
                known[action](*arguments)

    def _toggle(self, key: object) -> None:
        shown = self._view()
        if shown is None or key not in shown.keys:
            return
        chosen = shown.data.index[shown.keys.index(str(key))]
        ids = self._state.selected_ids
        self._state.selected_ids = tuple(each for each in ids if each != chosen) if chosen in ids else (*ids, chosen)

    def _sort_by(self, name: object) -> None:
        if name in SORTS:
            again = name == self._state.sort
            self._state.update(sort=name, ascending=not self._state.ascending if again else first_way(str(name)))

    def _turn(self, way: object) -> None:
        shown = self._view()
        if shown is not None and way in ("previous", "next"):
            self._state.page = min(max(shown.page + (1 if way == "next" else -1), 1), shown.pages)

    def _clear(self) -> None:
        self._state.selected_ids = ()

    def _clear_filters(self) -> None:
        self._state.update(search="", min_sends=0)

    def choose(self, offered: set[str], chosen: set[str]) -> None:
        """Select from a list: what it did not offer stays selected."""
        shown = self._view()
        if shown is not None:
            ids = dict(zip(shown.keys, shown.data.index, strict=True))
            kept = [each for each in self._state.selected_ids if each not in {ids[key] for key in offered}]
            self._state.selected_ids = (*kept, *(each for key, each in ids.items() if key in chosen))
