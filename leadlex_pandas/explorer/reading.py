"""The row of the explorer that reads anew: what it would cost, how old is too old, progress, cancel and retry."""

from __future__ import annotations

import threading
from typing import Any

import ipywidgets as widgets
import pandas as pd

from .._checks import check_age
from ..errors import Quota, local_and_utc
from .controls import Guard
from .loader import Loader, Loading, carried, cost_text, fresh
from .state import WHERE
from .texts import error_text, failures_text, html

_LISTED = 8  # campaigns named in an alert
_AGES = {"any age": "0s", "15 minutes": "15min", "1 hour": "1h", "6 hours": "6h", "1 day": "1D"}


class Reading:
    """Buttons and progress of reading, around a `Loader`.

    Parameters
    ----------
    loader : Loader
        What reads.
    ids : pandas.DataFrame or None
        The campaigns to read, with what is carried along; None: those of the data.
    client : Client or None
        Whose quota is told; None where there is none yet.
    max_age : str or timedelta
        How old a row may be that is not read again.
    guard : callable
        Runs what a button does, and shows what goes wrong.
    """

    def __init__(self, loader: Loader, ids: pd.DataFrame | None, client: Any, max_age: Any, guard: Guard) -> None:
        self._loader, self._ids, self.client, self._guard = loader, ids, client, guard
        self._timer: threading.Timer | None = None
        self._timing, self._closed = threading.Lock(), False
        ages = {name: pd.Timedelta(age) for name, age in _AGES.items()}
        age = check_age(max_age, "max_age", WHERE)
        if age not in ages.values():
            ages[str(max_age)] = age
        self.age = widgets.Dropdown(options=list(ages.items()), value=age, description="Read again what is older than")
        self.reload = widgets.Button(description="Reload")
        self.cancel = widgets.Button(description="Cancel")
        self.retry = widgets.Button(description="Retry the missing")
        self.told = widgets.HTML()
        self.row = widgets.HBox([self.age, self.reload, self.cancel, self.retry, self.told])
        self.row.add_class("lx-row")
        self.reload.on_click(lambda _: guard(self.start))
        self.cancel.on_click(lambda _: guard(loader.cancel))
        self.retry.on_click(lambda _: guard(self.again))
        self.age.observe(lambda _: guard(self.show), "value")

    @property
    def ids(self) -> pd.DataFrame | None:
        """The campaigns to read."""
        return carried(self._loader.data) if self._ids is None and self._loader.data is not None else self._ids

    def start(self) -> None:
        """Read what is older than chosen."""
        if self.ids is not None and len(self.ids):
            self._loader.start(self.ids, fresh(self._loader.data, self.age.value), self.age.value)
            self.show()

    def again(self) -> None:
        """Read only what is missing after the last read."""
        data, missing = self._loader.data, self._loader.now.missing
        if self.ids is None or not missing or not self._may_retry(self._loader.now):
            return
        kept = None if data is None else data[~data.index.isin(list(missing))]
        self._loader.start(self.ids, kept, self.age.value)
        self.show()

    def show(self) -> None:
        """Bring buttons, progress and cost up to date."""
        now = self._loader.now
        self.reload.disabled = self._loader.busy or not self._can_read()
        self.cancel.disabled = not self._loader.busy
        self.retry.disabled = not self._may_retry(now)
        self.retry.layout.display = "" if now.missing and not self._loader.busy else "none"
        self.told.value = (
            _progress_html(now) if self._loader.busy else f'<div class="lx-note">{html(self._cost())}</div>'
        )
        self._wake(now)

    def alert(self, names: dict[str, str]) -> str:
        """Say what went wrong in the last read, and what is still shown; nothing if all came."""
        now = self._loader.now
        if now.status in ("ready", "loading"):
            return ""
        names = {**self._labels(), **names}
        kept = 0 if self._loader.data is None else len(self._loader.data)
        old = " Their rows of an earlier read are kept." if self._are_there(now.missing) else ""
        if now.status == "cancelled":
            failed = f" {failures_text(dict(now.failures), names)}" if now.failures else ""
            others = old.replace("Their rows", "Rows of the others")
            return f"Cancelled: {now.done:,} of {now.total:,} were read, which are kept.{failed}{others}"
        if now.error is not None:
            text = error_text(now.error, kept=0 if old else kept, missing=len(now.missing))
            shown = [names.get(each, each) for each in now.missing[:_LISTED]]
            more = f" and {len(now.missing) - _LISTED:,} more" if len(now.missing) > _LISTED else ""
            listed = f" Missing: {', '.join(shown)}{more}." if shown and now.done else ""
            kept_too = old if listed or not old else " What was read before is kept."
            return f"{text}{'' if text.endswith('.') else '.'}{listed}{kept_too}"
        if now.status == "partial":
            return f"{failures_text(dict(now.failures), names)}{old}"
        return ""

    def close(self) -> None:
        """End what is under way."""
        with self._timing:
            self._closed = True
        self._loader.cancel()
        self._wake(Loading())

    def _labels(self) -> dict[str, str]:
        """Give the labels of what is to be read, which may never come."""
        if self.ids is None or "label" not in self.ids:
            return {}
        return {str(key): str(label) for key, label in self.ids["label"].dropna().items()}

    def _are_there(self, ids: tuple[str, ...]) -> bool:
        data = self._loader.data
        return data is not None and bool(data.index.isin(list(ids)).any())

    def _can_read(self) -> bool:
        return self.ids is not None and bool(len(self.ids)) and getattr(self.client, "has_key", True)

    def _cost(self) -> str:
        ids, data = self.ids, self._loader.data
        if ids is None or not len(ids):
            return "There is nothing to read."
        if not self._can_read():
            return "To read again it needs a key: explore(..., api_key=...), or LEADLEX_API_KEY."
        kept = fresh(data, self.age.value)
        calls = len(ids) - (0 if kept is None else int(ids.index.isin(kept.index).sum()))
        quota = Quota() if self.client is None else self.client.quota
        back = self._loader.now.retry_at
        when = f" Calls come back at {local_and_utc(back)}." if back is not None and not self._is_back(back) else ""
        return f"{cost_text(calls, len(ids), quota)}{when}"

    def _may_retry(self, now: Loading) -> bool:
        waits = now.retry_at is not None and not self._is_back(now.retry_at)
        return bool(now.missing) and not self._loader.busy and not waits

    @staticmethod
    def _is_back(at: pd.Timestamp) -> bool:
        return pd.Timestamp.now("UTC") >= at

    def _wake(self, now: Loading) -> None:
        """Look again when calls are back, so that the button can be pressed then."""
        with self._timing:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            if now.retry_at is None or self._is_back(now.retry_at) or self._closed:
                return
            seconds = (now.retry_at - pd.Timestamp.now("UTC")).total_seconds() + 1
            self._timer = threading.Timer(min(seconds, 86_400), lambda: self._guard(self.show))
            self._timer.daemon = True
            self._timer.start()


def _progress_html(now: Loading) -> str:
    told = f" {html(now.note)}." if now.note else ""
    return (
        f'<div class="lx-note"><progress aria-label="Campaigns read" max="{max(now.total, 1)}" value="{now.done}">'
        "</progress> "
        f"{now.done:,} of {now.total:,}.{told}</div>"
    )
