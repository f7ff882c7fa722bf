"""Reading many campaigns from a service without limits, beside the physical bound and other clients."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pandas as pd
from clients import calls, names, ours, plain_loop, service, shared_session, with_aiohttp
from report import Row, ratio, seconds

from leadlex_pandas.answers import Answer
from leadlex_pandas.metrics import API_RATES, COUNTS
from leadlex_pandas.reader.frames import stats_frame

LATENCY = 0.08  # s
AT_ONCE = 8  # the default
CONNECTIONS = 32
LOOPED = 40  # campaigns that the loop reads; it takes as long for each of the others


def run(short: bool) -> list[Row]:
    """Compare calls, time and processor time, in runs that take turns."""
    return [*_plain_rows(short), _secured_row(short), _frame_row(short)]


def _plain_rows(short: bool) -> list[Row]:
    campaigns, runs = (240, 3) if short else (2000, 7)
    ids = names(campaigns)
    of_bound, of_loop, of_session, times, spent = [], [], [], [], 0
    with service(LATENCY) as url:
        for _ in range(runs):
            before = calls(url)
            took, processor = _both_times(lambda: ours(url, ids))
            spent += calls(url) - before
            loop = seconds(lambda: plain_loop(url, ids[:LOOPED])) / LOOPED * campaigns
            _, bare = _both_times(lambda: shared_session(url, ids, AT_ONCE))
            of_bound.append(campaigns * LATENCY / AT_ONCE / took)
            of_loop.append(loop / took)
            of_session.append(processor / bare)
            times.append((took, processor / campaigns))
    took, processor = (statistics.median(column) for column in zip(*times, strict=True))
    name = f"read_stats, {campaigns:,} campaigns, {AT_ONCE} at once"
    return [
        Row(f"{name}: calls for each campaign", f"{spent / campaigns / runs:g}", "1", spent == campaigns * runs),
        Row(f"{name}: of what 80 ms an answer allow", f"{statistics.median(of_bound):.3f} ({took:.1f} s)",
            "0.92 at least"),
        Row(f"{name}: times the loop of requests.get", f"{statistics.median(of_loop):.1f}", "7 at least"),
        Row(f"{name}: processor time / threads over a bare session",
            f"{statistics.median(of_session):.2f} ({1000 * processor:.2f} ms a campaign)", "1.3 at most"),
    ]  # fmt: skip


def _both_times(work: Callable[[], object]) -> tuple[float, float]:
    """Time one run, by the clock and by the processor."""
    before = time.process_time()
    took = seconds(work)
    return took, time.process_time() - before


def _secured_row(short: bool) -> Row:
    campaigns, runs = (640, 3) if short else (2000, 7)
    ids = names(campaigns)
    with tempfile.TemporaryDirectory() as folder:
        bundle = str(Path(folder) / "authority.pem")
        with service(LATENCY, "--tls", bundle) as url, mock.patch.dict(os.environ, REQUESTS_CA_BUNDLE=bundle):
            slower, took = ratio(
                lambda: ours(url, ids, concurrency=CONNECTIONS),
                lambda: with_aiohttp(url, ids, CONNECTIONS, bundle),
                runs,
            )
    return Row(
        f"read_stats, {campaigns:,} campaigns, TLS, {CONNECTIONS} at once: of aiohttp's speed",
        f"{1 / slower:.3f} ({took:.1f} s)",
        "0.95 at least",
    )


def _frame_row(short: bool) -> Row:
    campaigns = 20_000 if short else 100_000
    now = time.time_ns() // 1000
    answers = {
        str(number): Answer((1247, 612, 143, 89, 12, 4), (0.491, 0.115, 0.071), now) for number in range(campaigns)
    }
    ids = list(answers)
    carried = pd.DataFrame(index=pd.Index(ids, name="campaign_id", dtype=str))
    records = [(*answer.counts, *answer.api_rates) for answer in answers.values()]

    def plain() -> None:
        frame = pd.DataFrame.from_records(
            records, columns=[*COUNTS, *(f"api_{name}" for name in API_RATES)], index=None
        )
        for number in range(9):
            frame[f"rate_{number}"] = frame["opened_count"] / frame["sent_count"]

    found, took = ratio(lambda: stats_frame(answers, carried, where="read_stats"), plain, 5)
    return Row(
        f"frame of {campaigns:,} answers / from_records and nine divisions",
        f"{found:.1f} ({took:.2f} s)",
        "3 at most",
    )
