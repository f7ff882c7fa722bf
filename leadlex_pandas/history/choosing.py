"""Which campaigns of a history are worth the next calls: what is looked up of each, for `ripeness` to judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection

from ..metrics import COUNTS
from . import queries
from .recording import FACTS
from .ripeness import LOOKBACK, Floats, most_worth

_DAY = 86_400_000_000  # microseconds
_AHEAD = 1.0  # days; what is dated later than that was dated by a clock that went wrong, and tells nothing
_COMPLETED = "completed"
NOT_FOUND = "not found"  # noted of a campaign that the service did not know any more
_SENT, _REPLIED = (2 + COUNTS.index(name) for name in ("sent_count", "replied_count"))  # after campaign and time
_STATUS = FACTS.index("status")


def due(connection: Connection, ids: Sequence[str] | None, now: int, calls: int | None) -> list[str]:
    """Give the ids of the campaigns that are worth the next calls; None: of all campaigns, all in their order."""
    keys = {name: key for key, name in queries.campaigns_in(connection, ids).items()}
    names = sorted(keys if ids is None else ids)  # of equals, the smaller id goes first
    rows = {key: row for row, name in enumerate(names) if (key := keys.get(name)) is not None}
    times, sent, replied = _looked_up(connection, rows, len(names), now)
    completed, gone = np.zeros((2, len(names)), dtype=bool)
    noted, _ = queries.known_of(connection, list(rows))
    last = now + np.max(times, axis=1, initial=-np.inf, where=~np.isnan(times)) * _DAY
    for key, noted_at, *facts in noted:  # of each campaign the oldest first: the newest remains
        row = rows[key]
        completed[row] = facts[_STATUS] == _COMPLETED
        gone[row] = facts[_STATUS] == NOT_FOUND and noted_at > last[row]
    order = most_worth(times, sent, replied, 0.0, len(names), completed)
    order = np.concatenate([order[~gone[order]], order[gone[order]]])
    return [names[place] for place in order[:calls]]


def _looked_up(connection: Connection, rows: dict[int, int], campaigns: int, now: int) -> tuple[Floats, Floats, Floats]:
    """Fetch the snapshots at some times before now: times in days since now, and counts of emails and replies."""
    # what another clock dated a little after now is a read all the same
    moments = [now - round((days or -_AHEAD) * _DAY) for days in LOOKBACK]
    found = queries.newest_snapshots(connection, [(key, at) for at in moments for key in rows])
    places = {at: place for place, at in enumerate(moments)}
    here = [rows[key] for key in found[:, 0].tolist()], [places[at] for at in found[:, -1].tolist()]
    times, sent, replied = (np.full((campaigns, len(moments)), np.nan) for _ in range(3))
    times[here] = (found[:, 1] - now) / _DAY
    sent[here] = found[:, _SENT]
    replied[here] = found[:, _REPLIED]
    return times, sent, replied
