"""What a read takes from a history instead of asking for it, and what it puts there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from .._checks import check_age
from ..errors import HistoryError, InputError

if TYPE_CHECKING:
    from ..history import History
    from ..steering import Steering, Watch
    from .stats import StatsTask

Given: TypeAlias = "History | str | Path | None"

# the kinds of details that `read_campaigns` asks for, and their columns
DETAILS = {
    "tracking": ("track_opens", "track_clicks"),
    "steps": ("steps",),
    "contacts": ("contacts", "contacts_reached"),
}
_NO_DRAFTS = ("tracking", "steps")  # these do not change once a campaign is no draft any more
_OFTEN = 10.0  # s; what came is recorded at least so often, so that not even a lost machine loses more


def check_max_age(max_age: object, history: object, where: str) -> pd.Timedelta | None:
    """Require a length of time, and a history that it can be about."""
    if max_age is None:
        return None
    if history is None:
        raise InputError(
            f"{where}: max_age={max_age!r} says how old a recorded row may be, but no history is given. "
            f"Pass history= too, or leave max_age out to read every campaign anew."
        )
    return check_age(max_age, "max_age", where)


def check_carried(carried: pd.DataFrame, where: str) -> None:
    """Require, before any call, that a history can take what is carried along."""
    from ..history.recording import notes_of

    nowhen = np.zeros(len(carried), dtype=np.int64)
    notes_of(carried, nowhen == 0, nowhen, where)


@contextmanager
def opened(history: Given, where: str) -> Iterator[History | None]:
    """Give the history; one that was given as a path or URL is closed again."""
    if history is None:
        yield None
        return
    from ..history import History

    if isinstance(history, History):
        yield history
        return
    if not isinstance(history, (str, Path)):
        raise InputError(f"{where}: history must be a History, a path or a database URL, not {type(history).__name__}.")
    with History(history) as own:
        yield own


class Recorder:
    """Watches a read, and records every so often what has come; what is left is recorded at its end.

    Parameters
    ----------
    history : History or None
        Where to; None: nowhere.
    tasks : sequence of StatsTask
        What is read.
    steerings : sequence of Steering
        How each of them gets on.
    """

    def __init__(self, history: History | None, tasks: Sequence[StatsTask], steerings: Sequence[Steering]) -> None:
        self._history = history
        self._reads = list(zip(tasks, steerings, strict=True))
        self._counts = [0] * len(self._reads)  # answers that are recorded
        self._at = time.monotonic()

    def look(self, reads: Sequence[Steering]) -> None:  # noqa: ARG002 -- those that it was made with
        """Record what has come, if that is a while ago."""
        if self._history is None or time.monotonic() - self._at < _OFTEN:
            return
        self._at = time.monotonic()
        with suppress(HistoryError):  # the read is not to suffer; it is tried again, and said at the end
            self.record()

    def record(self) -> None:
        """Record what has come and is not recorded yet."""
        if self._history is None:
            return
        for place, (task, steering) in enumerate(self._reads):
            count = len(steering.answers)
            if count > self._counts[place]:
                self._history.record(task.unrecorded(steering, self._counts[place]))
                self._counts[place] = count

    def record_on_the_way_out(self, error: BaseException) -> None:
        """Record while an error leaves."""
        on_the_way_out(error, self.record)


class Both:
    """Two that watch one read."""

    def __init__(self, *watches: Watch) -> None:
        self._watches = watches

    def look(self, reads: Sequence[Steering]) -> None:
        """Let each of them look."""
        for watch in self._watches:
            watch.look(reads)


def on_the_way_out(error: BaseException, record: Callable[[], None]) -> None:
    """Record while an error leaves; if that fails too, the error says so."""
    if isinstance(error, HistoryError):  # that is what failed
        return
    try:
        record()
    except Exception as another:
        error.add_note(f"What was read could not be recorded: {another}")


def record_directory(history: History | None, campaigns: pd.DataFrame, *, whole: bool) -> None:
    """Record what a list tells; details of a draft may still change and are not kept, so that they are asked for again.

    `whole` says that these are all campaigns there are.
    """
    if history is None:
        return
    draft = campaigns["status"].eq("draft").fillna(False).astype(bool)
    kept = [name for kind in _NO_DRAFTS for name in DETAILS[kind] if name in campaigns]
    history.record_campaigns(campaigns.assign(**{name: campaigns[name].mask(draft) for name in kept}), whole=whole)


def known_details(history: History | None, ids: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    """Give the details that cannot change any more: campaign -> kind -> column -> value."""
    if history is None:
        return {}
    directory = history.directory(ids)
    counted_since = directory["status"].eq("completed") & (directory["contacts_at"] >= directory["status_since"])
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for kind, names in DETAILS.items():
        there = directory[list(names)].notna().all(axis=1)
        final = directory.loc[there if kind in _NO_DRAFTS else there & counted_since.fillna(False), list(names)]
        for campaign_id, values in final.to_dict("index").items():
            known.setdefault(str(campaign_id), {})[kind] = {str(name): value for name, value in values.items()}
    return known
