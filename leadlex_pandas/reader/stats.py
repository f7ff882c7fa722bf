"""`read_stats`: the totals of many campaigns."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pandas as pd

from .._checks import check_above, check_option, count_column
from ..errors import (
    ConnectionFailedError,
    DeadlineExceededError,
    HistoryError,
    InputError,
    LeadlexError,
    PartialReadError,
    QuotaExhaustedError,
    ReadInterrupted,
)
from ..metrics import API_RATES, COUNTS
from .connection import Connection, check_options, checked_connection, given_key
from .frames import stats_frame
from .ids import wanted
from .progress import Option, Progress, check_progress
from .recorded import Both, Recorder, check_carried, check_max_age, opened

if TYPE_CHECKING:
    from ..answers import Answer
    from ..history import History
    from ..steering import Steering
    from ..transport import Request

__all__ = ["read_stats"]

_MINUTE = pd.Timedelta(minutes=1)
_AHEAD = pd.Timedelta(days=1)  # so much may two clocks differ


def read_stats(
    ids: str | UUID | Iterable[str | UUID] | Mapping[str, str] | pd.DataFrame,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    history: History | str | Path | None = None,
    max_age: str | timedelta | None = None,
    concurrency: int = 8,
    timeout: float = 30.0,
    deadline: float | None = None,
    errors: str = "raise",
    resume: pd.DataFrame | BaseException | None = None,
    progress: Option = None,
    keep_api_rates: bool = False,
) -> pd.DataFrame:
    """Read the totals of many campaigns, and recompute their rates from the counts.

    Calls go as fast as the plan of the key allows and no faster: the first answer tells the plan, and all reads of a
    key in one process share its allowance. Server errors and dropped connections are tried again, 4 times in all. A
    refusal (429) although there should be room makes all calls wait; after five minutes of refusals, or where the
    service asks for more than 90 s, the campaigns still missing have failed. A wrong key (401) or a missing permission
    (403) stops the read at once. Whatever happens, nothing that was read is lost.

    Parameters
    ----------
    ids : str, UUID, iterable of them, mapping or pandas.DataFrame
        One campaign id; several (also a Series or Index of them); a mapping from id to label; or a frame with the ids
        as index or in a column `campaign_id`, whose other columns are carried along. An id that comes twice is read
        and kept once.
    api_key : str, optional
        Key with the permission `campaigns:read`; by default the environment variable LEADLEX_API_KEY.
    base_url : str, optional
        Where the service is; by default LEADLEX_BASE_URL, then LeadLex itself. https, or http on this machine.
    history : History, str or pathlib.Path, optional
        Where to record what is read, also of a read that fails or is interrupted, and what `resume` brings along: a
        `History`, a path or a URL.
    max_age : str or timedelta, optional
        How old a recorded row may be, such as "6h" or "2D": rows of `history` that are no older are taken from it
        without a call, with the `fetched_at` of their own. By default every campaign is asked for.
    concurrency : int, default 8
        How many calls may be under way at once.
    timeout : float, default 30.0
        Seconds for one attempt, from connecting to the last byte.
    deadline : float, optional
        Seconds for the whole read.
    errors : {"raise", "coerce"}, default "raise"
        What to do when single campaigns fail: raise one error that carries the others, or keep their rows, with
        missing values and the reason in a column `read_error`.
    resume : pandas.DataFrame or exception, optional
        What an earlier read gave, or the error that ended it: only campaigns that are missing there are read. Kept
        rows keep their `fetched_at`.
    progress : bool or callable, optional
        By default a bar appears when the read takes longer than 2 s, and what it costs is said on stderr; True: at
        once; False: nothing is shown; or a function that is called with (done, total).
    keep_api_rates : bool, default False
        Keep the rates the service gave, rounded to three decimals, as `api_open_rate`, `api_click_rate` and
        `api_reply_rate`.

    Returns
    -------
    pandas.DataFrame
        Index `campaign_id`, in the order given; carried columns; six counts and `delivered_count` (Int64, emails or
        recipients); nine rates (float64 fractions, NaN for 0/0 and for what was not tracked); `fetched_at` (UTC);
        `caveats` (codes joined by "|", see `add_caveats`; ``api_rates_differ`` where the service's own rate is more
        than 0.0005 from ours).

    Raises
    ------
    MissingKeyError
        If there is no key, and a campaign to call for: what is kept of `history` or `resume` alone needs none.
    InputError
        If an argument is not allowed; no call has been made then.
    InvalidKeyError, MissingPermissionError
        If the service refuses the key.
    PartialReadError
        If some campaigns failed and `errors` is "raise"; the others are in its `.stats`, the reasons in `.failures`.
    QuotaExhaustedError
        If the day's calls are used up before every campaign was read, whatever `errors` says.
    DeadlineExceededError
        If `deadline` is over before every campaign was read, whatever `errors` says.
    ConnectionFailedError
        If the service could not be reached at all and `errors` is "raise".
    ReadInterrupted
        On Ctrl-C; what was read is in its `.stats`.
    HistoryError
        If `history` cannot be opened (no call has been made then), or does not take what was read; that is in its
        `.stats`.

    Warns
    -----
    RateMismatchWarning
        If the service's own rates differ from those of its counts.
    InconsistentCountsWarning
        If a campaign has more opens, replies, bounces or unsubscribes than emails sent.
    ProgressWarning
        If the function given as `progress` raised an error.

    Examples
    --------
    >>> import leadlex_pandas
    >>> from leadlex_pandas import sandbox
    >>> with sandbox.start() as server:
    ...     stats = leadlex_pandas.read_stats(["cmp_abc123"], api_key=server.api_key, base_url=server.url)
    >>> stats[["sent_count", "opened_count", "open_rate"]]
                 sent_count  opened_count  open_rate
    campaign_id
    cmp_abc123         1247           612   0.490778
    >>> (stats["open_rate"] == 612 / 1247).tolist()
    [True]
    """
    where, key = "read_stats", given_key(api_key)
    del api_key
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
        if key.is_missing and task.kept and not task.calls:
            check_options(base_url, where, concurrency=concurrency, timeout=timeout)
            return task.without_calls()
        with checked_connection(
            key, base_url, where, concurrency=concurrency, timeout=timeout, most=task.calls
        ) as connection:
            return task.run(connection)


class StatsTask:
    """One call of `read_stats`, checked: what to read, what is there already, and what becomes of the answers.

    Parameters
    ----------
    ids, deadline, errors, resume, progress, keep_api_rates, max_age
        As in `read_stats`.
    where : str
        The public function, for messages.
    """

    def __init__(
        self,
        ids: object,
        where: str,
        *,
        deadline: object = None,
        errors: object = "raise",
        resume: object = None,
        progress: object = None,
        keep_api_rates: bool = False,
        max_age: pd.Timedelta | None = None,
    ) -> None:
        self.where = where
        self.ids, self._carried = wanted(ids, where)
        self.coerce = check_option(errors, "errors", where, ("raise", "coerce")) == "coerce"
        self.deadline = None if deadline is None else check_above(deadline, "deadline", where, 0)
        self.progress = check_progress(progress, where)
        self._keep_api_rates = keep_api_rates
        self.kept, self._differed = _kept(resume, where)
        self.kept = {campaign_id: self.kept[campaign_id] for campaign_id in self.ids if campaign_id in self.kept}
        self._max_age = max_age
        self._history: History | None = None
        self._called_at: list[float] = []  # when its campaigns were last read, seconds of the clock on the wall

    def recall(self, history: History | None) -> None:
        """Take from a history what is fresh enough, and keep it to record what is read."""
        self._history = history
        if history is None or not self.ids:
            return
        check_carried(self._carried, self.where)
        if self.kept:  # an earlier read got them, and perhaps this history could not take them then
            history.record(self._quietly(self.kept, list(self.kept)))
        now = pd.Timestamp.now("UTC")
        # a row of a clock that went wrong must not hide those before it
        latest = history.as_of(now + min(self._max_age or _AHEAD, _AHEAD), self.ids).droplevel("time")
        times = latest["fetched_at"]
        self._called_at = [at.timestamp() for at in times[times > now - _MINUTE]]
        if self._max_age is not None:
            recorded, differed = _kept(latest[abs(now - times) <= self._max_age], self.where)
            self._differed |= differed
            self.kept = {
                campaign_id: max(answers, key=lambda answer: answer.fetched_at)
                for campaign_id in self.ids
                if (answers := [kept[campaign_id] for kept in (self.kept, recorded) if campaign_id in kept])
            }

    @property
    def calls(self) -> int:
        """How many campaigns are to be read."""
        return len(self.ids) - len(self.kept)

    def requests(self) -> list[Request]:
        """Say what to ask for."""
        from ..transport import Request

        return [Request("stats", campaign_id) for campaign_id in self.ids if campaign_id not in self.kept]

    def run(self, connection: Connection) -> pd.DataFrame:
        """Read, and give the frame or raise what ended the read, with everything that was read."""
        from ..steering import drive

        steering = self.steering(connection)
        until = None if self.deadline is None else time.monotonic() + self.deadline
        subject = f"{self.calls:,} campaign{'' if self.calls == 1 else 's'}"
        recorder = Recorder(self._history, [self], [steering])
        try:
            with Progress(self.progress, [subject], done=len(self.kept)) as watch:
                in_time = drive([steering], Both(watch, recorder), until)
            recorder.record()
            return self.result(steering, in_time=in_time)
        except KeyboardInterrupt:
            stats, failures = self.partial(steering)
            so_far = f"{len(stats):,} of {len(self.ids):,} campaigns"
            interrupted = ReadInterrupted(stats, failures, "read_stats", so_far)
            recorder.record_on_the_way_out(interrupted)
            raise interrupted from None
        except Exception as error:  # whatever it is, it carries what has come
            if getattr(error, "stats", None) is None or isinstance(error, HistoryError):  # that has a part at most
                error.stats, error.failures = self.partial(steering)  # type: ignore[attr-defined]
            recorder.record_on_the_way_out(error)
            raise

    def without_calls(self) -> pd.DataFrame:
        """Give the frame where every campaign is there already, so that neither key nor service is needed."""
        with Progress(self.progress, ["0 campaigns"], done=len(self.kept)) as watch:
            watch.look([])
        stats = self._frame(self.kept, self._carried)
        return stats.assign(read_error=pd.Series(None, index=stats.index, dtype=str)) if self.coerce else stats

    def steering(self, connection: Connection) -> Steering:
        """Get ready to ask, mindful of the calls that another process made a moment ago."""
        ago = time.monotonic() - time.time()
        connection.gate.remember([at + ago for at in self._called_at], time.monotonic())
        return connection.steering(self.requests())

    def unrecorded(self, steering: Steering, first: int) -> pd.DataFrame:
        """Give the rows of the answers that came after so many others."""
        came = [str(request.campaign_id) for request in steering.answers][first:]
        return self._quietly(self._found(steering)[0], came)

    def result(self, steering: Steering, *, in_time: bool = True) -> pd.DataFrame:
        """Give the frame, or raise what ended the read."""
        error = self._ended_by(steering, in_time=in_time)
        if error is None and self.coerce:
            return self.coerced(steering)
        stats, failures = self.partial(steering, quietly=error is not None)
        if error is None and not failures:
            return stats
        error = error or PartialReadError(stats, failures)
        error.stats, error.failures = stats, failures
        if isinstance(error, PartialReadError):  # it is pickled by its arguments
            error.args = (stats, failures, *error.args[2:])
        raise error

    def partial(self, steering: Steering, *, quietly: bool = True) -> tuple[pd.DataFrame, dict[str, LeadlexError]]:
        """Give the rows that came, and the failures in the order of the ids; on the way out without warnings."""
        answers, failures = self._found(steering)
        came = self._carried.index.isin(list(answers))
        with warnings.catch_warnings():
            if quietly:
                warnings.simplefilter("ignore")
            return self._frame(answers, self._carried[came]), failures

    def coerced(self, steering: Steering, why: str | None = None) -> pd.DataFrame:
        """Give a row for each id; those that failed have missing values and the reason, or else `why`."""
        answers, failures = self._found(steering)
        stats = self._frame(answers, self._carried)
        reasons = [
            None if campaign_id in answers else str(failures[campaign_id]) if campaign_id in failures else why
            for campaign_id in self.ids
        ]
        return stats.assign(read_error=pd.Series(reasons, index=stats.index, dtype=str))

    def nothing(self) -> pd.DataFrame:
        """Give the frame without rows."""
        return self._frame({}, self._carried.head(0))

    def is_settled(self, steering: Steering) -> bool:
        """Tell whether every campaign was read or has failed."""
        answers, failures = self._found(steering)
        return len(answers) + len(failures) == len(self.ids)

    def _found(self, steering: Steering) -> tuple[dict[str, Answer], dict[str, LeadlexError]]:
        new: dict[str, Answer] = {str(request.campaign_id): value for request, value in steering.answers.items()}
        failed = {str(request.campaign_id): error for request, error in steering.failures.items()}
        ordered = {campaign_id: failed[campaign_id] for campaign_id in self.ids if campaign_id in failed}
        return {**self.kept, **new}, ordered

    def _quietly(self, answers: Mapping[str, Answer], ids: list[str]) -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._frame(answers, self._carried.loc[ids])

    def _frame(self, answers: Mapping[str, Answer], carried: pd.DataFrame) -> pd.DataFrame:
        return stats_frame(
            answers, carried, where=self.where, keep_api_rates=self._keep_api_rates, differed=self._differed
        )

    def _ended_by(self, steering: Steering, *, in_time: bool) -> LeadlexError | None:
        """Say what ended the read before every campaign was asked for, if anything did."""
        if steering.stopped_by is not None:
            return steering.stopped_by
        if not self.is_settled(steering):
            answers, failures = self._found(steering)
            so_far = f"{len(answers):,} of {len(self.ids):,} campaigns"
            if not in_time and self.deadline is not None:
                return DeadlineExceededError(self.nothing(), failures, "read_stats", so_far, self.deadline)
            if steering.exhausted:
                return QuotaExhaustedError(self.nothing(), failures, "read_stats", so_far, steering.gate.quota)
        if not steering.heard and not self.coerce:  # nothing could be reached
            first = next(iter(self._found(steering)[1].values()), None)
            return first if isinstance(first, ConnectionFailedError) else None
        return None


def _kept(resume: object, where: str) -> tuple[dict[str, Answer], set[str]]:
    """Take the rows that an earlier read got, and tell whose own rates differed."""
    if resume is None:
        return {}, set()
    stats = getattr(resume, "stats", None) if isinstance(resume, BaseException) else resume
    if isinstance(resume, BaseException) and stats is None:
        return {}, set()  # it ended before anything was read
    if isinstance(stats, pd.DataFrame) and "campaign_id" in stats:
        stats = stats.set_index("campaign_id")  # as a CSV file gives it back
    if not isinstance(stats, pd.DataFrame) or not {*COUNTS, "fetched_at"} <= set(stats.columns):
        lacking = " without the columns of a read" if isinstance(stats, pd.DataFrame) else ""
        raise InputError(
            f"{where}: resume must be the frame of an earlier read, or the error that ended it, "
            f"not {type(resume).__name__}{lacking}."
        )
    if stats.index.nlevels > 1:
        raise InputError(
            f"{where}: resume has the campaigns of several accounts. Pass those of one: stats.xs('Client A'), "
            "or error.failures['Client A']."
        )
    from ..answers import Answer

    counts = np.column_stack([count_column(stats, name, where) for name in COUNTS])
    rates = stats.reindex(columns=[f"api_{name}" for name in API_RATES]).to_numpy(np.float64, na_value=np.nan)
    times = pd.to_datetime(stats["fetched_at"], utc=True, errors="coerce")
    there = ~np.isnan(counts).any(axis=1) & times.notna().to_numpy()
    moments = times.dt.tz_localize(None).to_numpy("M8[us]").astype(np.int64)
    kept = {
        str(campaign_id): Answer(tuple(map(int, counts[row])), tuple(map(float, rates[row])), int(moments[row]))
        for row, campaign_id in reversed([*enumerate(stats.index)])  # of an id that comes twice, the first row
        if there[row]
    }
    caveats = stats["caveats"].items() if "caveats" in stats else ()  # missing ones come as NaN from a CSV file
    return kept, {str(name) for name, codes in caveats if "api_rates_differ" in str(codes).split("|")}
