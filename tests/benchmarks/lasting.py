"""What a read leaves behind: memory, threads and sockets; and what faults cost: calls, but no row."""

from __future__ import annotations

import contextlib
import gc
import io
import re
import socket
import threading
import tracemalloc
import warnings

import pandas as pd
from clients import KEY, calls, names, service
from report import Row
from service import counts

from leadlex_pandas import read_stats

MOST = 30  # MB above the frame
FAULTS = 0.05


def run(short: bool) -> list[Row]:
    """Read from a service that answers at once, and from one that fails now and then; both depend on no clock."""
    del short
    return [*_left_rows(10_000), _fault_row(500)]


def _left_rows(campaigns: int) -> list[Row]:
    ids = names(campaigns)
    with service(0.0) as url, warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always", ResourceWarning)
        _read(url, ids[:100])  # what is imported for the first time is not counted
        before = _threads_and_sockets()
        tracemalloc.start()
        frame, _ = _read(url, ids)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        threads, sockets = (now - then for now, then in zip(_threads_and_sockets(), before, strict=True))
    size = frame.memory_usage(deep=True).sum()
    above = (peak - size) / 1e6
    left = f"{threads} threads, {sockets} sockets, {len(complaints)} warnings"
    name = f"read_stats, {campaigns:,} campaigns"
    return [
        Row(f"{name}: peak memory above the frame's {size / 1e6:.1f} MB", f"{above:.1f} MB", f"{MOST} at most",
            above <= MOST and len(frame) == campaigns),
        Row(f"{name}: left behind", left, "none", (threads, sockets, len(complaints)) == (0, 0, 0)),
    ]  # fmt: skip


def _threads_and_sockets() -> tuple[int, int]:
    gc.collect()  # whoever was forgotten complains now
    found = [item for item in gc.get_objects() if isinstance(item, socket.socket)]
    return threading.active_count(), sum(item.fileno() >= 0 for item in found)


def _fault_row(campaigns: int) -> Row:
    with service(0.0, "--faults", str(FAULTS)) as url:
        frame, said = _read(url, names(campaigns))
        spent = calls(url)
    right = pd.DataFrame([counts(number) for number in range(campaigns)])
    is_right = bool((frame[right.columns].to_numpy() == right.to_numpy()).all()) and len(frame) == campaigns
    cost = re.search(r"[\d,]+ calls, [\d,]+ of them repeated, [\d.]+ s", said)
    is_said = cost is not None and cost[0].startswith(f"{spent:,} calls, {spent - campaigns:,} of them repeated")
    return Row(
        f"read_stats, {campaigns:,} campaigns, {FAULTS:.0%} of calls get a 503 or no answer",
        cost[0] if cost else f"{spent:,} calls, and nothing said",
        "every row right, and the cost said",
        is_right and is_said,
    )


def _read(url: str, ids: list[str]) -> tuple[pd.DataFrame, str]:
    """Read, and keep what is said on stderr."""
    with contextlib.redirect_stderr(io.StringIO()) as said:
        frame = read_stats(ids, api_key=KEY, base_url=url)
    return frame, said.getvalue()
