"""What a database says when it fails, in the words of someone who wants to go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import HistoryError

# how the name of an SQLite error begins -> what is the matter, and what to do
_SQLITE = {
    "SQLITE_NOTADB": ("is no SQLite database", "Give another path; nothing was changed"),
    "SQLITE_CORRUPT": (
        "is damaged",
        "Go on from a backup, or save what can be read with the command: sqlite3 FILE .recover",
    ),
    "SQLITE_READONLY": ("may only be read", "Ask for permission to write the file and its folder, or record elsewhere"),
    "SQLITE_FULL": ("cannot grow: the disk is full", "Make room, then record again; what was recorded before is there"),
    "SQLITE_BUSY": (
        "is locked by another program",
        "Close what holds it (a database browser, an unfinished backup), then try again",
    ),
    "SQLITE_LOCKED": (
        "is locked by another program",
        "Close what holds it (a database browser, an unfinished backup), then try again",
    ),
    "SQLITE_CANTOPEN": ("cannot be opened", "Check the permissions of the file and of its folder"),
    "SQLITE_PERM": ("cannot be opened", "Check the permissions of the file and of its folder"),
    "SQLITE_IOERR": (
        "could not be read or written",
        "Check whether the disk is full, and the connection to it, then try again",
    ),
}
# how an SQLSTATE of PostgreSQL begins -> the same
_POSTGRES = {
    "55P03": ("is locked by another program", "Find what holds it in pg_stat_activity, then try again"),
    "53100": ("cannot grow: the disk is full", "Make room, then record again; what was recorded before is there"),
    "42501": ("does not allow this user to do so", "Ask for the right to create and use tables there"),
    "3F000": ("does not allow this user to do so", "Ask for the right to create and use tables there"),
    "25006": ("may only be read", "Give the address of the server that takes writes"),
}
# what it says before anybody is connected has no SQLSTATE
_REFUSED = (
    "refused the connection",
    "If it is for the user, the password or the database, check them; PGPASSWORD or ~/.pgpass may hold the password",
)
_SERVER = ("does not answer", "Check its address, the network and whether it runs")
_UNKNOWN = ("failed", "What was recorded before is there")


@contextmanager
def translated(where: str, shown: str) -> Iterator[None]:
    """Raise what a database raises as a `HistoryError`."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise HistoryError(_message(error, where, shown)) from error
    except Exception as error:
        if getattr(error, "sqlstate", _UNKNOWN) is _UNKNOWN:  # psycopg's own have one, if only None
            raise
        raise HistoryError(_message(error, where, shown)) from error


def _message(error: BaseException, where: str, shown: str) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    matter, advice = _known(cause)
    said = " ".join(str(cause).split())
    return f"{where}: {shown} {matter} ({said}). {advice}."


def _known(cause: BaseException) -> tuple[str, str]:
    name = getattr(cause, "sqlite_errorname", None)
    if isinstance(name, str):
        return next((words for start, words in _SQLITE.items() if name.startswith(start)), _UNKNOWN)
    state = getattr(cause, "sqlstate", None)
    if isinstance(state, str):
        return next((words for start, words in _POSTGRES.items() if state.startswith(start)), _UNKNOWN)
    if "FATAL" in str(cause):
        return _REFUSED
    return _SERVER if type(cause).__name__ == "OperationalError" else _UNKNOWN
