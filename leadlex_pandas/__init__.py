"""leadlex-pandas: LeadLex campaign totals as DataFrames, and what they can and cannot tell.

Read with `read_stats` or a `Client`, judge with `benchmark`, draw with `plotting.forest`; every verb is a method of
`df.leadlex` too.
"""

# Everything here is light: scipy, matplotlib and requests are imported by the functions that need them.
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


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
