"""Rows into the database: snapshots that are not there yet, and facts that have changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from .._checks import check_id
from .queries import campaigns_in, chunks
from .recording import FACTS, UNKNOWN, Note, Snapshots
from .schema import CAMPAIGNS, DIRECTORY, KINDS, SCHEMA, SNAPSHOTS, TABLES

_KIND_OF = {
    "label": "listed",
    "status": "listed",
    "track_opens": "tracking",
    "track_clicks": "tracking",
    "steps": "steps",
}
_NOTED = ("created_at", "contacts", "contacts_reached", *(f"{kind}_at" for kind in KINDS))
_KEYS = 1_000


def write_snapshots(connection: Connection, taken: Snapshots, where: str) -> int:
    """Insert the snapshots that are not there yet; give their number."""
    keys = campaign_keys(connection, taken.ids, where)
    contacts = [[None if value == UNKNOWN else value for value in column.tolist()] for column in taken.contacts]
    columns = [
        [keys[name] for name in taken.ids],
        taken.times.tolist(),
        *(column.tolist() for column in taken.counts),
        *contacts,
        taken.differ.astype(int).tolist(),
    ]
    return insert_new(connection, SNAPSHOTS, list(zip(*columns, strict=True)))


def campaign_keys(connection: Connection, ids: Sequence[str], where: str) -> dict[str, int]:
    """Find the key of each campaign; a new one gets one."""
    distinct = list(dict.fromkeys(ids))
    keys = {name: key for key, name in campaigns_in(connection, distinct).items()}
    new = [check_id(name, ids.index(name), where) for name in distinct if name not in keys]
    if new:
        insert_new(connection, CAMPAIGNS, [(name,) for name in new], ["campaign_id"])
        keys |= {name: key for key, name in campaigns_in(connection, new).items()}
    return keys


def insert_new(
    connection: Connection, table: Table, rows: list[tuple[Any, ...]], names: list[str] | None = None
) -> int:
    """Insert rows by the driver itself, leaving out those whose key is there; give the number of new ones."""
    if not rows:
        return 0
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table).on_conflict_do_nothing().inline()
    compiled = statement.compile(dialect=connection.dialect, column_keys=names)
    return connection.exec_driver_sql(str(compiled), rows).rowcount


def write_notes(connection: Connection, notes: Iterable[Note], where: str, *, confirm: bool) -> int:
    """Keep what is new of the directory; give the number of campaigns of which anything is.

    `confirm` says that all of it has just been told, so that also what is unchanged is known as of now.
    """
    listed = list(notes)
    keys = campaign_keys(connection, [note.campaign_id for note in listed], where)
    known = _history_of_facts(connection, keys.values())
    changed: dict[tuple[int, int], list[Any]] = {}
    rows = _campaign_rows(connection, keys.values())
    before = {key: dict(row) for key, row in rows.items()}
    news = set()
    for note in listed:
        key = keys[note.campaign_id]
        differing = _merge(known.setdefault(key, {}), note, changed, key)
        if _update_row(rows[key], note, differing, confirm=confirm) or differing:
            news.add(key)
    _upsert_facts(connection, changed)
    touched = [{"key": key, **row} for key, row in rows.items() if row != before[key]]
    if touched:
        values: dict[str, Any] = {name: bindparam(name) for name in _NOTED}
        statement = update(CAMPAIGNS).where(CAMPAIGNS.c.campaign == bindparam("key")).values(values)
        connection.execute(statement, touched)
    return len(news)


def _history_of_facts(connection: Connection, keys: Iterable[int]) -> dict[int, dict[int, list[Any]]]:
    """Fetch campaign -> time -> facts."""
    found: dict[int, dict[int, list[Any]]] = {}
    for chunk in chunks(list(keys), _KEYS):
        for key, at, *facts in connection.execute(select(DIRECTORY).where(DIRECTORY.c.campaign.in_(chunk))):
            found.setdefault(key, {})[at] = facts
    return found


def _campaign_rows(connection: Connection, keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    columns = [CAMPAIGNS.c.campaign, *(CAMPAIGNS.c[name] for name in _NOTED)]
    return {
        row[0]: dict(zip(_NOTED, row[1:], strict=True))
        for chunk in chunks(list(keys), _KEYS)
        for row in connection.execute(select(*columns).where(CAMPAIGNS.c.campaign.in_(chunk)))
    }


def _merge(known: dict[int, list[Any]], note: Note, changed: dict[tuple[int, int], list[Any]], key: int) -> set[str]:
    """Put a note where it belongs in time; name the facts that it changed."""
    times = sorted(known)
    place = bisect_right(times, note.at)
    old = known[times[place - 1]] if place else [None] * len(FACTS)
    new = [before if now is None else now for now, before in zip(note.facts, old, strict=True)]
    differing = {name for name, a, b in zip(FACTS, old, new, strict=True) if a != b}
    if differing:
        known[note.at] = changed[key, note.at] = new
        for later in times[place:]:  # what was not known then either
            known[later] = [b if a is None else a for a, b in zip(known[later], new, strict=True)]
            changed[key, later] = known[later]
    return differing


def _update_row(row: dict[str, Any], note: Note, differing: set[str], *, confirm: bool) -> bool:
    """Bring what is kept once of each campaign up to date; tell whether anything but its times changed."""
    told = {_KIND_OF[name] for name, value in zip(FACTS, note.facts, strict=True) if value is not None}
    news = {_KIND_OF[name] for name in differing}
    for kind in told:
        at = row[f"{kind}_at"]
        if (confirm or kind in news or at is None) and (at is None or at < note.at):
            row[f"{kind}_at"] = note.at
    before = dict(row)
    if note.created_at is not None:
        row["created_at"] = note.created_at
    at = row["contacts_at"]
    if note.contacts is not None and (at is None or at < note.at):
        given = (note.contacts, note.contacts_reached)
        if confirm or given != (row["contacts"], row["contacts_reached"]):
            row["contacts"], row["contacts_reached"] = given
            row["contacts_at"] = note.at
    return any(row[name] != before[name] for name in ("created_at", "contacts", "contacts_reached"))


def _upsert_facts(connection: Connection, changed: dict[tuple[int, int], list[Any]]) -> None:
    if not changed:
        return
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(DIRECTORY)
    statement = statement.on_conflict_do_update(
        index_elements=["campaign", "noted_at"], set_={name: statement.excluded[name] for name in FACTS}
    )
    rows = [
        {"campaign": key, "noted_at": at, **dict(zip(FACTS, facts, strict=True))}
        for (key, at), facts in changed.items()
    ]
    connection.execute(statement, rows)


def write_whole_list(connection: Connection, at: int) -> None:
    """Keep when all campaigns there are were listed."""
    earlier = or_(SCHEMA.c.listed_at.is_(None), SCHEMA.c.listed_at < at)
    connection.execute(update(SCHEMA).where(earlier).values(listed_at=at))


def remove(connection: Connection, keys: Iterable[int]) -> None:
    """Delete all that is there of some campaigns."""
    for chunk in chunks(list(keys), _KEYS):
        for table in reversed(TABLES.sorted_tables):
            if "campaign" in table.c:
                connection.execute(delete(table).where(table.c.campaign.in_(chunk)))
