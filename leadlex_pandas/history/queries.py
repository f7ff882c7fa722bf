"""What is asked of the database: always by campaign and time, so that the cost does not grow with the snapshots.

Rows are fetched by the driver itself: those of SQLAlchemy cost more than the database takes to find them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Connection, Select, Table, TextClause, and_, column, func, or_, select, text

from ..metrics import COUNTS
from .recording import UNKNOWN, Whole
from .schema import CAMPAIGNS, DIRECTORY, SCHEMA, SNAPSHOTS

_ROWS = 2_000  # fetched at a time
_MANY = 200  # ids of which it pays to ask whether they are most of all
_KEYS = 5_000  # named in one statement
_NEWEST = SNAPSHOTS.alias("newest")
_COUNTED = [SNAPSHOTS.c[name] for name in ("campaign", "fetched_at", *COUNTS)]
# what few snapshots have, in this order; a count that is missing is UNKNOWN
_SELDOM = [
    func.coalesce(SNAPSHOTS.c.contacts, UNKNOWN),
    func.coalesce(SNAPSHOTS.c.contacts_reached, UNKNOWN),
    SNAPSHOTS.c.rates_differ,
]
_HAS_SELDOM = or_(
    SNAPSHOTS.c.contacts.is_not(None), SNAPSHOTS.c.contacts_reached.is_not(None), SNAPSHOTS.c.rates_differ > 0
)
# asked for at every record, so without the time it takes to write them
_LAST_KEY = f"SELECT max(campaign) FROM {CAMPAIGNS.name}"  # noqa: S608
_ALL_KEYS = f"SELECT campaign_id, campaign FROM {CAMPAIGNS.name}"  # noqa: S608
WIDTH = len(_COUNTED) + len(_SELDOM)


def campaigns_in(connection: Connection, ids: Sequence[str] | None) -> dict[int, str]:
    """Find the keys of campaigns, in the order of their ids; of all, in the order in which they were first recorded."""
    if ids is None:
        chosen = select(CAMPAIGNS.c.campaign, CAMPAIGNS.c.campaign_id).order_by(CAMPAIGNS.c.campaign)
        return {row[0]: row[1] for row in tuples(connection, chosen)}
    found = keys_of(connection, ids)
    return {found[name]: name for name in ids if name in found}


def keys_of(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """Find the keys of those campaigns that have one."""
    found: dict[str, int] = {}
    if len(ids) > _MANY and (tuples(connection, _LAST_KEY)[0][0] or 0) <= 2 * len(ids):
        everyone = dict(tuples(connection, _ALL_KEYS))  # most are wanted: looking at all costs less
        return {name: everyone[name] for name in ids if name in everyone}
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    for chunk in chunks(ids, _KEYS):
        marks = ", ".join([mark] * len(chunk))
        statement = f"SELECT campaign_id, campaign FROM {CAMPAIGNS.name} WHERE campaign_id IN ({marks})"  # noqa: S608
        result: Any = connection.exec_driver_sql(statement, tuple(chunk))
        found.update(result.cursor.fetchall())
        result.close()
    return found


def snapshots_between(
    connection: Connection, keys: Sequence[int] | None, since: int | None, until: int | None
) -> Whole:
    """Fetch the snapshots of some campaigns, of each the oldest first; None: of all."""
    conditions: list[Any] = [] if since is None else [SNAPSHOTS.c.fetched_at >= since]
    conditions += [] if until is None else [SNAPSHOTS.c.fetched_at <= until]
    parts = [None] if keys is None else list(chunks(sorted(keys), _KEYS))
    chosen = [[*conditions, *([] if part is None else [among(SNAPSHOTS, part)])] for part in parts]
    ordered = select(*_COUNTED).order_by(SNAPSHOTS.c.campaign, SNAPSHOTS.c.fetched_at)
    counted = numbers(connection, [ordered.where(*each) for each in chosen], len(_COUNTED))
    few = select(SNAPSHOTS.c.campaign, SNAPSHOTS.c.fetched_at, *_SELDOM).where(_HAS_SELDOM)
    few = few.order_by(SNAPSHOTS.c.campaign, SNAPSHOTS.c.fetched_at)
    return _widened(counted, numbers(connection, [few.where(*each) for each in chosen], 2 + len(_SELDOM)))


def _widened(counted: Whole, few: Whole) -> Whole:
    """Give each snapshot the columns that few have anything in; both are in the order of the key."""
    rows = np.empty((len(counted), WIDTH), dtype=np.int64)
    rows[:, : len(_COUNTED)] = counted
    rows[:, len(_COUNTED) :] = (UNKNOWN, UNKNOWN, 0)
    if len(few):
        both = np.concatenate([counted[:, :2], few[:, :2]])
        order = np.lexsort([both[:, 1], both[:, 0]])  # stable: of equal keys the snapshot comes first
        places = order[np.flatnonzero(order >= len(counted)) - 1]
        rows[places, len(_COUNTED) :] = few[:, 2:]
    return rows


def newest_snapshots(connection: Connection, asked: Sequence[tuple[int, int]]) -> Whole:
    """Fetch the newest snapshot of each campaign at or before a time, which is the last column."""
    return numbers(connection, map(_newest, chunks(asked, _KEYS)), WIDTH + 1)


def _newest(asked: Sequence[tuple[int, int]]) -> Select[Any]:
    pairs = text("VALUES " + ", ".join(f"({key}, {at})" for key, at in asked))
    wanted = pairs.columns(column("column1", BigInteger), column("column2", BigInteger)).cte("asked")
    newest = (
        select(func.max(_NEWEST.c.fetched_at))
        .where(_NEWEST.c.campaign == wanted.c.column1, _NEWEST.c.fetched_at <= wanted.c.column2)
        .scalar_subquery()
    )
    here = and_(SNAPSHOTS.c.campaign == wanted.c.column1, SNAPSHOTS.c.fetched_at == newest)
    return select(*_COUNTED, *_SELDOM, wanted.c.column2).select_from(wanted.join(SNAPSHOTS, here))


def first_and_last(connection: Connection) -> list[tuple[Any, ...]]:
    """Tell of each campaign when it was first and last recorded: two steps into the index each."""
    ends = [
        select(end(_NEWEST.c.fetched_at)).where(_NEWEST.c.campaign == CAMPAIGNS.c.campaign).scalar_subquery()
        for end in (func.min, func.max)
    ]
    return tuples(connection, select(*ends).select_from(CAMPAIGNS).order_by(CAMPAIGNS.c.campaign))


def whole_list(connection: Connection) -> int | None:
    """Tell when all campaigns there are were last listed."""
    at: int | None = connection.scalar(select(SCHEMA.c.listed_at))
    return at


def known_of(connection: Connection, keys: Sequence[int] | None) -> tuple[list[tuple[Any, ...]], ...]:
    """Fetch all that is known of campaigns beside their snapshots: as it was noted, and what is kept once of each."""
    return tuple(
        [
            row
            for part in ([None] if keys is None else chunks(sorted(keys), _KEYS))
            for row in tuples(connection, _by_key(table, part))
        ]
        for table in (DIRECTORY, CAMPAIGNS)
    )


def _by_key(table: Table, keys: Sequence[int] | None) -> Select[Any]:
    chosen = select(table).order_by(*table.primary_key.columns)
    return chosen if keys is None else chosen.where(among(table, keys))


def among(table: Table, keys: Sequence[int]) -> TextClause:
    """Say that a row is of one of these campaigns; written out, which costs a fraction of parameters."""
    return text(f"{table.name}.campaign IN ({', '.join(map(str, keys))})")


def tuples(connection: Connection, statement: Select[Any] | str) -> list[tuple[Any, ...]]:
    """Fetch the rows of a statement that finds few."""
    cursor = _driver(connection).cursor()
    try:
        cursor.execute(statement if isinstance(statement, str) else _written(connection, statement))
        return list(cursor.fetchall())
    finally:
        cursor.close()


def numbers(connection: Connection, statements: Iterable[Select[Any]], width: int) -> Whole:
    """Fetch whole numbers, however many, as an array."""
    parts = [np.empty((0, width), dtype=np.int64)]
    for statement in statements:
        for rows in _fetched(connection, _written(connection, statement)):
            flat = itertools.chain.from_iterable(rows)
            parts.append(np.fromiter(flat, dtype=np.int64, count=len(rows) * width).reshape(-1, width))
    return np.concatenate(parts)


def _fetched(connection: Connection, statement: str) -> Iterator[list[tuple[int, ...]]]:
    driver = _driver(connection)
    # without a name, PostgreSQL would send everything at once
    cursor = driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name="leadlex_history")
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_ROWS):
            yield rows
    finally:
        cursor.close()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _written(connection: Connection, statement: Select[Any]) -> str:
    return str(statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces."""
    return (items[start : start + size] for start in range(0, len(items), size))
