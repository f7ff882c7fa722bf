"""Which campaigns of a history are worth the next calls: what is looked up of each, for `ripeness` to judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from ..metrics import COUNTS
from . import queries
from .ripeness import LOOKBACK, Floats, most_worth
from .schema import DIRECTORY

_DAY = 86_400_000_000  # microseconds
_FOREVER = 2**63 - 1
_COMPLETED = "completed"
_SENT, _REPLIED = (2 + COUNTS.index(name) for name in ("sent_count", "replied_count"))  # after campaign and time
_STATUS = list(DIRECTORY.c.keys()).index("status")


def due(connection: Connection, ids: Sequence[str] | None, now: int, calls: int | None) -> list[str]:
    """Give the ids of the campaigns that are worth the next calls; None: of all campaigns, all in their order."""
    keys = {name: key for key, name in queries.campaigns_in(connection, ids).items()}
    names = sorted(keys if ids is None else ids)  # of equals, the smaller id goes first
    rows = {key: row for row, name in enumerate(names) if (key := keys.get(name)) is not None}
    times, sent, replied = _looked_up(connection, rows, len(names), now)
    completed = np.zeros(len(names), dtype=bool)
    noted, _ = queries.known_of(connection, list(rows))
    for note in noted:  # of each campaign the oldest first: the newest remains
        completed[rows[note[0]]] = note[_STATUS] == _COMPLETED
    order = most_worth(times, sent, replied, 0.0, len(names) if calls is None else calls, completed)
    return [names[place] for place in order]


def _looked_up(connection: Connection, rows: dict[int, int], campaigns: int, now: int) -> tuple[Floats, Floats, Floats]:
    """Fetch the snapshots at some times before now: times in days since now, and counts of emails and replies."""
    # what another clock dated after now is a read all the same
    moments = [_FOREVER if days == 0 else now - round(days * _DAY) for days in LOOKBACK]
    found = queries.newest_snapshots(connection, [(key, at) for at in moments for key in rows])
    places = {at: place for place, at in enumerate(moments)}
    here = [rows[key] for key in found[:, 0].tolist()], [places[at] for at in found[:, -1].tolist()]
    times, sent, replied = (np.full((campaigns, len(moments)), np.nan) for _ in range(3))
    times[here] = (found[:, 1] - now) / _DAY
    sent[here] = found[:, _SENT]
    replied[here] = found[:, _REPLIED]
    return times, sent, replied
