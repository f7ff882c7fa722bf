"""What errors carry away from a read, and what a read leaves behind."""

import pickle
import signal
import subprocess
import sys
import threading
import time

import pandas as pd
import pytest

from leadlex_pandas import (
    ConnectionFailedError,
    InvalidKeyError,
    LeadlexError,
    MissingPermissionError,
    PartialReadError,
    RateLimitError,
    UnexpectedResponseError,
    gate,
)
from leadlex_pandas.errors import ColumnsError, MissingKeyError
from leadlex_pandas.sandbox.portfolio import portfolio
from tests.reader.texts import RESUME

IDS = list(portfolio().counts.index)
A, B, C = IDS[:3]


def _errors(own, read):
    """One of each kind that leaves a read."""
    own.fail("drop", campaign_id=A, times=None)
    own.fail(500, campaign_id=B, times=None)
    own.fail(429, campaign_id=C, times=None, retry_after=0)
    with pytest.raises(PartialReadError) as several:
        read(own, [*IDS[:5], "no such"])
    for options in ({"api_key": "wbk_wrong"}, {"api_key": own.key_without_permission}, {"api_key": " "}, {"ids": [""]}):
        with pytest.raises(LeadlexError) as one:
            read(own, **{"ids": IDS[3], **options})
        yield one.value
    gate._gates.clear()  # the refusals are over
    with pytest.raises(ConnectionFailedError) as unreachable:
        read(own, A)
    failures = several.value.failures
    assert [type(error).__name__ for error in failures.values()] == [
        "ConnectionFailedError",
        "ServerError",
        "RateLimitError",
        "CampaignNotFoundError",
    ]
    yield from (several.value, unreachable.value, *failures.values())


def _facts(error):
    own = {name: value for name, value in vars(error).items() if name not in ("stats", "failures")}
    failures = {campaign_id: (type(failure), str(failure)) for campaign_id, failure in error.failures.items()}
    return type(error), str(error), own, failures


@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_errors_survive_pickling(own, read, waits, protocol):
    seen = list(_errors(own, read))
    seen += [UnexpectedResponseError("a", "it is not JSON", "req_1"), ColumnsError("missing"), MissingKeyError("x")]
    for error in seen:
        again = pickle.loads(pickle.dumps(error, protocol))
        assert _facts(again) == _facts(error)
        assert (again.stats is None) == (error.stats is None)
        if error.stats is not None:
            pd.testing.assert_frame_equal(again.stats, error.stats)
    kinds = {type(error) for error in seen}
    assert kinds >= {InvalidKeyError, MissingPermissionError, RateLimitError, PartialReadError, ConnectionFailedError}


def test_no_thread_is_left(own, read, waits):
    read(own, IDS)
    list(_errors(own, read))
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("leadlex_")] == []


_READER = """
import sys, leadlex_pandas
print("go", flush=True)
try:
    ids = [*sys.argv[3:], *(f"c{i}" for i in range(500))]
    leadlex_pandas.read_stats(ids, api_key=sys.argv[1], base_url=sys.argv[2])
except Exception:
    print("caught as an error", flush=True)
except KeyboardInterrupt as error:
    print(error, "|", *error.stats.index, *error.stats["sent_count"], *error.failures, flush=True)
"""


def test_ctrl_c_ends_the_read_promptly(own):
    command = [sys.executable, "-c", _READER, own.api_key, own.url, A, B]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        try:
            assert reader.stdout.readline() == "go\n"
            until = time.monotonic() + 20
            while len(own.calls) < 12 and time.monotonic() < until:
                time.sleep(0.001)
            own.latency = 2.0  # those are answered by now, others are under way
            time.sleep(0.5)
            calls = len(own.calls)
            begin = time.monotonic()
            reader.send_signal(signal.SIGINT)
            said, _, kept = reader.stdout.readline().strip().partition(" | ")
            assert time.monotonic() - begin < 1
            assert reader.wait(10) == 0
            assert reader.stderr.read() == ""
        finally:
            reader.kill()
    assert len(own.calls) == calls
    ids = [campaign_id for campaign_id in (A, B) if campaign_id in kept]
    sent = portfolio().counts.loc[ids, "sent_count"].tolist()
    failed = len(kept.split()) - 2 * len(ids)
    assert (
        said
        == f"interrupted after {len(ids)} of 502 campaigns ({failed} others failed). What was read is in .stats of this error. {RESUME}"
    )
    assert kept.split()[: 2 * len(ids)] == [*ids, *map(str, sent)]
    assert ids
