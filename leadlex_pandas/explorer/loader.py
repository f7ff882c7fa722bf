"""Reading in a thread of its own: what it will cost, how far it is, how it ended, and what it brought."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from ..errors import LeadlexError, PartialReadError, Quota, QuotaExhaustedError, ReadInterrupted
from ..metrics import RESERVED
from ..plotting.data import words

_OFTEN = 0.1  # s; progress is told no more often

Read = Callable[..., pd.DataFrame]  # of the campaigns in a frame's index, with resume=, progress= and max_age=


@dataclass(frozen=True)
class Loading:
    """How a read is getting on, or how it ended."""

    status: str = "ready"  # ready, loading, partial, error, cancelled
    done: int = 0
    total: int = 0
    note: str = ""  # what it costs, or what is waited for
    failures: Mapping[str, LeadlexError] = field(default_factory=dict)
    missing: tuple[str, ...] = ()  # ids that were asked for and did not come
    error: BaseException | None = None
    retry_at: pd.Timestamp | None = None  # before that it makes no sense to read the missing ones


class Loader:
    """Reads one portfolio, again and again if asked, one read at a time.

    Parameters
    ----------
    read : callable
        Called with a frame of ids, `resume`, `max_age` and `progress`, as `Client.read_stats` is.
    told : callable
        Called whenever something has changed, mostly in the reading thread.
    """

    def __init__(self, read: Read, told: Callable[[], None]) -> None:
        self._read = read
        self._told = told
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self.now = Loading()
        self.data: pd.DataFrame | None = None

    @property
    def busy(self) -> bool:
        """Whether a read is under way."""
        return self.now.status == "loading"

    def start(self, ids: pd.DataFrame, kept: pd.DataFrame | None, max_age: Any = None) -> bool:
        """Begin to read what is not in `kept`; False if a read is under way already."""
        with self._lock:
            if self.busy:
                return False
            self._cancelled.clear()
            total = len(ids)
            done = 0 if kept is None else int(ids.index.isin(kept.index).sum())
            self.now = Loading("loading", done, total)
            self._thread = threading.Thread(
                target=self._run, args=(ids, kept, max_age), name="leadlex-explorer-read", daemon=True
            )
            self._thread.start()
        self._told()
        return True

    def cancel(self) -> None:
        """End the read under way; what has come is kept."""
        self._cancelled.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the read; tell whether it is over."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        return not self.busy

    def _run(self, ids: pd.DataFrame, kept: pd.DataFrame | None, max_age: Any) -> None:
        came, ended = None, Loading("ready")
        try:
            came = self._read(ids, resume=kept, max_age=max_age, progress=_Listener(self))
        except ReadInterrupted as error:
            came, ended = error.stats, Loading("cancelled", failures=error.failures)
        except QuotaExhaustedError as error:
            came = error.stats
            ended = Loading("error", failures=error.failures, error=error, retry_at=error.quota.resets_at)
        except PartialReadError as error:
            came, ended = error.stats, Loading("partial", failures=error.failures)
        except BaseException as error:  # nobody else would hear of it
            came = getattr(error, "stats", None)
            asked_for = isinstance(error, KeyboardInterrupt) and self._cancelled.is_set()
            ended = Loading("error", failures=getattr(error, "failures", {}), error=error)
            ended = Loading("cancelled") if asked_for else ended
        try:
            self._finish(ids, came, ended)
        except Exception as error:  # what came does not fit what was there, which is kept
            self._finish(ids, None, Loading("error", error=error))

    def _finish(self, ids: pd.DataFrame, came: pd.DataFrame | None, ended: Loading) -> None:
        there = [] if came is None else list(came.index)
        missing = tuple(str(each) for each in ids.index.difference(there, sort=False))
        if came is not None and len(came):
            self.data = merged(self.data, came, ids.index)
        self.now = replace(ended, done=len(there), total=len(ids), missing=missing)
        self._told()

    def _progress(self, **changes: Any) -> None:
        self.now = replace(self.now, **changes)
        self._told()


class _Listener:
    """What a read tells while it goes on; asked to look, it ends the read if that was wished."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._at = 0.0

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._at >= _OFTEN or done == total:
            self._at = time.monotonic()
            self._loader._progress(done=done, total=total)

    def look(self, waiting: str) -> None:
        if self._loader._cancelled.is_set():
            raise KeyboardInterrupt
        if waiting != self._waiting_told():
            self._loader._progress(note=waiting)

    def say(self, text: str) -> None:
        self._loader._progress(note=text)

    def _waiting_told(self) -> str:
        note = self._loader.now.note
        return note if note.startswith("waiting") else ""


def merged(old: pd.DataFrame | None, came: pd.DataFrame, ids: pd.Index[Any]) -> pd.DataFrame:
    """Put what was read in the place of older rows, in the order of the ids; what did not come keeps its old row."""
    if old is None:
        return came
    left = old[~old.index.isin(came.index)]
    both = pd.concat([came, left]) if len(left) else came
    order = [*ids[ids.isin(both.index)].unique(), *both.index.difference(ids, sort=False)]
    return both.loc[order]


def carried(data: pd.DataFrame) -> pd.DataFrame:
    """Give the ids of a frame with what a read carries along: all columns that it does not write itself."""
    return data[[name for name in data.columns if name not in RESERVED]]


def fresh(data: pd.DataFrame | None, max_age: pd.Timedelta) -> pd.DataFrame | None:
    """Give the rows that are no older than that."""
    if data is None or "fetched_at" not in data:
        return None
    rows = data[(pd.Timestamp.now("UTC") - data["fetched_at"]) <= max_age]
    return rows if len(rows) else None


def cost_text(calls: int, total: int, quota: Quota) -> str:
    """Say, before it is spent, what a read will cost of the day's calls."""
    if not calls:
        return "Every campaign is fresh enough: no call is needed."
    left = quota.remaining
    of_day = f" of the {left:,} left today" if left is not None else "; how many are left today is told by the first"
    return f"Reads {calls:,} of {words.campaigns(total)}: {calls:,} call{'' if calls == 1 else 's'}{of_day}."
