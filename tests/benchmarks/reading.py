"""Reading many campaigns from a service that takes 80 ms for each answer."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import requests
from report import Row, ratio, seconds

from leadlex_pandas import read_stats
from leadlex_pandas.answers import Answer
from leadlex_pandas.metrics import API_RATES, COUNTS
from leadlex_pandas.reader.frames import stats_frame

LATENCY = 0.08
KEY = "wbk_" + "0" * 48


def run(short: bool) -> list[Row]:
    """Compare with the physical limit, with the loop of the service's own reference, and count the calls."""
    campaigns, runs = (160, 3) if short else (2000, 7)
    ids = [f"campaign-{number}" for number in range(campaigns)]
    with service() as url:
        before = calls(url)
        times = [seconds(lambda: read_stats(ids, api_key=KEY, base_url=url)) for _ in range(runs)]
        spent = calls(url) - before
        loop = seconds(lambda: plain_loop(url, ids[:40])) / 40 * campaigns
    took = statistics.median(times)
    of_bound = campaigns * LATENCY / 8 / took
    name = f"read_stats, {campaigns:,} campaigns, 8 at once"
    return [
        Row(f"{name}: calls for each campaign", f"{spent / campaigns / runs:g}", "1", spent == campaigns * runs),
        Row(f"{name}: of what 80 ms an answer allow", f"{of_bound:.2f} ({took:.1f} s)", "0.92 at least"),
        Row(f"{name}: times the loop of requests.get", f"{loop / took:.1f}", "7 at least"),
        _frame_row(short),
    ]


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
        "3 at most (later)",
    )


def plain_loop(url: str, ids: list[str]) -> None:
    """Do what the service's reference shows."""
    for campaign_id in ids:
        requests.get(f"{url}/v1/campaigns/{campaign_id}/stats", headers={"Authorization": f"Bearer {KEY}"}, timeout=30)


def calls(url: str) -> int:
    """Ask the service how often it was called."""
    return int(requests.get(f"{url}/calls", timeout=30).text)


@contextlib.contextmanager
def service() -> Iterator[str]:
    """Run the service in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("service.py")), str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()
