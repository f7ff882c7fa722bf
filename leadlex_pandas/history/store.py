"""`History`: recorded snapshots of campaigns, in an SQLite file or on a PostgreSQL server."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from .._checks import check_frame, check_whole
from ..errors import HistoryError, InputError
from . import asking, choosing, frames, queries, recording, writing
from .engines import Database
from .places import find_place

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["History"]

_FOREVER = 2**63 - 1


class History:
    """Snapshots of campaigns in a database, so that calls are spent once and what changed can be told.

    A file serves several programs on one machine at once; a server serves a team. A history may be used by several
    threads, and after a fork. It is pickled as its address, unless a password stands in that.

    Ids that are not in it are no error: they have no row, and `read`, `latest` and `forget` warn of them. `as_of`,
    `directory` and `due` do not: what asks the service next is often about campaigns that are new.

    Parameters
    ----------
    url : str or path, optional
        An SQLite file, by its path or as ``sqlite:///stats.sqlite``, made if it is not there; or a PostgreSQL database,
        as in ``postgresql+psycopg://user@host/name`` (install ``leadlex-pandas[postgres]``). By default the environment
        variable LEADLEX_HISTORY. Whoever wants to write waits up to 30 s for another who does; a file's
        ``?timeout=5`` makes that 5.

    Raises
    ------
    HistoryError
        If there is no url, or what it names cannot be opened, is no history, or one of a newer version.
    InputError
        If the url is neither a path nor an address of these kinds.

    Examples
    --------
    >>> import tempfile
    >>> import leadlex_pandas
    >>> from leadlex_pandas import History, sandbox
    >>> with sandbox.start() as server, tempfile.TemporaryDirectory() as folder:
    ...     ids = list(server.campaigns.index[:3])
    ...     stats = leadlex_pandas.read_stats(ids, api_key=server.api_key, base_url=server.url)
    ...     with History(f"{folder}/stats.sqlite") as history:
    ...         history.record(stats), history.record(stats), len(history.latest())
    (3, 0, 3)
    """

    def __init__(self, url: str | os.PathLike[str] | None = None) -> None:
        self._database = Database(find_place(url, "History"))
        weakref.finalize(self, self._database.close)  # for those who never close it, and where it cannot be opened
        self._database.prepare("History")

    @property
    def name(self) -> str:
        """Where it is: the path or the address, without a password."""
        return self._database.place.shown

    def record(self, stats: pd.DataFrame) -> int:
        """Keep what a read gave, once: a row whose campaign and time are there already changes nothing.

        All rows are kept or, if anything fails, none.

        Parameters
        ----------
        stats : pandas.DataFrame
            As `read_stats` gives it: index `campaign_id` (or a column, or an index level), the six counts, `fetched_at`
            with its time zone. Also kept are `label`, `status`, `created_at`, `track_opens`, `track_clicks`, `steps`,
            `contacts` and `contacts_reached`, where they are there, and the caveat api_rates_differ. Rows in which a
            count is missing are left out.

        Returns
        -------
        int
            How many rows are new.

        Raises
        ------
        HistoryError
            If it cannot be written; the rows are in its `.stats`.
        InputError, ColumnsError
            If the frame is not of this form.
        """
        where = "History.record"
        df = recording.with_times(check_frame(stats, where))
        taken = recording.snapshots_of(df, where)
        notes = recording.notes_of(df, taken.rows, taken.times, where)
        try:
            with self._database.writing(where) as connection:
                keys = writing.campaign_keys(connection, taken.ids, where)
                new = writing.write_snapshots(connection, keys, taken)
                writing.write_notes(connection, keys, notes, confirm=False)
        except HistoryError as error:
            error.stats = stats
            raise
        return new

    def record_campaigns(self, campaigns: pd.DataFrame, *, noted_at: object = None, whole: bool = False) -> int:
        """Keep what is known of campaigns beside their counts: a row is added only where something changed.

        Parameters
        ----------
        campaigns : pandas.DataFrame
            As `read_campaigns` gives it. What is missing in it changes nothing; what stands there counts as told at
            `noted_at`, so leave out what was not asked for.
        noted_at : time, optional
            When this was told: with its time zone, or a date, which is midnight UTC. By default now.
        whole : bool, default False
            Whether these are all campaigns there are, so that others need not be asked for.

        Returns
        -------
        int
            Of how many campaigns something is new.

        Raises
        ------
        HistoryError
            If it cannot be written; the rows are in its `.stats`.
        InputError
            If the frame is not of this form.
        """
        where = "History.record_campaigns"
        df = check_frame(campaigns, where)
        at = asking.micros(pd.Timestamp.now("UTC") if noted_at is None else noted_at, "noted_at", where)
        rows = np.ones(len(df), dtype=bool)
        notes = recording.notes_of(df, rows, np.full(len(df), at), where)
        try:
            with self._database.writing(where) as connection:
                if whole:
                    writing.write_whole_list(connection, at, present=noted_at is None)
                keys = writing.campaign_keys(connection, recording.ids_of(df, rows, where), where)
                return writing.write_notes(connection, keys, notes, confirm=True)
        except HistoryError as error:
            error.stats = campaigns
            raise

    def read(self, ids: object = None, since: object = None, until: object = None) -> pd.DataFrame:
        """Give the recorded snapshots.

        Parameters
        ----------
        ids : optional
            One id, several, or a frame with them in its index; by default all.
        since, until : time, optional
            Only snapshots from then, and up to then, both included: with their time zone, or a date, which is midnight
            UTC.

        Returns
        -------
        pandas.DataFrame
            Index (`campaign_id`, `fetched_at`): campaigns in the order of `ids`, or of their first recording; of each
            the oldest first. Columns as `read_stats` gives them, without `fetched_at`; facts such as `label` as they
            were known then, each if it is known of any. `changes`, `trend` and `growth` take it in place of the
            history, as for the trend of a part: ``trend(history.read(ids))``.

        Raises
        ------
        InputError
            If an argument is not allowed.
        HistoryError
            If it cannot be read.

        Warns
        -----
        LeadlexWarning
            If some of `ids` are not in this history; they have no row.
        """
        where = "History.read"
        wanted = asking.given_ids(ids, where)
        start, end = (
            None if value is None else asking.micros(value, name, where)
            for name, value in (("since", since), ("until", until))
        )
        with self._database.reading(where) as connection:
            keys = queries.campaigns_in(connection, wanted)
            everything = wanted is None and start is None and end is None
            rows = queries.snapshots_between(connection, None if everything else list(keys), start, end)
            known = queries.known_of(connection, None if wanted is None else list(keys))
        asking.warn_of_unknown(wanted, set(keys.values()), where)
        places = frames.places(keys, rows[:, 0])
        if (np.diff(places) < 0).any():
            order = np.argsort(places, kind="stable")
            rows, places = rows[order], places[order]
        times, codes = np.unique(rows[:, 1], return_inverse=True)
        index = frames.index_of(places, keys, times, codes, ["campaign_id", "fetched_at"])
        return frames.stats_frame(rows, index, known, where, timed=False)

    def latest(self, ids: object = None) -> pd.DataFrame:
        """Give the newest snapshot of each campaign.

        Parameters
        ----------
        ids : optional
            One id, several, or a frame with them in its index; by default all.

        Returns
        -------
        pandas.DataFrame
            Index `campaign_id`, in the order of `ids`, or of their first recording; columns as `read_stats` gives them,
            `fetched_at` included. A campaign that was never recorded has no row. Columns of your own, such as a partner
            or an office, are not kept; join them on again: ``history.latest().join(campaigns[["partner"]])``, where
            `campaigns` has the ids as its index. The trend of a part is ``trend(history.read(ids))``.

        Raises
        ------
        InputError
            If an id is not allowed.
        HistoryError
            If it cannot be read.

        Warns
        -----
        LeadlexWarning
            If some of `ids` are not in this history; they have no row.
        """
        where = "History.latest"
        wanted = asking.given_ids(ids, where)
        with self._database.reading(where) as connection:
            keys = queries.campaigns_in(connection, wanted)
            rows = queries.newest_snapshots(connection, [(key, _FOREVER) for key in keys])
            known = queries.known_of(connection, None if wanted is None else list(keys))
        asking.warn_of_unknown(wanted, set(keys.values()), where)
        places = frames.places(keys, rows[:, 0])
        order = np.argsort(places)
        index = pd.Index(list(keys.values()), dtype=str, name="campaign_id").take(places[order])
        return frames.stats_frame(rows[order], index, known, where)

    def as_of(self, times: object, ids: object = None) -> pd.DataFrame:
        """Give the newest snapshot of each campaign at or before each of some times.

        Parameters
        ----------
        times : time, iterable of times, or pandas.Series
            With their time zone, or dates, which are midnight UTC. A Series whose index holds campaign ids gives each
            campaign its own time.
        ids : optional
            One id, several, or a frame with them in its index; by default all (of a Series: those in it).

        Returns
        -------
        pandas.DataFrame
            Index (`time`, `campaign_id`), in the order of `times`, then of `ids`; columns as `read_stats` gives them,
            `fetched_at` included. A campaign that had not been recorded by a time has no row there.

        Raises
        ------
        InputError
            If a time or an id is not allowed.
        HistoryError
            If it cannot be read.
        """
        where = "History.as_of"
        own = asking.own_times(times, where)
        wanted = asking.given_ids(ids if ids is not None or own is None else list(own), where)
        moments = sorted(set(own.values())) if own is not None else asking.moments(times, where)
        with self._database.reading(where) as connection:
            keys = queries.campaigns_in(connection, wanted)
            if own is not None:
                keys = {key: name for key, name in keys.items() if name in own}
                asked = [(key, own[name]) for key, name in keys.items()]
            else:
                asked = [(key, at) for at in moments for key in keys]
            rows = queries.newest_snapshots(connection, asked)
            known = queries.known_of(connection, None if wanted is None else list(keys))
        places, at = frames.places(keys, rows[:, 0]), np.array(moments, dtype=np.int64)
        which = np.argsort(at)[np.searchsorted(np.sort(at), rows[:, -1])] if len(at) else rows[:, -1]
        order = np.lexsort([places, which])
        rows, places, which = rows[order], places[order], which[order]
        index = frames.index_of(places, keys, at, which, ["campaign_id", "time"]).swaplevel()
        return frames.stats_frame(rows, index, known, where)

    def campaigns(self) -> pd.DataFrame:
        """List the campaigns, without looking through their snapshots.

        Returns
        -------
        pandas.DataFrame
            Index `campaign_id`, in the order of their first recording; `label` (the newest known), `first_fetched_at`
            and `last_fetched_at` (UTC; missing where only the directory knows the campaign).

        Raises
        ------
        HistoryError
            If it cannot be read.
        """
        where = "History.campaigns"
        with self._database.reading(where) as connection:
            keys = queries.campaigns_in(connection, None)
            ends = queries.first_and_last(connection)
            known = queries.known_of(connection, None)
        index = pd.Index(list(keys.values()), dtype=str, name="campaign_id")
        directory = frames.directory_frame(index, np.array(list(keys), dtype=np.int64), known)
        return frames.campaigns_frame(index, directory["label"], ends)

    def directory(self, ids: object = None) -> pd.DataFrame:
        """Give the newest that is known of campaigns beside their counts.

        Parameters
        ----------
        ids : optional
            One id, several, or a frame with them in its index; by default all.

        Returns
        -------
        pandas.DataFrame
            Index `campaign_id`, in the order of `ids`, or of their first recording; all columns that `read_campaigns`
            can give, missing where unknown; `status_since`, when the status was first told; `noted_at`, when anything
            was last told, and for each kind of fact `listed_at` (label and status), `tracking_at`, `steps_at`,
            `contacts_at` (UTC): missing means never.

        Raises
        ------
        InputError
            If an id is not allowed.
        HistoryError
            If it cannot be read.
        """
        where = "History.directory"
        wanted = asking.given_ids(ids, where)
        with self._database.reading(where) as connection:
            keys = queries.campaigns_in(connection, wanted)
            known = queries.known_of(connection, None if wanted is None else list(keys))
        index = pd.Index(list(keys.values()), dtype=str, name="campaign_id")
        return frames.directory_frame(index, np.array(list(keys), dtype=np.int64), known)

    @property
    def listed_at(self) -> pd.Timestamp | None:
        """When all campaigns there are were last listed (UTC); None: never."""
        with self._database.reading("History.listed_at") as connection:
            at = queries.whole_list(connection)
        return None if at is None else pd.Timestamp(at, unit="us", tz="UTC")

    def due(self, ids: object = None, calls: int | None = None, now: object = None) -> list[str]:
        """Choose the campaigns that are worth the next calls.

        Those never recorded come first. Of the others, those whose replies are expected to have changed most since
        their last snapshot, in relation to what they are: long unread, fast growing, still sending or gathering late
        replies. Settled ones are looked at less and less often; yet whatever has been unread for more than two and a
        half days gets every other call. Campaigns whose `status` was noted as "not found" (`leadlex record` does that)
        come last, until they are read or listed again.

        Parameters
        ----------
        ids : optional
            One id, several, or a frame with them in its index: the campaigns to choose from, known to this history or
            not. By default all that it knows, also those that only its directory knows.
        calls : int, optional
            How many to choose. By default all of them, those worth most first.
        now : time, optional
            The present: with its time zone, or a date, which is midnight UTC. By default the computer's.

        Returns
        -------
        list of str
            Campaign ids, those worth most first; fewer than `calls` if there are no more.

        Raises
        ------
        InputError
            If an argument is not allowed.
        HistoryError
            If it cannot be read.

        References
        ----------
        Tripathi, V. and Modiano, E. (2019). A Whittle index approach to minimizing functions of age of information.
        57th Annual Allerton Conference on Communication, Control, and Computing. The expected error stands in
        ``leadlex_pandas/history/ripeness.py``.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> from leadlex_pandas import History, from_frame
        >>> counts = pd.DataFrame(
        ...     {"sent_count": [400, 900], "opened_count": 0, "clicked_count": 0, "replied_count": [9, 31]},
        ...     index=pd.Index(["sending", "settled"], name="campaign_id"),
        ... ).assign(bounced_count=0, unsubscribed_count=0)
        >>> with tempfile.TemporaryDirectory() as folder, History(f"{folder}/stats.sqlite") as history:
        ...     for day in ("2026-09-01", "2026-09-02", "2026-09-03"):
        ...         _ = history.record(from_frame(counts.assign(fetched_at=pd.Timestamp(day, tz="UTC"))))
        ...         counts.loc["sending", ["sent_count", "replied_count"]] += [400, 12]
        ...     history.due(["settled", "sending", "new"], calls=2, now="2026-09-03 12:00Z")
        ['new', 'sending']
        """
        where = "History.due"
        wanted = asking.given_ids(ids, where)
        most = None if calls is None else check_whole(calls, "calls", where, least=0)
        at = asking.micros(pd.Timestamp.now("UTC") if now is None else now, "now", where)
        with self._database.reading(where) as connection:
            return choosing.due(connection, wanted, at, most)

    def forget(self, ids: object) -> int:
        """Delete all that is kept of campaigns, for good: also from free pages and journals of the database.

        This rewrites the file (on PostgreSQL, the tables), which takes a while and as much free space. Backups,
        copies of the file and file system snapshots keep what they have, and so does PostgreSQL's archive of its log:
        delete there too.

        Parameters
        ----------
        ids : str, iterable of str or pandas.DataFrame
            The campaigns.

        Returns
        -------
        int
            How many of them there were.

        Raises
        ------
        InputError
            If an id is not allowed.
        HistoryError
            If it cannot be written.

        Warns
        -----
        LeadlexWarning
            If some are not in this history: forgotten before, or a label was given in place of an id. The others are
            deleted.
        """
        where = "History.forget"
        wanted = asking.given_ids(ids, where)
        if wanted is None:
            raise InputError(
                f"{where}: ids must be one id, several ids or a DataFrame, not None. "
                "To forget everything, delete the file or the tables."
            )
        with self._database.writing(where) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
            keys = queries.campaigns_in(connection, wanted)
            writing.remove(connection, list(keys))
        self._database.wipe(where)
        asking.warn_of_unknown(wanted, set(keys.values()), where)
        return len(keys)

    def close(self) -> None:
        """Let go of the database; calling it again does nothing, and a later call of another method opens it again."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"History({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        place = self._database.place
        if place.has_secret:
            raise TypeError(
                "a History with a password in its address is not pickled: give the password by PGPASSWORD or "
                "~/.pgpass, or open the history where it is needed."
            )
        return History, (place.url.render_as_string(hide_password=False),)
