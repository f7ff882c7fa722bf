"""`read_campaigns`: the campaigns of a workspace, and what the totals do not tell about them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from .._checks import check_above, check_option, listed
from ..answers import MOST_PER_PAGE
from ..errors import (
    DeadlineExceededError,
    HistoryError,
    InputError,
    LeadlexError,
    PartialReadError,
    QuotaExhaustedError,
    ReadInterrupted,
    UnexpectedResponseError,
)
from .connection import Connection, checked_connection, given_key
from .progress import Option, Progress, check_progress
from .recorded import DETAILS, known_details, on_the_way_out, opened, record_directory

if TYPE_CHECKING:
    from pathlib import Path

    from ..answers import Listed, Page
    from ..history import History
    from ..steering import Steering
    from ..transport import Request

__all__ = ["read_campaigns"]

STATUSES = ("draft", "active", "paused", "completed")

_MOST_PAGES = 1_000
_ASSUMED = 50  # campaigns on a full page at least: what the service gives unless it is asked for more
_ONE = "page=1&per_page=1"  # contacts are people: no more of them than it takes to be told their number


def read_campaigns(
    *,
    status: str | None = None,
    details: bool | str | Iterable[str] = False,
    history: History | str | Path | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    concurrency: int = 8,
    timeout: float = 30.0,
    deadline: float | None = None,
    errors: str = "raise",
    progress: Option = None,
) -> pd.DataFrame:
    """List the campaigns of a workspace, so that ``read_stats(read_campaigns())`` reads them all.

    The list costs one call for each 100 campaigns; each kind of detail costs a call or two per campaign more, and what
    that will be is said first. Of contacts only their number is kept; the one that the service sends along with it is
    dropped at once.

    Parameters
    ----------
    status : {"draft", "active", "paused", "completed"}, optional
        Only campaigns of this status; by default all.
    details : bool, str or iterable of str, default False
        What else to ask for: any of "tracking", "steps" and "contacts"; True is all three.
    history : History, str or pathlib.Path, optional
        Where what is read is kept: a `History`, a path or a URL. Details that are known there and cannot change any
        more are not asked for again: tracking and steps of campaigns that are no drafts, contacts of completed ones.
    api_key : str, optional
        Key with the permission `campaigns:read`; by default the environment variable LEADLEX_API_KEY.
    base_url : str, optional
        Where the service is; by default LEADLEX_BASE_URL, then LeadLex itself. https, or http on this machine.
    concurrency : int, default 8
        How many calls may be under way at once.
    timeout : float, default 30.0
        Seconds for one attempt, from connecting to the last byte.
    deadline : float, optional
        Seconds for the whole read.
    errors : {"raise", "coerce"}, default "raise"
        What to do when details of single campaigns fail: raise one error that carries the rest, or leave them missing,
        with the reason in a column `details_error`.
    progress : bool or callable, optional
        As in `read_stats`; counted are the calls for details.

    Returns
    -------
    pandas.DataFrame
        Index `campaign_id`, in the order of the service; `label`, `status` (text), `created_at` (UTC), missing where
        the service says nothing. With "tracking": `track_opens`, `track_clicks` (boolean). With "steps": `steps`
        (Int64, emails of the sequence). With "contacts": `contacts`, and `contacts_reached` without those not yet
        mailed (Int64, people); all contacts of a completed campaign count as reached.

    Raises
    ------
    MissingKeyError
        If there is no key.
    InputError
        If an argument is not allowed; no call has been made then.
    InvalidKeyError, MissingPermissionError
        If the service refuses the key.
    PartialReadError
        If details of some campaigns failed and `errors` is "raise"; all campaigns are in its `.stats`.
    QuotaExhaustedError, DeadlineExceededError
        If the day's calls, or the time, did not suffice; what came is in `.stats`.
    UnexpectedResponseError, ConnectionFailedError, ServerError, RateLimitError
        If the list itself could not be read to its end; the campaigns listed until then are in `.stats`.
    ReadInterrupted
        On Ctrl-C; what came is in its `.stats`.
    HistoryError
        If `history` cannot be opened (no call has been made then), or does not take what was read; that is in its
        `.stats`.

    Warns
    -----
    ProgressWarning
        If the function given as `progress` raised an error.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     options = {"api_key": server.api_key, "base_url": server.url}
    ...     campaigns = leadlex_pandas.read_campaigns(status="paused", details=["steps"], progress=False, **options)
    ...     stats = leadlex_pandas.read_stats(campaigns, **options)
    >>> stats[["label", "status", "steps", "sent_count"]].reset_index(drop=True)
                                   label  status  steps  sent_count
    0  Breach drill for existing clients  paused      2         252
    """
    where, key = "read_campaigns", given_key(api_key)
    del api_key
    task = DirectoryTask(where, status=status, details=details, deadline=deadline, errors=errors, progress=progress)
    with (
        opened(history, where) as recorded,
        checked_connection(key, base_url, where, concurrency=concurrency, timeout=timeout) as connection,
    ):
        return task.run(connection, recorded)


class DirectoryTask:
    """One call of `read_campaigns`, checked.

    Parameters
    ----------
    where : str
        The public function, for messages.
    status, details, deadline, errors, progress
        As in `read_campaigns`.
    """

    def __init__(
        self,
        where: str,
        *,
        status: object = None,
        details: object = False,
        deadline: object = None,
        errors: object = "raise",
        progress: object = None,
    ) -> None:
        self._where = where
        self._status = None if status is None else check_option(status, "status", where, STATUSES)
        self._details = _checked_details(details, where)
        self._deadline = None if deadline is None else check_above(deadline, "deadline", where, 0)
        self._coerce = check_option(errors, "errors", where, ("raise", "coerce")) == "coerce"
        self._progress = check_progress(progress, where)
        self._rows: dict[str, Listed] = {}
        self._answers: dict[Request, Any] = {}
        self._failures: dict[str, LeadlexError] = {}
        self._until: float | None = None
        self._known: dict[str, dict[str, dict[str, Any]]] = {}  # campaign -> kind of detail -> column -> value

    def run(self, connection: Connection, history: History | None = None) -> pd.DataFrame:
        """Read, and give the frame or raise what ended the read, with everything that was read."""
        self._until = None if self._deadline is None else time.monotonic() + self._deadline
        try:
            self._list(connection)
            if self._details and self._rows:
                self._known = known_details(history, list(self._rows))
                self._ask_for_details(connection)
            record_directory(history, self._frame(), whole=self._status is None)
            return self._result()
        except KeyboardInterrupt:
            interrupted = ReadInterrupted(self._frame(), self._failures, self._where, self._so_far())
            self._record_on_the_way_out(history, interrupted)
            raise interrupted from None
        except Exception as error:
            if getattr(error, "stats", None) is None or isinstance(error, HistoryError):  # that lacks what is not kept
                error.stats, error.failures = self._frame(), self._failures  # type: ignore[attr-defined]
            self._record_on_the_way_out(history, error)
            raise

    def _record_on_the_way_out(self, history: History | None, error: BaseException) -> None:
        on_the_way_out(error, lambda: record_directory(history, self._frame(), whole=False))

    def _result(self) -> pd.DataFrame:
        """Give the frame, or raise what kept details from it."""
        frame = self._frame()
        if self._coerce:
            reasons = [str(self._failures[i]) if i in self._failures else None for i in frame.index]
            return frame.assign(details_error=pd.Series(reasons, index=frame.index, dtype=str))
        if self._failures:
            raise PartialReadError(frame, self._failures, self._where)
        return frame

    def _list(self, connection: Connection) -> None:
        """Read page after page until there is nothing new to come."""
        asked = f"&status={self._status}" if self._status else ""
        seen: set[str] = set()
        largest = _ASSUMED  # a page that is shorter than this is the last one, where nothing else tells
        for number in range(1, _MOST_PAGES + 1):
            page: Page = self._page(connection, f"page={number}&per_page={MOST_PER_PAGE}{asked}")
            new = {row.campaign_id: row for row in page.rows if row.campaign_id not in seen}
            seen |= set(new)
            self._rows |= {i: row for i, row in new.items() if self._is_wanted(row)}
            largest = max(largest, len(page.rows))
            if _is_last(page, len(seen), largest):
                return
            if not new:
                raise UnexpectedResponseError(None, f"page {number} has no campaign that was not there before", None)
            if number == 1:
                self._check_pages(page, connection)
        raise UnexpectedResponseError(None, f"it has more than {_MOST_PAGES:,} pages", None)

    def _is_wanted(self, row: Listed) -> bool:
        """Leave out what is known to be of another status: a service may not know how to filter."""
        return self._status is None or row.status is None or row.status.lower() == self._status

    def _check_pages(self, first: Page, connection: Connection) -> None:
        """Do not begin what the day's calls cannot end."""
        left = connection.gate.quota.remaining
        pages = 0 if first.total is None else -(-first.total // len(first.rows))
        if pages > _MOST_PAGES or (left is not None and pages - 1 > left):
            calls = "" if left is None else f", and {left:,} calls are left today"
            raise UnexpectedResponseError(None, f"it has {pages:,} pages{calls}", None)

    def _page(self, connection: Connection, query: str) -> Page:
        from ..transport import Request

        request = Request("list", None, query)
        steering = self._steer(connection, [request], Progress(False, ["1 page of the list"]))
        if request in steering.failures:
            raise steering.failures[request]
        page: Page = steering.answers[request]
        return page

    def _ask_for_details(self, connection: Connection) -> None:
        from ..transport import Request

        first = self._first_requests()
        if not first:
            return
        both = [i for i in self._rows if {"tracking", "steps"} <= self._missing(i)]
        may_follow = len(both)
        asked = len({request.campaign_id for request in first})
        subject = f"details of {asked:,} campaign{'' if asked == 1 else 's'}"
        self._steer(connection, first, Progress(self._progress, [subject], more_calls=may_follow, always=True))
        if not may_follow:
            return
        without = [
            request.campaign_id
            for request, value in self._answers.items()
            if request.endpoint == "settings" and value.steps is None and request.campaign_id in both
        ]
        if without:
            steps = [Request("steps", campaign_id) for campaign_id in without]
            self._steer(connection, steps, Progress(self._progress, [f"steps of {len(steps):,} campaigns"]))

    def _first_requests(self) -> list[Request]:
        """Say what to ask for of each campaign; its own answer may hold its steps too."""
        from ..transport import Request

        requests = []
        for campaign_id, row in self._rows.items():
            missing = self._missing(campaign_id)
            if "tracking" in missing:
                requests.append(Request("settings", campaign_id))
            elif "steps" in missing:
                requests.append(Request("steps", campaign_id))
            if "contacts" in missing:
                requests.append(Request("contacts", campaign_id, _ONE))
                if row.status != "completed":
                    requests.append(Request("contacts", campaign_id, f"{_ONE}&status=pending"))
        return requests

    def _missing(self, campaign_id: str) -> set[str]:
        """Give the kinds of details that are to be asked for."""
        return self._details - self._known.get(campaign_id, {}).keys()

    def _steer(self, connection: Connection, requests: Sequence[Request], progress: Progress) -> Steering:
        """Ask for all these, keep what came, and raise what ended the read."""
        from ..steering import drive

        steering = connection.steering(requests)
        try:
            with progress as watch:
                in_time = drive([steering], watch, self._until)
        finally:
            self._answers |= {r: value for r, value in steering.answers.items() if r.endpoint != "list"}
            for request, error in steering.failures.items():
                if request.campaign_id is not None:
                    self._failures.setdefault(request.campaign_id, error)
        missing = steering.total - len(steering.answers) - len(steering.failures)
        if steering.stopped_by is not None:
            raise steering.stopped_by
        if not in_time and missing and self._deadline is not None:
            raise DeadlineExceededError(self._frame(), self._failures, self._where, self._so_far(), self._deadline)
        if steering.exhausted and missing:
            raise QuotaExhaustedError(self._frame(), self._failures, self._where, self._so_far(), connection.gate.quota)
        return steering

    def _so_far(self) -> str:
        complete = sum(self._is_complete(campaign_id) for campaign_id in self._rows)
        details = f", {complete:,} of them with their details" if self._details else ""
        return f"listing {len(self._rows):,} campaigns{details}"

    def _is_complete(self, campaign_id: str) -> bool:
        found = self._detail(campaign_id)
        return all(value is not None for value in found.values())

    def _detail(self, campaign_id: str) -> dict[str, Any]:
        """Put together what is known of one campaign."""
        from ..transport import Request

        settings = self._answers.get(Request("settings", campaign_id))
        found: dict[str, Any] = {}
        if "tracking" in self._details:
            found["track_opens"] = settings.track_opens if settings else None
            found["track_clicks"] = settings.track_clicks if settings else None
        if "steps" in self._details:
            steps = self._answers.get(Request("steps", campaign_id))
            found["steps"] = settings.steps if settings and steps is None else steps
        if "contacts" in self._details:
            contacts = self._answers.get(Request("contacts", campaign_id, _ONE))
            pending = self._answers.get(Request("contacts", campaign_id, f"{_ONE}&status=pending"))
            if self._rows[campaign_id].status == "completed":
                pending = 0
            found["contacts"] = contacts
            found["contacts_reached"] = None if contacts is None or pending is None else max(contacts - pending, 0)
        for known in self._known.get(campaign_id, {}).values():
            found |= {name: value for name, value in known.items() if found.get(name, 0) is None}
        return found

    def _frame(self) -> pd.DataFrame:
        rows = self._rows.values()
        index = pd.Index([row.campaign_id for row in rows], name="campaign_id", dtype=str)
        created = pd.Series([row.created_at for row in rows], index=index, dtype=object)
        columns: dict[str, Any] = {
            "label": pd.Series([row.label for row in rows], index=index, dtype=str),
            "status": pd.Series([row.status for row in rows], index=index, dtype=str),
            "created_at": pd.to_datetime(created, utc=True, errors="coerce", format="ISO8601").astype(
                "datetime64[us, UTC]"
            ),
        }
        details = [self._detail(campaign_id) for campaign_id in self._rows]
        for name in [name for kind in DETAILS if kind in self._details for name in DETAILS[kind]]:
            kind = "boolean" if name.startswith("track") else "Int64"
            columns[name] = pd.Series([found[name] for found in details], index=index, dtype=kind)
        return pd.DataFrame(columns, index=index)


def _is_last(page: Page, seen: int, largest: int) -> bool:
    """Tell whether nothing can follow: by the total, by a page that is not full, or by one that is empty."""
    if not page.rows or page.total is not None:
        return not page.rows or seen >= (page.total or 0)
    return len(page.rows) < (page.per_page or largest)


def _checked_details(details: object, where: str) -> set[str]:
    if isinstance(details, bool):
        return set(DETAILS) if details else set()
    names = [details] if isinstance(details, str) else details
    if not isinstance(names, Iterable) or not (chosen := list(names)) or not set(chosen) <= set(DETAILS):
        raise InputError(f"{where}: details must be True, False or any of {listed(DETAILS)}, not {details!r}.")
    return set(chosen)
