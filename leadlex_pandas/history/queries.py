"""What is asked of the database: always by campaign and time, so that the cost does not grow with the snapshots."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Connection, Select, Table, and_, column, func, select, text

from .recording import UNKNOWN, Whole
from .schema import CAMPAIGNS, DIRECTORY, SCHEMA, SNAPSHOTS

_ROWS = 20_000  # fetched at a time
_KEYS = 5_000  # named in one statement
_NEWEST = SNAPSHOTS.alias("newest")
# of a snapshot, in this order; a count that may be missing is UNKNOWN then
COLUMNS = [func.coalesce(each, UNKNOWN).label(each.name) if each.nullable else each for each in SNAPSHOTS.c]


def campaigns_in(connection: Connection, ids: Sequence[str] | None) -> dict[int, str]:
    """Find the keys of campaigns, in the order of their ids; of all, in the order in which they were first recorded."""
    chosen = select(CAMPAIGNS.c.campaign, CAMPAIGNS.c.campaign_id)
    if ids is None:
        return {row[0]: row[1] for row in connection.execute(chosen.order_by(CAMPAIGNS.c.campaign))}
    found = {
        name: key
        for chunk in chunks(ids, _KEYS)
        for key, name in connection.execute(chosen.where(CAMPAIGNS.c.campaign_id.in_(chunk)))
    }
    return {found[name]: name for name in ids if name in found}


def snapshots_between(
    connection: Connection, keys: Iterable[int] | None, since: int | None, until: int | None
) -> Whole:
    """Fetch the snapshots of some campaigns, of each by time; None: of all."""
    chosen = select(*COLUMNS).order_by(SNAPSHOTS.c.campaign, SNAPSHOTS.c.fetched_at)
    if since is not None:
        chosen = chosen.where(SNAPSHOTS.c.fetched_at >= since)
    if until is not None:
        chosen = chosen.where(SNAPSHOTS.c.fetched_at <= until)
    if keys is None:
        return numbers(connection, [chosen])
    return numbers(connection, (chosen.where(SNAPSHOTS.c.campaign.in_(chunk)) for chunk in chunks(sorted(keys), _KEYS)))


def newest_snapshots(connection: Connection, asked: Sequence[tuple[int, int]]) -> Whole:
    """Fetch the newest snapshot of each campaign at or before a time, which is the last column."""
    return numbers(connection, map(_newest, chunks(asked, _KEYS)))


def _newest(asked: Sequence[tuple[int, int]]) -> Select[Any]:
    pairs = text("VALUES " + ", ".join(f"({key}, {at})" for key, at in asked))
    wanted = pairs.columns(column("column1", BigInteger), column("column2", BigInteger)).cte("asked")
    newest = (
        select(func.max(_NEWEST.c.fetched_at))
        .where(_NEWEST.c.campaign == wanted.c.column1, _NEWEST.c.fetched_at <= wanted.c.column2)
        .scalar_subquery()
    )
    here = and_(SNAPSHOTS.c.campaign == wanted.c.column1, SNAPSHOTS.c.fetched_at == newest)
    return select(*COLUMNS, wanted.c.column2).select_from(wanted.join(SNAPSHOTS, here))


def first_and_last(connection: Connection) -> list[Any]:
    """Tell of each campaign when it was first and last recorded: two steps into the index each."""
    ends = [
        select(end(_NEWEST.c.fetched_at)).where(_NEWEST.c.campaign == CAMPAIGNS.c.campaign).scalar_subquery()
        for end in (func.min, func.max)
    ]
    return list(connection.execute(select(CAMPAIGNS.c.campaign, *ends).order_by(CAMPAIGNS.c.campaign)))


def whole_list(connection: Connection) -> int | None:
    """Tell when all campaigns there are were last listed."""
    at: int | None = connection.scalar(select(SCHEMA.c.listed_at))
    return at


def rows_of(connection: Connection, table: Table, keys: Mapping[int, str], *, every: bool) -> pd.DataFrame:
    """Fetch the rows of some campaigns from a small table, by its key."""
    chosen = select(table).order_by(*table.primary_key.columns)
    parts = [chosen] if every else [chosen.where(table.c.campaign.in_(chunk)) for chunk in chunks(sorted(keys), _KEYS)]
    rows = [row for part in parts for row in connection.execute(part)]
    columns = zip(*rows, strict=True) if rows else ([] for _ in table.c)
    return pd.DataFrame(
        {each.name: pd.Series(values, dtype=object) for each, values in zip(table.c, columns, strict=True)}
    )


def directory_of(connection: Connection, keys: Mapping[int, str], *, every: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fetch all that is known of some campaigns beside their snapshots: as it changed, and what does not change."""
    changing = rows_of(connection, DIRECTORY, keys, every=every)
    return changing, rows_of(connection, CAMPAIGNS, keys, every=every)


def numbers(connection: Connection, statements: Iterable[Select[Any]]) -> Whole:
    """Fetch whole numbers as an array; past the ORM's and Core's rows, which cost more than the database."""
    parts, width = [], 0
    for statement in statements:
        width = len(statement.selected_columns)
        compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        for rows in _fetched(connection, str(compiled)):
            flat = itertools.chain.from_iterable(rows)
            parts.append(np.fromiter(flat, dtype=np.int64, count=len(rows) * width).reshape(-1, width))
    return np.concatenate(parts) if parts else np.empty((0, width or len(COLUMNS) + 1), dtype=np.int64)


def _fetched(connection: Connection, statement: str) -> Iterator[list[tuple[int, ...]]]:
    driver: Any = connection.connection.driver_connection
    # without a name, PostgreSQL would send everything at once
    cursor = driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name="leadlex_history")
    try:
        cursor.execute(statement)
        while rows := cursor.fetchmany(_ROWS):
            yield rows
    finally:
        cursor.close()


def chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces."""
    return (items[start : start + size] for start in range(0, len(items), size))
