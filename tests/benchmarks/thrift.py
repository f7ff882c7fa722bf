"""How well replies are known for the calls that are spent: `History.due` beside reading one campaign after the other.

Months are invented hour by hour (tests/history/worlds.py); the error is the mean over campaigns and hours of
|true - last read| / max(1, true). Nothing here depends on time: what is promised must hold.
"""

from __future__ import annotations

import numpy as np
from report import Row

from tests.history.worlds import World, by_worth, in_turn, month, play

# what a month is like, campaigns, calls a day, what `month` is told
MONTHS = (
    ("they never sent before", 40, 100, {"drafts": True}),
    ("in office hours", 40, 100, {"office": True}),
    ("phases of 5 days", 40, 100, {"phase": 5}),
    ("few calls", 40, 20, {}),
    ("1 in 10 unsettled", 400, 100, {"of": 20, "phase": 3}),
    ("1,000 calls", 400, 1_000, {}),
)


def run(short: bool) -> list[Row]:
    """Play months through: the promised one with many seeds, others with a few."""
    rows = [_promised(5 if short else 50)]
    for name, campaigns, calls, told in MONTHS[: 2 if short else None]:
        worlds = (month(seed, campaigns=campaigns, **told) for seed in range(2 if campaigns > 40 or short else 10))
        shares, unread = zip(*(_measured(world, calls) for world in worlds), strict=True)
        rows.append(Row(f"due / in turn, {campaigns} campaigns, {calls:,} calls a day, {name}", _figure(shares, unread), "printed"))  # fmt: skip
    return rows


def _promised(seeds: int) -> Row:
    shares, unread = zip(*(_measured(month(seed), 100) for seed in range(seeds)), strict=True)
    ok = max(shares[:5]) <= 0.6 and float(np.mean(shares)) <= 0.6 and max(unread) <= 3
    name = f"due / in turn, 40 campaigns, 100 calls a day, {seeds} months"
    return Row(name, _figure(shares, unread), "0.6 at most, none unsettled unread above 3 days", ok)


def _measured(world: World, calls: int) -> tuple[float, float]:
    """Give the share of the error that is left, and the days an unsettled campaign was unread at most."""
    ours, turns = (play(world, choose(world), a_day=calls) for choose in (by_worth, in_turn))
    return ours.error / turns.error, ours.longest_unsettled


def _figure(shares: tuple[float, ...], unread: tuple[float, ...]) -> str:
    return f"{np.mean(shares):.2f} ({min(shares):.2f}-{max(shares):.2f}; unread {max(unread):.1f} d)"
