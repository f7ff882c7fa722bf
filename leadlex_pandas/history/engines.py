"""A place becomes a database: its engine, and its transactions, in any thread and also after a fork."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, text

from ..errors import HistoryError
from . import schema, sqlite
from .failures import translated
from .places import Place

BUSY_SECONDS = 30.0  # for so long one who wants to write waits for another who does
_LOCK = 0x1EAD1E8  # the advisory lock of a writer on PostgreSQL
_abandoned: list[Engine] = []  # of a process before its fork; closing them would disturb it


class Database:
    """One history's database.

    Parameters
    ----------
    place : Place
        Where it is.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._engine: Engine | None = None
        self._pid = 0

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        if self._engine is not None and self._pid != os.getpid():
            _abandoned.append(self._engine)
            self._engine = None
        if self._engine is None:
            self._engine, self._pid = self._make_engine(), os.getpid()
        return self._engine

    @property
    def _timeout(self) -> float:
        return float(str(self.place.url.query.get("timeout", BUSY_SECONDS)))

    def _make_engine(self) -> Engine:
        if self.place.file is not None:
            return sqlite.make_engine(self.place.file, self._timeout)
        try:
            return create_engine(self.place.url, pool_pre_ping=True, max_overflow=-1, paramstyle="format")
        except ModuleNotFoundError:
            raise HistoryError(
                f"History: {self.place.shown} needs the package psycopg. "
                "Install it: pip install 'leadlex-pandas[postgres]'."
            ) from None

    @contextmanager
    def reading(self, where: str) -> Iterator[Connection]:
        """Give a connection that sees one state of the history throughout."""
        with translated(where, self.place.shown), self.engine.connect() as connection:
            if self.place.file is None:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, where: str) -> Iterator[Connection]:
        """Give a connection that alone may write until it is done; all of it is kept, or nothing."""
        with translated(where, self.place.shown), self.engine.connect() as connection:
            connection = connection.execution_options(**{sqlite.WRITES: True})
            with connection.begin():
                if self.place.file is None:
                    patience = f"set_config('lock_timeout', '{BUSY_SECONDS * 1000:.0f}', true)"
                    connection.execute(text(f"SELECT {patience}, pg_advisory_xact_lock({_LOCK})"))
                yield connection

    def prepare(self, where: str) -> None:
        """Make the tables where there are none, or refuse what is there."""
        with self.reading(where) as connection:
            version = schema.stored_version(connection)
            others = schema.other_tables(connection) if version is None else []
        if others and self.place.file is not None:
            raise HistoryError(
                f"{where}: {self.place.shown} is another program's SQLite database (it has the table {others[0]!r}). "
                "Give another path; nothing was changed."
            )
        if version is not None:
            schema.check_version(version, where, self.place.shown)
        if version is None or version < schema.VERSION:
            if self.place.file is not None:
                # readers and a writer work at once: a property of the file, set once
                with translated(where, self.place.shown):
                    sqlite.run(self.engine, self._timeout, "PRAGMA journal_mode = WAL")
            with self.writing(where) as connection:
                schema.prepare(connection)

    def wipe(self, where: str) -> None:
        """Leave nothing of deleted rows in free pages and journals."""
        with translated(where, self.place.shown):
            if self.place.file is not None:
                sqlite.run(self.engine, self._timeout, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
                return
            with self.engine.connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                for table in schema.TABLES.tables:
                    connection.execute(text(f"VACUUM FULL {table}"))

    def close(self) -> None:
        """Let go of all connections; a later call opens new ones."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None
