"""What a read says while it goes on: what it will cost, a bar, what is waited for, and what it has cost."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeAlias

from .._checks import callers_level
from ..errors import InputError, ProgressWarning, local_and_utc

if TYPE_CHECKING:
    from ..steering import Steering

Option: TypeAlias = "bool | Callable[[int, int], object] | None"

_LONG = 2.0  # s; a read that takes longer shows a bar, and says what it costs
_REDRAW = 0.1  # s
_WORTH_SAYING = 1.0  # s; a shorter wait needs no words
_log = logging.getLogger("leadlex_pandas")


def check_progress(value: object, where: str) -> Option:
    """Require True, False, None or a function of two numbers."""
    if value is None or isinstance(value, bool) or callable(value):
        return value
    raise InputError(f"{where}: progress must be True, False, None or a function (done, total), not {value!r}.")


class Progress:
    """Watches reads as `steering.drive` steers them.

    Parameters
    ----------
    option : bool, callable or None
        True: a bar at once; None: a bar when the read takes longer than 2 s; False: nothing; or a function that is
        called with how many are done, and how many there are.
    subjects : sequence of str
        What each read is about: "200 campaigns".
    done : int
        How many of them were there before.
    more_calls : int
        How many calls may be needed beside those that are steered, at most.
    always : bool
        Whether to say what a short read costs too.
    """

    def __init__(
        self, option: Option, subjects: Sequence[str], *, done: int = 0, more_calls: int = 0, always: bool = False
    ) -> None:
        self._function = option if callable(option) else None
        # one that also listens (`look`, `say`) is told everything, and nothing is printed
        self._listener: Any = option if hasattr(option, "look") and hasattr(option, "say") else None
        self._shown = option is not False and self._listener is None
        self._bar_from = None if option is False or callable(option) else 0.0 if option is True else _LONG
        self._subjects = subjects
        self._subject = subjects[0] if len(subjects) == 1 else f"{len(subjects)} accounts"
        self._before = done
        self._more_calls = more_calls
        self._always = always or self._listener is not None
        self._begin = time.monotonic()
        self._bar: Any = None
        self._drawn, self._waiting = -_REDRAW, ""
        self._told: tuple[int, int] | None = None
        self._cost_said: set[int] = set()  # places of the reads
        self._reads: Sequence[Steering] = ()

    def look(self, reads: Sequence[Steering]) -> None:
        """Take note of how the reads are getting on."""
        self._reads = reads
        self._say_costs(reads)
        done = self._before + sum(len(read.answers) + len(read.failures) for read in reads)
        total = self._before + sum(read.total for read in reads)
        if self._function is not None and self._told != (done, total):
            self._told = (done, total)
            self._call(done, total)
        if self._listener is not None:
            self._listener.look(_waited_for(reads))
        now = time.monotonic()
        if self._bar_from is not None and now - self._begin >= self._bar_from:
            waiting = _waited_for(reads)
            if now - self._drawn >= _REDRAW or done == total or waiting != self._waiting:
                self._drawn, self._waiting = now, waiting
                self._draw(done, total)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()
        self._say_what_it_was()

    def _call(self, done: int, total: int) -> None:
        assert self._function is not None  # noqa: S101
        try:
            self._function(done, total)
        except Exception as error:
            self._function = None  # a mistake in it must not cost what has been read
            warnings.warn(
                f"the function given as progress raised {type(error).__name__}: {error}. The read goes on without it.",
                ProgressWarning,
                stacklevel=callers_level(),
            )

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _bar(total=total, initial=done, desc=self._subject, leave=True)
        self._bar.n = done
        self._bar.set_postfix_str(self._waiting, refresh=False)
        self._bar.refresh()

    def _say_costs(self, reads: Sequence[Steering]) -> None:
        """Say what each read will cost, as soon as that is known."""
        for place, read in enumerate(reads):
            if place in self._cost_said or not read.total or not (read.answers or read.gate.known):
                continue
            self._cost_said.add(place)
            seconds, short = _seconds(read, self._begin), _is_short_of_calls(read)
            if short:
                self._say(f"{self._subjects[place]}{self._shortage(read)}")
            elif seconds >= _LONG or self._always:
                self._say(f"{self._subjects[place]}{self._cost(read, seconds)}")

    def _cost(self, read: Steering, seconds: float) -> str:
        quota, left = read.gate.quota, _left_before(read)
        at = f" at {quota.per_minute} a minute" if quota.per_minute else f", {read.workers} at once"
        of_day = f"; {self._calls(read)} of the {left:,} calls left today" if left is not None else ""
        return f"{at}: {about(seconds)}{of_day or (f'; {self._calls(read)} calls' if self._always else '')}"

    def _shortage(self, read: Steering) -> str:
        back = read.gate.quota.resets_at
        when = f"; calls come back at {local_and_utc(back)}" if back is not None else ""
        left, needed = _left_before(read), self._calls(read)
        rest = ". What they suffice for is read" if left else ""
        return (
            f": {needed} {'call is' if needed == '1' else 'calls are'} needed, but {left:,} are left today{rest}{when}"
        )

    def _calls(self, read: Steering) -> str:
        most = f" to {read.total + self._more_calls:,}" if self._more_calls else ""
        return f"{read.total:,}{most}"

    def _say_what_it_was(self) -> None:
        calls, repeated = (sum(getattr(read, name) for read in self._reads) for name in ("calls", "repeats"))
        if not calls:
            return
        took = time.monotonic() - self._begin
        again = f", {repeated:,} of them repeated" if repeated > 0 else ""
        left = [read.gate.quota.remaining for read in self._reads if read.gate.quota.remaining is not None]
        rest = f"; {sum(left):,} calls left today" if left else ""
        text = f"{self._subject}: {calls:,} call{'' if calls == 1 else 's'}{again}, {took:.1f} s{rest}"
        self._say(text, shown=took >= _LONG or repeated > 0)

    def _say(self, text: str, *, shown: bool = True) -> None:
        _log.info(text)
        if self._listener is not None and shown:
            self._listener.say(text)
        if not (self._shown and shown):
            return
        if self._bar is None:
            print(text, file=sys.stderr)  # noqa: T201 -- what is promised
        else:
            self._bar.write(text, file=sys.stderr)  # above the bar


def about(seconds: float) -> str:
    """Write a time as one would say it."""
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes // 60} h {minutes % 60} min"


def _seconds(read: Steering, begin: float) -> float:
    """Estimate how long a read takes: the minute's limit, and the rounds of answers as slow as the first."""
    now = time.monotonic()
    return read.gate.seconds_for(read.waiting, now) + read.waiting / read.workers * (now - begin)


def _left_before(read: Steering) -> int | None:
    """Give the calls that were left of the day before this read."""
    quota = read.gate.quota
    if quota.remaining is None or (quota.resets_at is not None and quota.resets_at.timestamp() <= time.time()):
        return None  # not told, or of a day that is over
    return quota.remaining + read.calls - read.under_way


def _is_short_of_calls(read: Steering) -> bool:
    left = _left_before(read)
    return left is not None and read.total > left


def _waited_for(reads: Sequence[Steering]) -> str:
    """Say what is waited for and until when, where nothing can go for a while."""
    pauses = [read.pause() for read in reads if read.waiting]
    pause = min((pause for pause in pauses if pause is not None), default=0.0)
    if pause < _WORTH_SAYING:
        return ""
    until = datetime.now().astimezone() + timedelta(seconds=pause)
    refused = any(read.gate.refusing for read in reads)
    what = "the service, which refused a call," if refused else "the minute's limit"
    return f"waiting for {what} until {until:%H:%M:%S}"


def _bar(**options: Any) -> Any:
    """Make a bar that fits where it is shown; without the thread with which tqdm watches its bars."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where a notebook has no widgets, tqdm warns, and a plain bar does
        from tqdm.auto import tqdm
    return type("Bar", (tqdm,), {"monitor_interval": 0})(unit="", dynamic_ncols=True, **options)
