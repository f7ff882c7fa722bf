"""The types a user's editor sees: correct use passes a strict type checker, wrong use does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

GOOD = """
import pandas as pd

import leadlex_pandas as lp
from leadlex_pandas import Metric, plotting, sandbox, stats
from leadlex_pandas.errors import PartialReadError


def read() -> pd.DataFrame:
    with sandbox.start(seed=3, latency=0.0) as server:
        try:
            return lp.read_stats(
                server.campaigns, api_key=server.api_key, base_url=server.url, concurrency=4, errors="coerce"
            )
        except PartialReadError as error:
            print(list(error.failures))
            return error.stats
        except lp.RateLimitError as error:
            print(error.retry_after, error.campaign_id, error.status)
            raise


df: pd.DataFrame = lp.from_frame(read(), id="campaign_id", rename={"Sent": "sent_count"})
lp.read_stats({"cmp_abc123": "Patent alert"})
lp.read_stats("cmp_abc123")
meetings = Metric("meeting_rate", events="meetings", trials="replied_count", better="high")
table: pd.DataFrame = lp.benchmark(df, meetings, against=0.04, by=["office"], level=0.9, design_effect=2)
table = lp.benchmark(df, "reply_rate", against="median", by="office")
lp.add_caveats(lp.add_intervals(lp.add_rates(df, base="delivered"), ["open_rate", meetings], method="jeffreys"))
low, high = stats.proportion_interval([89, 31], 1247, level=0.9)
print(low.mean(), stats.count_rate_interval(5, 1).high)
print(stats.rest_test(3, 4, 4, 8), stats.target_test(0, 3, 0.5), stats.sends_needed(0.04, power=0.9))
print(stats.adjust_p_values([0.01, 0.2], method="holm").tolist())
print(plotting.forest(df, meetings, max_rows=None).get_title(loc="left"), lp.METRICS["open_rate"].better)
print(plotting.data.forest_data(table)["y"])
"""
BAD = """
import leadlex_pandas as lp
import pandas as pd
from leadlex_pandas import plotting, sandbox, stats

df = pd.DataFrame()
lp.benchmark(df, level="high")  # wrong
lp.benchmark(df, "reply_rate", "median")  # wrong
lp.benchmark(df, levl=0.95)  # wrong
lp.bench(df)  # wrong
lp.read_stats(["cmp_abc123"], concurrency="8")  # wrong
lp.read_stats([1, 2])  # wrong
lp.add_rates("cmp_abc123")  # wrong
lp.from_frame(df, rename=["sent_count"])  # wrong
lp.Metric("meeting_rate", events=3, trials="sent_count")  # wrong
plotting.forest(df, ax=3)  # wrong
sandbox.start(5)  # wrong
stats.proportion_interval(89, 1247, method=1)  # wrong
stats.proportion_interval(89, 1247).middle  # wrong
text: str = lp.add_caveats(df)  # wrong
"""


@pytest.fixture(scope="module")
def mypy(tmp_path_factory):
    """Run mypy, with one cache for all runs that is thrown away afterwards."""
    cache = tmp_path_factory.mktemp("mypy")

    def run(*arguments, cwd):
        command = [sys.executable, "-m", "mypy", "--no-error-summary", f"--cache-dir={cache}", *arguments]
        environment = {name: value for name, value in os.environ.items() if name != "MYPYPATH"}
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert not done.stderr
        return done.stdout.splitlines()

    return run


def test_the_package_is_typed(mypy):
    assert mypy("--config-file=pyproject.toml", cwd=ROOT) == []


def test_right_use_passes_and_wrong_use_does_not(mypy, tmp_path):
    (tmp_path / "good.py").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.py").write_text(BAD, encoding="utf-8")
    found = mypy("--strict", "--config-file=", "good.py", "bad.py", cwd=tmp_path)
    blamed = {line.split(":")[0] + ":" + line.split(":")[1] for line in found}
    wrong = {f"bad.py:{number}" for number, line in enumerate(BAD.splitlines(), 1) if line.endswith("# wrong")}
    assert blamed == wrong, "\n".join(found)
