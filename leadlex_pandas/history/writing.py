"""Rows into the database: snapshots that are not there yet, and facts that have changed."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .._checks import check_id
from ..metrics import COUNTS
from .queries import among, keys_of, tuples
from .recording import CONTACTS, FACTS, ONCE, UNKNOWN, Note, Snapshots
from .schema import CAMPAIGNS, DIRECTORY, KINDS, SCHEMA, SNAPSHOTS, TABLES

Facts = tuple[Any, ...]  # in the order of FACTS

_KIND_OF = {
    "label": "listed",
    "status": "listed",
    "track_opens": "tracking",
    "track_clicks": "tracking",
    "steps": "steps",
}
# kept once of each campaign: first what a note says in `once`
_SILENT = (None,) * len(ONCE)
_NOTED = (*ONCE, *(f"{kind}_at" for kind in KINDS))


def campaign_keys(connection: Connection, ids: Sequence[str], where: str) -> dict[str, int]:
    """Find the key of each campaign; a new one gets one."""
    distinct = list(dict.fromkeys(ids))
    keys = keys_of(connection, distinct)
    if len(keys) == len(distinct):
        return keys
    new = [check_id(name, ids.index(name), where) for name in distinct if name not in keys]
    if new:
        insert_new(connection, CAMPAIGNS, [(name,) for name in new], ("campaign_id",))
        keys |= keys_of(connection, new)
    return keys


def write_snapshots(connection: Connection, keys: Mapping[str, int], taken: Snapshots) -> int:
    """Insert the snapshots that are not there yet; give their number."""
    columns = {"campaign": [keys[name] for name in taken.ids], "fetched_at": taken.times.tolist()}
    columns |= {name: column.tolist() for name, column in zip(COUNTS, taken.counts, strict=True)}
    for name, column in zip(CONTACTS, taken.contacts, strict=True):
        if (column != UNKNOWN).any():  # seldom, and what is not written costs nothing
            columns[name] = [None if value == UNKNOWN else value for value in column.tolist()]
    if taken.differ.any():
        columns["rates_differ"] = taken.differ.astype(int).tolist()
    return insert_new(connection, SNAPSHOTS, list(zip(*columns.values(), strict=True)), tuple(columns))


def insert_new(
    connection: Connection, table: Table, rows: list[tuple[Any, ...]], names: tuple[str, ...] | None = None
) -> int:
    """Insert rows by the driver itself, leaving out those whose key is there; give the number of new ones."""
    if not rows:
        return 0
    statement = _insertion(connection.dialect, table, names)
    return connection.exec_driver_sql(statement, rows).rowcount


@functools.lru_cache(maxsize=16)
def _insertion(dialect: Dialect, table: Table, names: tuple[str, ...] | None) -> str:
    make = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement = make(table).on_conflict_do_nothing().inline()
    return str(statement.compile(dialect=dialect, column_keys=names))


def write_notes(connection: Connection, keys: Mapping[str, int], notes: Sequence[Note], *, confirm: bool) -> int:
    """Keep what is new beside the counts; give the number of campaigns of which anything is.

    `confirm` says that all of it has just been told, so that also what is unchanged is known as of now.
    """
    known = _facts_of(connection, sorted({keys[note.campaign_id] for note in notes}))
    if not confirm:
        notes = [note for note in notes if not _is_known(note, known.get(keys[note.campaign_id]))]
    rows = _rows_of(connection, sorted({keys[note.campaign_id] for note in notes}))
    changed: dict[tuple[int, int], Facts] = {}
    touched: dict[int, Facts] = {}
    news = set()
    for note in notes:
        key = keys[note.campaign_id]
        new = _merge(known.setdefault(key, []), note, changed, key)
        is_new = bool(new) or _says_more(note.once, rows[key])
        if is_new:
            news.add(key)
        if is_new or confirm:
            row = _updated(rows[key], note, new, confirm=confirm)
            if row != rows[key]:
                rows[key] = touched[key] = row
    _upsert_facts(connection, changed)
    _update_campaigns(connection, touched)
    return len(news)


def _is_known(note: Note, known: list[tuple[int, Facts]] | None) -> bool:
    """Tell whether a note says no more than the newest one did: true of nearly all, so it is found out first."""
    if not known or note.at < known[-1][0] or note.once != _SILENT:
        return False
    newest = known[-1][1]
    return note.facts == newest or not _says_more(note.facts, newest)


def _facts_of(connection: Connection, keys: Sequence[int]) -> dict[int, list[tuple[int, Facts]]]:
    """Fetch all that was ever noted of campaigns: key -> times with facts, the oldest first."""
    found: dict[int, list[tuple[int, Facts]]] = {}
    if not keys:
        return found
    chosen = select(DIRECTORY).where(among(DIRECTORY, keys)).order_by(DIRECTORY.c.campaign, DIRECTORY.c.noted_at)
    for row in tuples(connection, chosen):
        found.setdefault(row[0], []).append((row[1], row[2:]))
    return found


def _rows_of(connection: Connection, keys: Sequence[int]) -> dict[int, Facts]:
    """Fetch what is kept once of campaigns, in the order of `_NOTED`."""
    if not keys:
        return {}
    chosen = select(CAMPAIGNS.c.campaign, *(CAMPAIGNS.c[name] for name in _NOTED)).where(among(CAMPAIGNS, keys))
    return {row[0]: row[1:] for row in tuples(connection, chosen)}


def _says_more(said: Facts, before: Facts) -> bool:
    """Tell whether anything is said that was not known; what is not said is None."""
    return any(now is not None and now != known for now, known in zip(said, before, strict=False))


def _merge(known: list[tuple[int, Facts]], note: Note, changed: dict[tuple[int, int], Facts], key: int) -> set[str]:
    """Put a note where it belongs in time; name the facts that are new by it."""
    place = bisect_right(known, note.at, key=lambda each: each[0])
    old = known[place - 1][1] if place else (None,) * len(FACTS)
    if note.facts == old or not _says_more(note.facts, old):
        return set()
    facts = _overlaid(note.facts, old)
    if place and known[place - 1][0] == note.at:
        place -= 1
        del known[place]
    known.insert(place, (note.at, facts))
    changed[key, note.at] = facts
    for later in range(place + 1, len(known)):  # what was not known then either
        at, said = known[later]
        known[later] = (at, _overlaid(said, facts))
        changed[key, at] = known[later][1]
    return {name for name, now, before in zip(FACTS, facts, old, strict=True) if now != before}


def _overlaid(said: Facts, before: Facts) -> Facts:
    return tuple(b if a is None else a for a, b in zip(said, before, strict=True))


def _updated(before: Facts, note: Note, new: set[str], *, confirm: bool) -> Facts:
    """Bring what is kept once of a campaign up to date, where the note is not older."""
    row = dict(zip(_NOTED, before, strict=True))
    told = {name for name, value in zip(FACTS, note.facts, strict=True) if value is not None}
    for kind in {_KIND_OF[name] for name in (told if confirm else new)}:
        row[f"{kind}_at"] = max(note.at, row[f"{kind}_at"] or note.at)
    created_at, contacts, reached = note.once
    if created_at is not None:
        row["created_at"] = created_at
    if contacts is not None and note.at >= (row["contacts_at"] or note.at):
        row["contacts"], row["contacts_reached"], row["contacts_at"] = contacts, reached, note.at
    return tuple(row.values())


def _upsert_facts(connection: Connection, changed: Mapping[tuple[int, int], Facts]) -> None:
    if not changed:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(DIRECTORY)
    replaced = {name: statement.excluded[name] for name in FACTS}
    statement = statement.on_conflict_do_update(index_elements=["campaign", "noted_at"], set_=replaced)
    compiled = statement.compile(dialect=connection.dialect)
    connection.exec_driver_sql(str(compiled), [(key, at, *facts) for (key, at), facts in changed.items()])


def write_whole_list(connection: Connection, at: int, *, present: bool) -> None:
    """Keep when all campaigns there are were listed; what is told in the present is never the older one."""
    statement = update(SCHEMA).values(listed_at=at)
    earlier = or_(SCHEMA.c.listed_at.is_(None), SCHEMA.c.listed_at < at)
    connection.execute(statement if present else statement.where(earlier))


def _update_campaigns(connection: Connection, touched: Mapping[int, Facts]) -> None:
    if touched:
        values: dict[str, Any] = {name: bindparam(name) for name in _NOTED}
        statement = update(CAMPAIGNS).where(CAMPAIGNS.c.campaign == bindparam("key")).values(values)
        connection.execute(
            statement, [{"key": key, **dict(zip(_NOTED, row, strict=True))} for key, row in touched.items()]
        )


def remove(connection: Connection, keys: Sequence[int]) -> None:
    """Delete all that is there of some campaigns."""
    for table in reversed(TABLES.sorted_tables):
        if "campaign" in table.c and keys:
            connection.execute(delete(table).where(among(table, keys)))
