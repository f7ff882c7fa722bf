"""`read_accounts`: campaigns of several workspaces, each with a key of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pandas as pd

from .._checks import Key
from ..errors import DeadlineExceededError, InputError, LeadlexError, PartialReadError, ReadInterrupted
from .connection import checked_connection
from .progress import Option, Progress
from .recorded import Both, Recorder, check_max_age, opened
from .stats import StatsTask

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from ..history import History
    from ..steering import Steering

__all__ = ["read_accounts"]

_LEVELS = ["account", "campaign_id"]


def read_accounts(
    accounts: Mapping[str, tuple[str, Any]],
    *,
    base_url: str | None = None,
    history: History | str | Path | None = None,
    max_age: str | timedelta | None = None,
    concurrency: int = 8,
    timeout: float = 30.0,
    deadline: float | None = None,
    errors: str = "raise",
    progress: Option = None,
    keep_api_rates: bool = False,
) -> pd.DataFrame:
    """Read the totals of campaigns of several accounts side by side, each under the limits of its own key.

    Parameters
    ----------
    accounts : mapping of str to (str, ids)
        From the name of an account to its API key and its campaigns; these as in `read_stats`.
    base_url : str, optional
        Where the service is; by default LEADLEX_BASE_URL, then LeadLex itself.
    history, max_age
        As in `read_stats`; one history for all accounts.
    concurrency : int, default 8
        How many calls of one account may be under way at once.
    timeout : float, default 30.0
        Seconds for one attempt, from connecting to the last byte.
    deadline : float, optional
        Seconds for all accounts together.
    errors : {"raise", "coerce"}, default "raise"
        What to do when campaigns or whole accounts fail: raise one error that carries the others, or keep their rows,
        with missing values and the reason in a column `read_error`.
    progress, keep_api_rates
        As in `read_stats`.

    Returns
    -------
    pandas.DataFrame
        Index (`account`, `campaign_id`), in the order given; columns as those of `read_stats`.

    Raises
    ------
    InputError
        If an argument is not allowed; no call has been made then.
    MissingKeyError
        If an account has no key.
    PartialReadError
        If something failed and `errors` is "raise": all rows that came are in `.stats`; `.failures` has the error of
        each account that was not read in full, with its own `.stats` and `.failures`.
    DeadlineExceededError
        If `deadline` is over before everything was read.
    ReadInterrupted
        On Ctrl-C; what was read is in its `.stats`.

    Warns
    -----
    RateMismatchWarning, InconsistentCountsWarning, ProgressWarning
        As `read_stats`.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     ids = server.campaigns.index[:2]
    ...     accounts = {"Client A": (server.api_key, ids), "Client B": ("wbk_expired", ids)}
    ...     try:
    ...         leadlex_pandas.read_accounts(accounts, base_url=server.url)
    ...     except leadlex_pandas.PartialReadError as error:
    ...         print(len(error.stats), list(error.failures))
    2 ['Client B']
    """
    where = "read_accounts"
    given, wrong = _checked(accounts)
    del accounts  # the frames of a traceback may be shown with all that is in them
    if wrong:
        raise InputError(f"{where}: {wrong}")
    options: dict[str, Any] = {
        "deadline": deadline,
        "errors": errors,
        "progress": progress,
        "keep_api_rates": keep_api_rates,
        "max_age": check_max_age(max_age, history, where),
    }
    tasks = {name: StatsTask(ids, f"{where}: account {name!r}", **options) for name, (_, ids) in given.items()}
    with ExitStack() as stack:
        recorded = stack.enter_context(opened(history, where))
        steerings: dict[str, Steering] = {}
        for name, task in tasks.items():
            task.recall(recorded)
            connection = checked_connection(
                given[name][0], base_url, task.where, concurrency=concurrency, timeout=timeout, most=task.calls
            )
            steerings[name] = task.steering(stack.enter_context(connection))
        return _run(tasks, steerings, Recorder(recorded, list(tasks.values()), list(steerings.values())), where)


def _checked(accounts: object) -> tuple[dict[str, tuple[Key, object]], str | None]:
    """Hide the keys, and say what is wrong; raised it is where no variable holds a key any more."""
    if not isinstance(accounts, Mapping):
        return {}, f"accounts must be a mapping from a name to (api_key, ids), not {type(accounts).__name__}."
    checked: dict[str, tuple[Key, object]] = {}
    for name, value in accounts.items():
        if not isinstance(name, str) or not name:
            return {}, f"the name of an account must be a non-empty text, not {name!r}."
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            # without showing it: it may be the key alone
            return {}, f"account {name!r} must be (api_key, ids), not {type(value).__name__}."
        checked[name] = (Key(value[0]), value[1])
    return checked, None


def _run(
    tasks: Mapping[str, StatsTask], steerings: Mapping[str, Steering], recorder: Recorder, where: str
) -> pd.DataFrame:
    """Steer the reads of all accounts together, and put together what came."""
    from ..steering import drive

    reads = list(steerings.values())
    first = next(iter(tasks.values()), None)
    until = None if first is None or first.deadline is None else time.monotonic() + first.deadline
    subjects = [f"{name}, {task.calls:,} campaigns" for name, task in tasks.items()]
    try:
        with Progress(first.progress if first else False, subjects) as watch:
            in_time = drive(reads, Both(watch, recorder), until)
        recorder.record()
        return _result(tasks, steerings, where, in_time=in_time)
    except KeyboardInterrupt:
        stats, failures = _partial(tasks, steerings)
        interrupted = ReadInterrupted(stats, failures, where, _so_far(stats, tasks))
        recorder.record_on_the_way_out(interrupted)
        raise interrupted from None
    except Exception as error:  # whatever it is, it carries what has come, of all accounts
        if not isinstance(error, PartialReadError):
            error.stats, error.failures = _partial(tasks, steerings)  # type: ignore[attr-defined]
        recorder.record_on_the_way_out(error)
        raise


def _result(
    tasks: Mapping[str, StatsTask], steerings: Mapping[str, Steering], where: str, *, in_time: bool
) -> pd.DataFrame:
    """Put the frames of all accounts together, or raise what ended the read."""
    first = next(iter(tasks.values()), None)
    if not in_time and first is not None and first.deadline is not None:
        stats, failures = _partial(tasks, steerings)
        if len(stats) < sum(len(task.ids) for task in tasks.values()):
            raise DeadlineExceededError(stats, failures, where, _so_far(stats, tasks), first.deadline)
    frames, ended = {}, {}
    for name, task in tasks.items():
        read = steerings[name]
        try:
            frames[name] = task.result(read)
        except LeadlexError as error:
            ended[name] = error
            frames[name] = task.coerced(read, str(error)) if task.coerce else task.partial(read)[0]
    stats = _together(frames)
    if ended and not (first is not None and first.coerce):
        raise PartialReadError(stats, ended, where)
    return stats


def _partial(
    tasks: Mapping[str, StatsTask], steerings: Mapping[str, Steering]
) -> tuple[pd.DataFrame, dict[str, LeadlexError]]:
    """Give the rows that came, and of each account with failures one error that carries them."""
    found = {name: task.partial(steerings[name]) for name, task in tasks.items()}
    failures: dict[str, LeadlexError] = {
        name: PartialReadError(stats, failed) for name, (stats, failed) in found.items() if failed
    }
    return _together({name: stats for name, (stats, _) in found.items()}), failures


def _so_far(stats: pd.DataFrame, tasks: Mapping[str, StatsTask]) -> str:
    return f"{len(stats):,} of {sum(len(task.ids) for task in tasks.values()):,} campaigns"


def _together(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        empty = StatsTask([], "read_accounts").nothing()
        return empty.set_index(pd.MultiIndex.from_arrays([[], []], names=_LEVELS))
    return pd.concat(frames, names=_LEVELS)
