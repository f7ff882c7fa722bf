"""What is loaded when: the heavy libraries only by the call that needs them. Each case runs in a process of its own."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "matplotlib", "traitlets", "scipy", "requests", "ipywidgets", "IPython", "sqlalchemy", "tqdm", "dask", "leadlex_pandas.sandbox",
}  # fmt: skip

FRAME = """
import leadlex_pandas
import pandas as pd
df = pd.DataFrame({"sent_count": [1247, 980], "replied_count": [89, 31]}, index=["a", "b"])
"""
READ = """
import leadlex_pandas
from leadlex_pandas import sandbox
with sandbox.start() as server:
    stats = leadlex_pandas.read_stats(server.campaigns, api_key=server.api_key, base_url=server.url)
assert len(stats) == 40
"""


def loaded_after(code):
    """Which of the heavy modules a fresh process has loaded after running the code."""
    report = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import leadlex_pandas\ndir(leadlex_pandas)",
        FRAME + "df.leadlex\ndir(df.leadlex)\ndir(df)\nleadlex_pandas.from_frame(df)",
    ],
    ids=["import", "accessor"],
)
def test_importing_and_looking_around_loads_nothing_heavy(code):
    assert loaded_after(code) == set()


def test_benchmark_does_not_load_matplotlib():
    assert loaded_after(FRAME + "df.leadlex.benchmark('reply_rate', against=0.04)") == {"scipy"}


def test_reading_loads_only_what_talks_to_the_network():
    assert loaded_after(READ) == {"requests", "leadlex_pandas.sandbox"}


def test_what_is_loaded_is_seen():
    drawing = "import leadlex_pandas.sandbox, matplotlib\nmatplotlib.use('Agg')\ndf.leadlex.plot.forest(against=0.04)"
    assert loaded_after(FRAME + drawing) == {"matplotlib", "scipy", "leadlex_pandas.sandbox"}
