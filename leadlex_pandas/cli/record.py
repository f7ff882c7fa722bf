"""`leadlex record`: what a scheduler calls, so that a history grows within the day's calls."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..answers import MOST_PER_PAGE
from .ending import ALL, EXIT_CODES, NOTHING, SOME, ended, say

if TYPE_CHECKING:
    from .. import Client, History, LeadlexError

_LIST_AGE = pd.Timedelta(hours=23)  # campaigns come and go by the day: a daily run looks anew, an hourly one does not
_A_FILE = "Give a file with one campaign id a line."
_NAMED = 3  # failures named in the line


def add_command(commands: Any) -> None:
    """Say what may be given."""
    parser = commands.add_parser(
        "record",
        help="read the campaigns that are worth it most, and record them; for a scheduler",
        description="Read the campaigns that are worth the calls most, and record them. The list of campaigns is read "
        "once a day, which costs a call for each 100 of them.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--history", metavar="FILE_OR_URL", help="where to record (default: LEADLEX_HISTORY)")
    parser.add_argument("--calls", type=_calls, metavar="N", help="at most so many calls, but for repeated ones and "
                        "a very long list (default: each campaign once)")  # fmt: skip
    parser.add_argument("--ids-file", type=Path, metavar="FILE", help="campaign ids, one a line, instead of the list")
    parser.set_defaults(run=lambda options: ended("record", lambda: record(options)))


def record(options: argparse.Namespace) -> int:
    """Run the command; give the exit code."""
    from .. import Client, History

    given = None if options.ids_file is None else _ids_in(options.ids_file)
    with History(options.history) as history, Client() as client:
        ids, pages = (given, 0) if given is not None else _listed(history, client)
        calls = len(ids) if options.calls is None else max(options.calls - pages, 0)
        due = history.due(ids, calls)
        read, code = _read(due, history, client)
        left = client.quota.remaining
    said = [f"recorded {read:,} of {len(ids):,} campaigns in {history.name}"]
    if len(due) < len(ids):
        said.append(_left(len(ids) - len(due), options.calls, pages))
    if left is not None:
        said.append(f"{left:,} calls left today")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC  {'; '.join(said)}")
    return code


def _left(campaigns: int, calls: int, pages: int) -> str:
    """Say why not every campaign was asked for."""
    were = "call was" if calls == 1 else "calls were"
    of_list = f", and the list took {pages:,}" if pages else ""
    return f"{campaigns:,} {'is' if campaigns == 1 else 'are'} left for later runs: {calls:,} {were} allowed{of_list}"


def _listed(history: History, client: Client) -> tuple[list[str], int]:
    """Give all campaigns of the workspace, and the calls that asking for them took."""
    from ..history.choosing import NOT_FOUND

    whole = history.listed_at
    if whole is not None and abs(pd.Timestamp.now("UTC") - whole) < _LIST_AGE:
        known = history.directory()
        known = known[known["listed_at"] >= whole]
        if NOT_FOUND not in set(known["status"]):  # else the list is out of date
            return list(known.index), 0
    ids = list(client.read_campaigns(history=history, progress=False).index)
    return ids, max(-(-len(ids) // MOST_PER_PAGE), 1)


def _read(due: list[str], history: History, client: Client) -> tuple[int, int]:
    """Read and record; give how many came, and the exit code."""
    from .. import PartialReadError, QuotaExhaustedError

    try:
        return len(client.read_stats(due, history=history, progress=False)), ALL
    except PartialReadError as error:
        read, used_up = len(error.stats), isinstance(error, QuotaExhaustedError)
        say("record", error if used_up else _worded(error.failures))
        _note_missing(error.failures, history)
        return read, SOME if read or used_up else NOTHING


def _note_missing(failures: Mapping[str, LeadlexError], history: History) -> None:
    """Note which campaigns the service does not know, so that later runs do not spend their calls on them."""
    from .. import CampaignNotFoundError
    from ..history.choosing import NOT_FOUND

    gone = [name for name, error in failures.items() if isinstance(error, CampaignNotFoundError)]
    if gone:
        history.record_campaigns(pd.DataFrame({"status": NOT_FOUND}, index=pd.Index(gone, name="campaign_id")))


def _worded(failures: Mapping[str, LeadlexError]) -> str:
    few = " ".join(map(str, list(failures.values())[:_NAMED]))
    return f"{len(failures):,} could not be read{', among them' if len(failures) > _NAMED else ''}: {few}"


def _ids_in(file: Path) -> list[str]:
    """Read ids, one a line; empty lines and those that begin with # are left out."""
    from .. import InputError

    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise InputError(f"--ids-file: {file} cannot be read: {reason}. {_A_FILE}") from None
    ids = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not ids:
        raise InputError(f"--ids-file: {file} holds no campaign id. {_A_FILE}")
    return list(dict.fromkeys(ids))


def _calls(text: str) -> int:
    """Read a whole number of at least 1; argparse says what was wrong."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)
