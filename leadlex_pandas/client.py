"""`Client`: one key, its connections and its quota, for many reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from ._checks import check_id
from .errors import InputError, LeadlexError, Quota
from .metrics import API_RATES, COUNTS
from .reader.connection import checked_connection, given_key
from .reader.directory import DirectoryTask
from .reader.progress import Option, Progress
from .reader.recorded import check_max_age, opened
from .reader.stats import StatsTask

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path
    from types import TracebackType
    from uuid import UUID

    import pandas as pd
    from requests import Session

    from .history import History

__all__ = ["Client"]


class Client:
    """One API key, its connections kept open between reads, and its quota.

    All reads of one key in one process share its allowance, with or without a client; what a client adds is that
    connections and settings are kept, and that the quota can be looked at. It may be used by several threads. It is not
    pickled, and shows its key to nobody.

    Parameters
    ----------
    api_key : str, optional
        Key with the permission `campaigns:read`; by default the environment variable LEADLEX_API_KEY.
    base_url : str, optional
        Where the service is; by default LEADLEX_BASE_URL, then LeadLex itself. https, or http on this machine.
    concurrency : int, default 8
        How many calls may be under way at once, at most 256.
    timeout : float, default 30.0
        Seconds for one attempt, from connecting to the last byte.
    max_attempts : int, default 4
        Calls for one answer that may fail for a passing reason, the first one included; each counts against the day.
    session : requests.Session, optional
        What to send with, such as one with a proxy or a certificate of your own. Its adapters, `proxies`, `verify` and
        `cert` hold, and win over the environment; its headers, authentication, cookies and `send` are not used, no
        redirect is followed, and it is not closed. Nobody but its adapter holds its sockets: a call that hangs there is
        left to itself.

    Raises
    ------
    MissingKeyError
        If there is no key.
    InputError
        If an argument is not allowed.

    Examples
    --------
    >>> from leadlex_pandas import Client, sandbox
    >>> with sandbox.start(plan="starter") as server, Client(server.api_key, base_url=server.url) as client:
    ...     stats = client.read_stats("cmp_abc123")
    ...     client.quota.limit, client.quota.remaining, client.quota.per_minute
    (100, 99, 10)
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        concurrency: int = 8,
        timeout: float = 30.0,
        max_attempts: int = 4,
        session: Session | None = None,
    ) -> None:
        self._closed = True  # until it is open
        key = given_key(api_key)
        del api_key
        self._connection = checked_connection(
            key,
            base_url,
            "Client",
            concurrency=concurrency,
            timeout=timeout,
            max_attempts=max_attempts,
            session=_checked_session(session),
        )
        self._closed = False

    @property
    def quota(self) -> Quota:
        """The calls of this key, as last told by the service; None where it did not say, or was not asked yet."""
        return self._connection.gate.quota

    def read_stats(
        self,
        ids: str | UUID | Iterable[str | UUID] | Mapping[str, str] | pd.DataFrame,
        *,
        history: History | str | Path | None = None,
        max_age: str | timedelta | None = None,
        deadline: float | None = None,
        errors: str = "raise",
        resume: pd.DataFrame | BaseException | None = None,
        progress: Option = None,
        keep_api_rates: bool = False,
    ) -> pd.DataFrame:
        """Read the totals of many campaigns, as `leadlex_pandas.read_stats` does."""
        where = "read_stats"
        self._check_open(where)
        task = StatsTask(
            ids,
            where,
            deadline=deadline,
            errors=errors,
            resume=resume,
            progress=progress,
            keep_api_rates=keep_api_rates,
            max_age=check_max_age(max_age, history, where),
        )
        with opened(history, where) as recorded:
            task.recall(recorded)
            return task.run(self._connection)

    def read_campaigns(
        self,
        *,
        status: str | None = None,
        details: bool | str | Iterable[str] = False,
        history: History | str | Path | None = None,
        deadline: float | None = None,
        errors: str = "raise",
        progress: Option = None,
    ) -> pd.DataFrame:
        """List the campaigns of the workspace, as `leadlex_pandas.read_campaigns` does."""
        where = "read_campaigns"
        self._check_open(where)
        task = DirectoryTask(where, status=status, details=details, deadline=deadline, errors=errors, progress=progress)
        with opened(history, where) as recorded:
            return task.run(self._connection, recorded)

    def get_stats(self, campaign_id: str | UUID) -> dict[str, Any]:
        """Read one campaign: its six counts, and the service's own rates as they came (None where it gave none)."""
        from .steering import drive
        from .transport import Request

        self._check_open("get_stats")
        request = Request("stats", check_id(campaign_id, 0, "get_stats"))
        steering = self._connection.steering([request])
        drive([steering], Progress(False, ["1 campaign"]))
        if request not in steering.answers:
            raise steering.failures.get(request) or self._exhausted()
        answer = steering.answers[request]
        rates = {name: None if rate != rate else rate for name, rate in zip(API_RATES, answer.api_rates, strict=True)}
        return {**dict(zip(COUNTS, answer.counts, strict=True)), **rates}

    def close(self) -> None:
        """Close the connections; closing twice does no harm."""
        if not self._closed:
            self._closed = True
            self._connection.close()

    def __enter__(self) -> Client:
        """Give the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it, whatever happened."""
        self.close()

    def __repr__(self) -> str:
        """Say where it reads and what is left of the day, without the key."""
        if self._closed:
            return "<Client closed>"
        left = self.quota.remaining
        return f"<Client {self._connection.base_url}{'' if left is None else f', {left:,} calls left today'}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client holds a key and connections and is not pickled: make one where it is needed.")

    def _check_open(self, where: str) -> None:
        if self._closed:
            raise InputError(f"{where}: this client is closed. Make a new one, or read inside its `with` block.")

    def _exhausted(self) -> LeadlexError:
        from .errors import QuotaExhaustedError

        empty = StatsTask([], "get_stats").nothing()
        return QuotaExhaustedError(empty, {}, "get_stats", "0 of 1 campaigns", self.quota)


def _checked_session(session: object) -> Session | None:
    if session is None:
        return None
    from requests import Session

    if not isinstance(session, Session):
        raise InputError(f"Client: session must be a requests.Session, not {type(session).__name__}.")
    return session
