"""The tables of a history, their version, and how a file of another version is met.

Times are whole microseconds since 1970 UTC, the same on every database. A campaign's own number stands in for its id,
so that a snapshot is a dozen small integers; a table of snapshots is its own index.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from ..errors import HistoryError
from ..metrics import COUNTS

VERSION = 1
KINDS = ("listed", "tracking", "steps", "contacts")  # what is asked for together, and so known since the same time

TABLES = MetaData()
SCHEMA = Table(
    "leadlex_schema",
    TABLES,
    Column("version", Integer, nullable=False),
    Column("listed_at", BigInteger),  # when all campaigns there are were last listed
)
CAMPAIGNS = Table(
    "leadlex_campaigns",
    TABLES,
    Column("campaign", Integer, primary_key=True),
    Column("campaign_id", Text, nullable=False, unique=True),
    Column("created_at", BigInteger),
    Column("contacts", BigInteger),  # the newest known; those of a snapshot stand with the snapshot
    Column("contacts_reached", BigInteger),
    *(Column(f"{kind}_at", BigInteger) for kind in KINDS),  # when the facts were last told; NULL: never
)
SNAPSHOTS = Table(
    "leadlex_snapshots",
    TABLES,
    Column("campaign", Integer, ForeignKey(CAMPAIGNS.c.campaign), primary_key=True, autoincrement=False),
    Column("fetched_at", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in COUNTS),
    Column("contacts", BigInteger),
    Column("contacts_reached", BigInteger),
    Column(
        "rates_differ", SmallInteger, nullable=False, server_default="0"
    ),  # the service's own rates were not those of the counts
    sqlite_with_rowid=False,
)
# each row says all that was known of a campaign from then on
DIRECTORY = Table(
    "leadlex_directory",
    TABLES,
    Column("campaign", Integer, ForeignKey(CAMPAIGNS.c.campaign), primary_key=True, autoincrement=False),
    Column("noted_at", BigInteger, primary_key=True, autoincrement=False),
    Column("label", Text),
    Column("status", Text),
    Column("track_opens", SmallInteger),
    Column("track_clicks", SmallInteger),
    Column("steps", BigInteger),
    sqlite_with_rowid=False,
)

# version -> what makes the next version of it; each runs in the transaction that raises the version
MIGRATIONS: dict[int, Callable[[Connection], None]] = {}


def stored_version(connection: Connection) -> int | None:
    """Tell the version of the tables that are there; None: there are none."""
    if not inspect(connection).has_table(SCHEMA.name):
        return None
    version = connection.scalar(select(SCHEMA.c.version))
    return None if version is None else int(version)


def other_tables(connection: Connection) -> list[str]:
    """Name the tables that are not ours."""
    return sorted(set(inspect(connection).get_table_names()) - set(TABLES.tables))


def prepare(connection: Connection) -> None:
    """Make the tables, or those of an older version into today's; within a transaction that writes."""
    version = stored_version(connection)
    if version is None:
        TABLES.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=VERSION))
        return
    for older in range(version, VERSION):
        MIGRATIONS[older](connection)
        connection.execute(update(SCHEMA).values(version=older + 1))


def check_version(version: int, where: str, shown: str) -> None:
    """Refuse tables of a newer package."""
    if version > VERSION:
        raise HistoryError(
            f"{where}: {shown} was written by a newer leadlex-pandas (its tables are of version {version}, this "
            f"package knows {VERSION}). Upgrade it here: pip install --upgrade leadlex-pandas. Nothing was changed."
        )
