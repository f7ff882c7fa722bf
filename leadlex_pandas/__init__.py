"""leadlex-pandas: LeadLex campaign totals as DataFrames, and what they can and cannot tell.

Read with `read_stats` or a `Client`, judge with `benchmark`, draw with `plotting.forest`; every verb is a method of
`df.leadlex` too.
"""

from typing import TYPE_CHECKING

# Loaded when it is first used, as all that is needed here is a hundred small files: see __getattr__ below. scipy,
# matplotlib, requests and sqlalchemy are imported by what needs them.
from . import opening as _opening  # registers df.leadlex
from .errors import (
    ApiError,
    BaseMismatchError,
    CampaignNotFoundError,
    ColumnsError,
    ConnectionFailedError,
    DeadlineExceededError,
    HistoryError,
    InconsistentCountsWarning,
    InputError,
    InvalidKeyError,
    LeadlexError,
    LeadlexWarning,
    MissingKeyError,
    MissingPermissionError,
    PartialReadError,
    ProgressWarning,
    Quota,
    QuotaExhaustedError,
    RateLimitError,
    RateMismatchWarning,
    ReadInterrupted,
    ServerError,
    SmallPortfolioWarning,
    UnexpectedResponseError,
    UnlikeStepsWarning,
)
from .metrics import METRICS, Metric

if TYPE_CHECKING:
    from . import plotting, stats
    from .client import Client
    from .explorer import explore
    from .history import History
    from .reader import from_frame, read_accounts, read_campaigns, read_stats
    from .reference import Benchmark, list_benchmarks, load_benchmark
    from .verbs import (
        add_caveats,
        add_intervals,
        add_rates,
        benchmark,
        changes,
        combine,
        compare,
        compare_groups,
        explain,
        growth,
        health,
        plan,
        plan_test,
        present,
        rank,
        stages,
        summarize,
        trend,
        working,
    )

__version__ = "0.1.0"

__all__ = [
    "METRICS",
    "ApiError",
    "BaseMismatchError",
    "Benchmark",
    "CampaignNotFoundError",
    "Client",
    "ColumnsError",
    "ConnectionFailedError",
    "DeadlineExceededError",
    "History",
    "HistoryError",
    "InconsistentCountsWarning",
    "InputError",
    "InvalidKeyError",
    "LeadlexError",
    "LeadlexWarning",
    "Metric",
    "MissingKeyError",
    "MissingPermissionError",
    "PartialReadError",
    "ProgressWarning",
    "Quota",
    "QuotaExhaustedError",
    "RateLimitError",
    "RateMismatchWarning",
    "ReadInterrupted",
    "ServerError",
    "SmallPortfolioWarning",
    "UnexpectedResponseError",
    "UnlikeStepsWarning",
    "add_caveats",
    "add_intervals",
    "add_rates",
    "benchmark",
    "changes",
    "combine",
    "compare",
    "compare_groups",
    "explain",
    "explore",
    "from_frame",
    "growth",
    "health",
    "list_benchmarks",
    "load_benchmark",
    "plan",
    "plan_test",
    "plotting",
    "present",
    "rank",
    "read_accounts",
    "read_campaigns",
    "read_stats",
    "stages",
    "stats",
    "summarize",
    "trend",
    "working",
]


if not TYPE_CHECKING:  # else every name would be right to a type checker

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = _opening.find(name)
        return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
