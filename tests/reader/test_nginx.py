"""Real minutes: against nginx, which counts by a bucket, and the sandbox in its three ways; all of it side by side."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import pandas as pd
import pytest

import leadlex_pandas
from leadlex_pandas import sandbox
from tests.reader import nginx

pytestmark = pytest.mark.live

CAMPAIGNS = 80  # at 50 a minute: a burst, and a minute later the rest
BOUND = 60  # s; the bursts take next to nothing
HEADERS = {"told": "add_header X-RateLimit-Limit 1000 always;", "untold": ""}
COUNTINGS = ("fixed", "sliding", "bucket")


@dataclass(frozen=True)
class Read:
    stats: pd.DataFrame
    took: float


def read(server, ids):
    begin = time.monotonic()
    stats = leadlex_pandas.read_stats(ids, api_key=server.api_key, base_url=server.url, progress=False)
    return Read(stats, time.monotonic() - begin)


@pytest.fixture(scope="module")
def reads(tmp_path_factory):
    """Every server, and the read from it under way; those of nginx only where there is one."""

    def under_way(server, ids):
        return stack.enter_context(server), pool.submit(read, server, ids)

    # left backwards: the reads end before their servers do
    with ExitStack() as stack, ThreadPoolExecutor(len(COUNTINGS) + len(HEADERS)) as pool:
        found = {}
        for name, header in HEADERS.items() if nginx.find() else ():
            server = nginx.Nginx(tmp_path_factory.mktemp(name), CAMPAIGNS, header)
            found[name] = under_way(server, list(server.sent))
        for counting in COUNTINGS:
            server = sandbox.start(plan="starter", counting=counting)
            found[counting] = under_way(server, server.campaigns.head(12))
        yield found


@pytest.fixture
def of_nginx(reads):
    """The server and what was read from it, by whether it tells its limit."""
    if not nginx.find():
        reason = "nginx is not installed (Debian's package nginx)"
        if os.environ.get("REQUIRE_NGINX"):
            pytest.fail(f"{reason}, and REQUIRE_NGINX is set")
        pytest.skip(reason)
    return lambda name: (reads[name][0], reads[name][1].result(timeout=400))


def refusals(server):
    return [call.at for call in server.calls if call.status == 429]


def test_a_limit_that_is_told_costs_no_call(of_nginx):
    server, result = of_nginx("told")
    assert result.stats["sent_count"].to_dict() == server.sent
    assert len(refusals(server)) <= 3
    assert len(server.calls) == CAMPAIGNS + len(refusals(server))
    assert 55 < result.took <= 1.15 * BOUND


def test_a_limit_that_is_not_told_is_found_out(of_nginx):
    server, result = of_nginx("untold")
    assert result.stats["sent_count"].to_dict() == server.sent
    first, *later = refusals(server)  # there is one: the limit is in force
    later = [at - first for at in later if at > first + 0.5]  # those under way at the first are part of the burst
    assert max([sum(start <= at < start + 60 for at in later) for start in later], default=0) <= 2
    assert {call.status for call in server.calls} == {200, 429}


@pytest.mark.parametrize("counting", COUNTINGS)
def test_a_plan_is_used_up_and_no_call_refused(reads, counting):
    server, under_way = reads[counting]
    result = under_way.result(timeout=400)
    assert result.stats.index.to_list() == server.campaigns.index[:12].to_list()
    assert result.stats["sent_count"].notna().all()
    assert [call.status for call in server.calls] == [200] * 12
    assert 55 < result.took <= 1.15 * BOUND
