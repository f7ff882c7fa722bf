"""SQLite: how a file is opened, also one that may only be read, and by many at once."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool

WRITES = "leadlex_writes"  # the execution option of a connection that will write


def make_engine(file: Path, timeout: float) -> Engine:
    """Make the engine of a file; `timeout` is how long, in seconds, a lock is waited for."""
    readable_only = _is_readable_only(file)

    def connect() -> sqlite3.Connection:
        return _connect_to_read(file, timeout) if readable_only else _connect(file, timeout)

    # one that nobody may write is opened anew each time, since it is looked at without locks
    pool: dict[str, Any] = {"poolclass": NullPool} if readable_only else {"poolclass": QueuePool, "max_overflow": -1}
    engine = create_engine("sqlite:///history", creator=connect, **pool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # whoever will write says so first, and waits its turn: a lock that is upgraded later fails instead
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open(address: str, timeout: float, first: str, *, uri: bool = False) -> sqlite3.Connection:
    """Open a file, and do a first thing with it, at which it shows whether it can be used."""
    driver = sqlite3.connect(address, timeout=timeout, isolation_level=None, check_same_thread=False, uri=uri)
    try:
        driver.execute(first)
    except sqlite3.Error:
        driver.close()
        raise
    return driver


def _connect(file: Path, timeout: float) -> sqlite3.Connection:
    # what was recorded is there after a power cut too
    return _open(str(file), timeout, "PRAGMA synchronous = FULL")


def _is_readable_only(file: Path) -> bool:
    return file.exists() and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK))


def _connect_to_read(file: Path, timeout: float) -> sqlite3.Connection:
    """Open a file that may not be written, as someone's who writes it just now, or as one that nobody does."""
    address, look = file.absolute().as_uri(), "SELECT 1 FROM sqlite_master"
    try:
        return _open(f"{address}?mode=ro", timeout, look, uri=True)
    except sqlite3.OperationalError:
        journal = file.with_name(f"{file.name}-wal")
        if journal.exists() and journal.stat().st_size:
            raise  # what stands there only would be missed
        return _open(f"{address}?mode=ro&immutable=1", timeout, look, uri=True)


def run(engine: Engine, timeout: float, *statements: str) -> None:
    """Run statements outside of any transaction, waiting also where SQLite itself would not."""
    until = time.monotonic() + timeout
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for statement in statements:
            while True:
                try:
                    [*rows] = driver.execute(statement)
                    if not (statement.startswith("PRAGMA wal_checkpoint") and rows[0][0]):
                        break
                    busy = sqlite3.OperationalError("the journal is in use")
                    busy.sqlite_errorname = "SQLITE_BUSY"
                except sqlite3.OperationalError as error:
                    if not error.sqlite_errorname.startswith("SQLITE_BUSY"):
                        raise
                    busy = error
                if time.monotonic() > until:
                    raise busy
                time.sleep(0.02)
