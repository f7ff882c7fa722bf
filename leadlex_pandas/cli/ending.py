"""How the commands that call the service end: what is said, and the exit code."""

from __future__ import annotations

import io
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ALL, SOME, WRONG, NOTHING, NO_HISTORY, MISTAKE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

EXIT_CODES = """\
The key is taken from the environment variable LEADLEX_API_KEY, never from the command line.

exit codes:
  0    all was read, as far as --calls allowed where that was given
  1    some campaigns could not be read, or the day's calls did not suffice; the others were kept
  2    wrong arguments
  3    nothing could be read: no key, a key that is refused, or a service that cannot be reached
  4    the history cannot be used
  5    a mistake of leadlex-pandas
  130  interrupted; what had been read was kept
"""


def say(command: str, text: object) -> None:
    """Say on standard error what went wrong."""
    print(f"leadlex {command}: {text}", file=sys.stderr)


def ended(command: str, work: Callable[[], int]) -> int:
    """Do the work, and turn errors and warnings into lines and an exit code."""
    from .. import HistoryError, InputError, LeadlexError, QuotaExhaustedError

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a log may know fewer letters than a path has
    with _stopped_as_by_ctrl_c(), warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: say(command, message)
        try:
            return work()
        except LeadlexError as error:
            say(command, error)
            codes = {HistoryError: NO_HISTORY, InputError: WRONG, QuotaExhaustedError: SOME}
            return next((code for kind, code in codes.items() if isinstance(error, kind)), NOTHING)
        except KeyboardInterrupt:
            say(command, "interrupted; what had been read was kept.")
            return INTERRUPTED
        except Exception:  # without a code of its own it would look like 1
            traceback.print_exc()
            say(command, "this is a mistake of leadlex-pandas. Please report it, with the lines above.")
            return MISTAKE


@contextmanager
def _stopped_as_by_ctrl_c() -> Iterator[None]:
    """Let a request to end, as of a machine that shuts down, keep what had been read."""
    if threading.current_thread() is not threading.main_thread():  # no other may say what a signal does
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
