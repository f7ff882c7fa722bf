"""How the commands that call the service end: what is said, and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

ALL, SOME, NOTHING, NO_HISTORY, INTERRUPTED = 0, 1, 3, 4, 130  # 2 is that of argparse, for wrong arguments

EXIT_CODES = """\
The key is taken from the environment variable LEADLEX_API_KEY, never from the command line.

exit codes:
  0    all was read
  1    some campaigns could not be read, or the day's calls did not suffice; the others were kept
  2    wrong arguments
  3    nothing could be read: no key, a key that is refused, or a service that cannot be reached
  4    the history cannot be used
  130  interrupted; what had been read was kept
"""


def say(command: str, text: object) -> None:
    """Say on standard error what went wrong."""
    print(f"leadlex {command}: {text}", file=sys.stderr)


def ended(command: str, work: Callable[[], int]) -> int:
    """Do the work, and turn the errors of the package into a line and an exit code; others are mistakes of ours."""
    from .. import HistoryError, LeadlexError

    try:
        return work()
    except HistoryError as error:
        say(command, error)
        return NO_HISTORY
    except LeadlexError as error:
        say(command, error)
        return NOTHING
    except KeyboardInterrupt:
        say(command, "interrupted; what had been read was kept.")
        return INTERRUPTED
