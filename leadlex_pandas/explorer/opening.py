"""`explore`: what it may be opened on. Widgets are imported only when one is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from .._checks import check_age, check_columns, check_frame
from ..errors import InputError
from ..metrics import Metric, find_metric

if TYPE_CHECKING:
    from uuid import UUID

    from ..client import Client
    from ..history import History
    from .widget import Explorer

__all__ = ["explore"]


def explore(
    df_or_ids: pd.DataFrame | str | UUID | Iterable[str | UUID] | Mapping[str, str] | None = None,
    *,
    history: History | str | Path | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    max_age: str | timedelta = "1h",
    **state: Any,
) -> Explorer:
    """Open the explorer: who is really above or below, and who needs more sends, by clicking.

    Parameters
    ----------
    df_or_ids : pandas.DataFrame, str, UUID, iterable of them or mapping, optional
        A frame of campaigns, as the verbs take it; or what `read_stats` takes as ids (also the frame of
        `read_campaigns`), which is then read in the background; by default the newest rows of `history`.
    history : History, str or pathlib.Path, optional
        Where to record what is read, and what the chart of change over time is drawn from.
    api_key, base_url : str, optional
        As in `read_stats`, for reading and reloading.
    max_age : str or timedelta, default "1h"
        How old a row may be that a reload keeps; can be changed in the explorer.
    **state
        Settings to begin with, as `Explorer.state()` gives them: `metric` ("reply_rate"), `against` ("rest", "pooled",
        "median", a rate, a `Benchmark` or the name of one), `level` (0.95), `min_sends` (emails, 0), `search` (text in
        label or id), `by` (a column), `sort` ("verdict", "name", "trials", "events", "rate", "difference",
        "sends_needed", "given"), `ascending`, `page`, `chart` ("funnel", "forest", "ranks", "trend"), `selected_ids`
        and `theme` ("auto", "light", "dark").

    Returns
    -------
    Explorer
        A widget. Its settings are traits, to be assigned and observed; `.view` is the table as shown, `.selected` the
        rows of the selected campaigns, `.code` the Python that gives the view, `.state()` what opens the same again,
        `.last_error` what went wrong last, `.close()` frees it. What `min_sends` and `search` hide is judged with the
        others all the same.

    Raises
    ------
    InputError
        If an argument or a setting is not allowed.
    ColumnsError
        If the frame lacks the counts of the metric.
    HistoryError
        If the history cannot be opened.

    Examples
    --------
    >>> import pandas as pd
    >>> import leadlex_pandas
    >>> df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 41]}, index=["a", "b"])
    >>> explorer = leadlex_pandas.explore(df, against=0.04, selected_ids=["a"])
    >>> explorer
    <Explorer: 2 campaigns: 1 above, 1 typical. 1 selected.>
    >>> explorer.selected.index.tolist()
    ['a']
    >>> explorer.close()
    """
    from ..client import Client

    client = None if api_key is None else Client(api_key, base_url=base_url)
    del api_key
    from .derive import judge  # the rest of the notebook need not wait for it
    from .state import ExplorerState
    from .widget import Explorer

    check_age(max_age, "max_age", "explore")
    asked = ExplorerState(**state).state()
    opened = _opened(history)
    data, ids = _wanted(df_or_ids, opened, find_metric(asked["metric"], "explore"))
    judged = None if data is None else judge(data, asked)  # what cannot be judged is said here and now
    reader = _Reader(client, base_url, opened)
    read = reader if _can_read(data, ids) else None
    return Explorer(data, ids=ids, read=read, client=reader, history=opened, max_age=max_age, judged=judged, **asked)


class _Reader:
    """Reads as a `Client` does, with one that is made when it is first needed."""

    def __init__(self, client: Client | None, base_url: str | None, history: History | None) -> None:
        self._client, self._base_url, self._history = client, base_url, history

    @property
    def quota(self) -> Any:
        """What the service told of its quota."""
        from ..errors import Quota

        return Quota() if self._client is None else self._client.quota

    @property
    def has_key(self) -> bool:
        """Whether a key was given, or will be found."""
        return self._client is not None or bool(os.environ.get("LEADLEX_API_KEY"))

    def __call__(
        self, ids: pd.DataFrame, *, resume: pd.DataFrame | None, max_age: Any, progress: Callable[[int, int], object]
    ) -> pd.DataFrame:
        """Read what is not in `resume`, and not fresh in the history."""
        from ..client import Client

        if self._client is None:
            self._client = Client(base_url=self._base_url)
        age = None if self._history is None or max_age == pd.Timedelta(0) else max_age
        return self._client.read_stats(ids, history=self._history, max_age=age, resume=resume, progress=progress)


def _opened(history: Any) -> History | None:
    if history is None:
        return None
    from ..history import History

    if isinstance(history, History):
        return history
    if not isinstance(history, (str, Path)):
        kind = type(history).__name__
        raise InputError(f"explore: history must be a History, a path or a database URL, not {kind}.")
    return History(history)


def _wanted(given: Any, history: History | None, metric: Metric) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Tell a frame of campaigns from ids that are to be read."""
    if given is None:
        return (history.latest(), None) if history is not None else (None, None)
    if isinstance(given, pd.DataFrame):
        columns = set(check_frame(given, "explore").columns)
        if "sent_count" in columns or {metric.events, metric.trials} <= columns:
            return given, None
    if isinstance(given, pd.DataFrame) and "campaign_id" not in given and is_numeric_dtype(given.index):
        check_columns(given, ["sent_count"], "explore")  # a frame of campaigns rather than of ids
    from ..reader.ids import wanted

    _, carried = wanted(given, "explore")
    return None, carried


def _can_read(data: pd.DataFrame | None, ids: pd.DataFrame | None) -> bool:
    """Tell whether a reload makes sense: of ids, or of a frame that was read."""
    if ids is not None:
        return True
    return data is not None and "fetched_at" in data and not isinstance(data.index, pd.MultiIndex)
