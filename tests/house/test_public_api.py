"""The public face: which names there are, where they come from, and which parameters they take for good."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import leadlex_pandas
from leadlex_pandas import plotting, sandbox, stats
from leadlex_pandas.stats import __all__ as stats_names

ROOT = Path(__file__).parents[2]
MODULES = ["leadlex_pandas"] + [
    module.name
    for module in pkgutil.walk_packages(leadlex_pandas.__path__, "leadlex_pandas.")
    if not module.name.endswith("__main__")
]

# Users and their notebooks rely on these: a change here breaks them. The bodies are nobody's business.
CONTRACT = """
def read_stats(ids, *, api_key=None, base_url=None, concurrency=8, timeout=30.0, errors="raise", keep_api_rates=False): ...
def from_frame(df, *, id=None, label=None, rename=None): ...
def add_rates(df, *, base="sent"): ...
def add_intervals(df, metrics=None, *, level=0.95, method="wilson", design_effect=None): ...
def add_caveats(df): ...
def benchmark(df, metric="reply_rate", *, against="rest", by=None, level=0.95, fdr=0.05, typical_ratio=1.5, design_effect=None): ...
def summarize(df, metrics=None, *, by=None, total=False, level=0.95, design_effect=None): ...
def compare(df, first, second, metrics="reply_rate", *, level=0.95, design_effect=None): ...
def compare_groups(df, by, metric="reply_rate", *, strata=None, level=0.95, seed=0): ...
def health(df, *, limits=None, level=0.95): ...
def stages(df, *, by=None, level=0.95): ...
def combine(df, parts, *, label=None): ...
def present(table, *, digits=1, columns=None, sort=True): ...
def rank(df, metric="reply_rate", *, level=0.9, seed=0, design_effect=None): ...
def plan(df, metric="reply_rate", *, against="rest", by=None, level=0.95, power=0.8, fdr=0.05, typical_ratio=1.5, design_effect=None): ...
def plan_test(rate, *, lift, power=0.8, level=0.95): ...
def explain(df, campaign_id, metric="reply_rate", *, against="rest", by=None, level=0.95, fdr=0.05, typical_ratio=1.5, design_effect=None): ...
def working(df, campaign_id, metric="reply_rate", *, against="rest", by=None, level=0.95, fdr=0.05, typical_ratio=1.5, design_effect=None): ...
def forest(df, metric="reply_rate", *, against="rest", by=None, level=0.95, fdr=0.05, typical_ratio=1.5, design_effect=None, max_rows=40, ax=None): ...
def proportion_interval(successes, trials, *, level=0.95, method="wilson"): ...
def count_rate_interval(events, base, *, level=0.95): ...
def rest_test(successes, trials, total_successes, total_trials): ...
def target_test(successes, trials, target): ...
def homogeneity_test(successes, trials, *, design_effect=1.0): ...
def difference_interval(k1, n1, k2, n2, *, level=0.95, method="newcombe"): ...
def ratio_interval(k1, n1, k2, n2, *, level=0.95): ...
def stratified_comparison(k1, n1, k2, n2): ...
def adjust_p_values(p_values, *, method="benjamini-hochberg"): ...
def fit_beta_binomial(successes, trials): ...
def dispersion_score(successes, trials): ...
def design_effect(successes, trials, *, steps=None): ...
def group_intervals(successes, trials, groups, *, strata=None, level=0.95): ...
def group_test(successes, trials, groups, *, strata=None, draws=999, seed=0): ...
def shrink(successes, trials, *, fit, level=0.95, average=False): ...
def prob_greater(a1, b1, a2, b2): ...
def expected_loss(a1, b1, a2, b2): ...
def rank_intervals(successes, trials, *, fit, level=0.90, average=True, draws=4000, seed=0): ...
def sends_needed(benchmark, *, relative_effect=0.5, power=0.8, level=0.95, design_effect=1.0): ...
def sends_per_arm(rate1, rate2, *, power=0.8, level=0.95): ...
def power_two_rates(rate1, rate2, sends, *, level=0.95): ...
def detectable_rate(rate1, sends, *, power=0.8, level=0.95): ...
def funnel_limits(target, trials, *, levels=(0.95, 0.998), theta=0.0): ...
def p_chart_limits(successes, trials): ...
def laney_limits(successes, trials): ...
def Benchmark(name, metric, *, value=None, quantiles=None, events=None, trials=None, base="sent", unit="email", source=None, years=None): ...
def list_benchmarks(): ...
def load_benchmark(name): ...
def Metric(name, events, trials, better="high"): ...
def start(*, seed=20260901, port=0, latency=0.0, plan=None, counting="fixed", minute=60.0): ...
"""


def promised():
    names = {}
    exec(CONTRACT.replace("20260901", str(sandbox.DEFAULT_SEED)), names)
    return {name: parameters(function) for name, function in names.items() if inspect.isfunction(function)}


def parameters(function):
    """Name, kind and default of each parameter."""
    return [(p.name, p.kind.description, p.default) for p in inspect.signature(function).parameters.values()]


def find(name):
    places = (leadlex_pandas, stats, plotting, sandbox)
    return next(getattr(place, name) for place in places if name in place.__all__)


@pytest.mark.parametrize("name", promised())
def test_parameters_are_as_promised(name):
    assert parameters(find(name)) == promised()[name]


def test_every_public_function_is_promised():
    shown = {*leadlex_pandas.__all__, *stats_names, *plotting.__all__, *sandbox.__all__}
    assert {name for name in shown if inspect.isfunction(find(name))} <= set(promised())


def test_a_broken_promise_is_seen():
    def add_rates(df, *, base="delivered"): ...

    def add_caveats(df, *, base): ...

    assert parameters(add_rates) != promised()["add_rates"]
    assert parameters(add_caveats) != promised()["add_caveats"]
    assert parameters(lambda df, base="sent": None) != promised()["add_rates"]


def test_all_is_what_resolves():
    assert all(getattr(leadlex_pandas, name) is not None for name in leadlex_pandas.__all__)
    assert len(set(leadlex_pandas.__all__)) == len(leadlex_pandas.__all__)
    assert dir(leadlex_pandas) == sorted([*leadlex_pandas.__all__, "__version__"])
    with pytest.raises(AttributeError, match=r"^module 'leadlex_pandas' has no attribute 'read_stat'$"):
        leadlex_pandas.read_stat  # noqa: B018


def test_star_import_gives_all():
    names = {}
    exec("from leadlex_pandas import *", names)
    assert set(names) - {"__builtins__"} == set(leadlex_pandas.__all__)
    assert names["benchmark"] is leadlex_pandas.benchmark


@pytest.mark.parametrize("home", ["errors", "metrics", "reader", "reference", "verbs"])
def test_every_public_name_of_these_is_at_the_top(home):
    module = importlib.import_module(f"leadlex_pandas.{home}")
    assert {name for name in module.__all__ if getattr(leadlex_pandas, name) is getattr(module, name)} == set(
        module.__all__
    )
    assert set(module.__all__) <= set(leadlex_pandas.__all__)


def names_without_object(module):
    return [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]


@pytest.mark.parametrize("name", MODULES)
def test_all_of_each_module_exists(name):
    assert names_without_object(importlib.import_module(name)) == []


def test_a_name_without_object_is_seen():
    class Module:
        __all__ = ("here", "gone")
        here = 1

    assert names_without_object(Module) == ["gone"]


def sorting_faults(*arguments, **options):
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select=RUF022",
        "--preview",
        *arguments,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_every_all_is_sorted():
    done = sorting_faults("leadlex_pandas", cwd=ROOT)
    assert done.returncode == 0, done.stdout
    done = sorting_faults("-", input='__all__ = ["stats", "Metric", "METRICS"]\nMETRICS = Metric = stats = 1\n')
    assert "`__all__` is not sorted" in done.stdout


def test_version():
    assert "__version__" in dir(leadlex_pandas)
    assert leadlex_pandas.__version__.count(".") == 2
