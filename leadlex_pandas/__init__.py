"""leadlex-pandas: LeadLex campaign totals as DataFrames, and what they can and cannot tell.

Read with `read_stats` or a `Client`, judge with `benchmark`, draw with `plotting.forest`; every verb is a method of
`df.leadlex` too.
"""

from typing import TYPE_CHECKING

# Everything here is light: scipy, matplotlib, requests and sqlalchemy are imported by what needs them.
from . import accessor as _accessor  # noqa: F401 -- registers df.leadlex
from . import plotting, stats
from .client import Client
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
from .explorer import explore
from .metrics import METRICS, Metric
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

if TYPE_CHECKING:
    from .history import History

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
        if name == "History":  # sqlalchemy is loaded for those who keep one
            from .history import History

            return History
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
