"""`leadlex read`: the totals of campaigns as CSV, for the shell and for spreadsheets."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any

from .ending import ALL, EXIT_CODES, NOTHING, SOME, ended, say

if TYPE_CHECKING:
    import pandas as pd

    from .. import Client

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
    parser.add_argument("--out", metavar="FILE.csv", help="where to write (default: standard output)")
    parser.set_defaults(run=lambda options: ended("read", lambda: read(options)))


def read(options: argparse.Namespace) -> int:
    """Run the command; give the exit code."""
    from .. import Client, InputError

    if options.ids and options.status:
        raise InputError("--status chooses from the list of campaigns; give ids or --status, not both.")
    with Client() as client:
        stats, complete = _read(options, client)
    _write(stats, options.out)
    return ALL if complete else SOME if stats["sent_count"].notna().any() else NOTHING


def _read(options: argparse.Namespace, client: Client) -> tuple[pd.DataFrame, bool]:
    """Give what came, and whether that is all."""
    from .. import DeadlineExceededError, QuotaExhaustedError

    recorded = {"history": options.history, "max_age": options.max_age}
    try:
        ids = options.ids or client.read_campaigns(status=options.status, history=options.history)
        stats = client.read_stats(ids, errors="coerce", **recorded)
    except (QuotaExhaustedError, DeadlineExceededError) as error:
        say("read", error)
        return error.stats, False
    failed = stats["read_error"].dropna()
    for reason in failed:
        say("read", reason)
    return (stats if len(failed) else stats.drop(columns="read_error")), failed.empty


def _write(stats: pd.DataFrame, out: str | None) -> None:
    """Write the CSV; a reader that has seen enough, such as `head`, is no mistake."""
    from .. import InputError

    try:
        stats.to_csv(sys.stdout if out is None else out)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the interpreter complains at its end
    except OSError as error:
        raise InputError(f"--out: cannot write {out}: {error.strerror}. Name another file.") from None
