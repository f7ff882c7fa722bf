"""`leadlex read`: the totals of campaigns as CSV, for the shell and for spreadsheets."""

from __future__ import annotations

import argparse
import io
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..spreadsheets import harmless
from .ending import ALL, EXIT_CODES, INTERRUPTED, NO_HISTORY, NOTHING, SOME, ended, say

if TYPE_CHECKING:
    import pandas as pd

    from .. import Client, History, InputError

_STATUSES = ("draft", "active", "paused", "completed")


def add_command(commands: Any) -> None:
    """Say what may be given."""
    parser = commands.add_parser(
        "read",
        help="read campaigns and write them as CSV",
        description="Read the totals of campaigns and write them as CSV, with rates recomputed from the counts.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="campaign ids (default: all of the workspace)")
    parser.add_argument("--status", choices=_STATUSES, help="only campaigns of this status; not with ids")
    parser.add_argument("--history", metavar="FILE_OR_URL", help="where to record what is read")
    parser.add_argument("--max-age", metavar="AGE", help="take rows from the history that are no older: 6h, 2D")
    parser.add_argument("--out", metavar="FILE.csv", help="where to write, with the mark by which a spreadsheet knows "
                        "UTF-8 (default: standard output, without it)")  # fmt: skip
    parser.set_defaults(run=lambda options: ended("read", lambda: read(options)))


def read(options: argparse.Namespace) -> int:
    """Run the command; give the exit code."""
    from .. import Client, History, InputError

    if options.ids and options.status:
        raise InputError("--status chooses from the list of campaigns; give ids or --status, not both.")
    if options.out is not None:
        _check_out(Path(options.out))  # before any call
    with ExitStack() as stack:
        history = None
        if options.history is not None or options.max_age is not None:
            history = stack.enter_context(History(options.history))
        client = stack.enter_context(Client())
        ids = options.ids or client.read_campaigns(status=options.status, history=history, progress=False)
        stats, code = _read(ids, client, history, options.max_age)
    _write(stats, options.out)
    return code


def _read(ids: Any, client: Client, history: History | None, max_age: str | None) -> tuple[pd.DataFrame, int]:
    """Give what came, whatever ended the read, and the exit code."""
    from .. import DeadlineExceededError, HistoryError, QuotaExhaustedError, ReadInterrupted

    # a bar that nobody watches fills the mail that cron sends
    progress = None if sys.stderr is not None and sys.stderr.isatty() else False
    try:
        stats = client.read_stats(ids, errors="coerce", history=history, max_age=max_age, progress=progress)
    except (QuotaExhaustedError, DeadlineExceededError, HistoryError, ReadInterrupted) as error:
        if error.stats is None:
            raise
        say("read", error)
        codes = {HistoryError: NO_HISTORY, ReadInterrupted: INTERRUPTED}
        return error.stats, next((code for kind, code in codes.items() if isinstance(error, kind)), SOME)
    failed = stats["read_error"].dropna()
    for reason in failed:
        say("read", reason)
    if failed.empty:
        return stats.drop(columns="read_error"), ALL
    return stats, SOME if len(failed) < len(stats) else NOTHING


def _check_out(out: Path) -> None:
    """Require a file that can be written."""
    new = not out.exists()
    try:
        out.open("ab").close()
    except OSError as error:
        raise _unwritable(out, error) from None
    if new:
        out.unlink()


def _unwritable(out: object, error: OSError) -> InputError:
    from .. import InputError

    return InputError(f"--out: cannot write {out}: {error.strerror or error}. Name another file.")


def _write(stats: pd.DataFrame, out: str | None) -> None:
    """Write the CSV, in UTF-8; a reader that has seen enough, such as `head`, is no mistake."""
    table = harmless(stats)
    try:
        if out is not None:
            table.to_csv(out, encoding="utf-8-sig")  # else a spreadsheet takes its letters for others
        elif sys.stdout is not None:
            _print(table.to_csv(lineterminator="\n"))
    except OSError as error:
        if out is None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
        if isinstance(error, BrokenPipeError):
            return
        raise _unwritable(out or "standard output", error) from None


def _print(text: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # as a file would be, whatever letters the terminal knows
    sys.stdout.write(text)
    sys.stdout.flush()
