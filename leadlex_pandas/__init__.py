"""leadlex-pandas: LeadLex campaign totals as DataFrames, and what they can and cannot tell.

Read with `read_stats`, judge with `benchmark`, draw with `plotting.forest`; every verb is a method of `df.leadlex` too.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import accessor as _accessor  # noqa: F401 -- registers df.leadlex

if TYPE_CHECKING:
    from . import plotting, stats
    from .errors import (
        ApiError,
        CampaignNotFoundError,
        ColumnsError,
        ConnectionFailedError,
        InconsistentCountsWarning,
        InputError,
        InvalidKeyError,
        LeadlexError,
        LeadlexWarning,
        MissingKeyError,
        MissingPermissionError,
        PartialReadError,
        RateLimitError,
        RateMismatchWarning,
        ServerError,
        SmallPortfolioWarning,
        UnexpectedResponseError,
    )
    from .metrics import METRICS, Metric
    from .reader import from_frame, read_stats
    from .verbs import add_caveats, add_intervals, add_rates, benchmark

__version__ = "0.1.0"

# where each public name comes from; loaded when first asked for, so that importing the package costs little
_HOMES = {
    "errors": (
        "ApiError",
        "CampaignNotFoundError",
        "ColumnsError",
        "ConnectionFailedError",
        "InconsistentCountsWarning",
        "InputError",
        "InvalidKeyError",
        "LeadlexError",
        "LeadlexWarning",
        "MissingKeyError",
        "MissingPermissionError",
        "PartialReadError",
        "RateLimitError",
        "RateMismatchWarning",
        "ServerError",
        "SmallPortfolioWarning",
        "UnexpectedResponseError",
    ),
    "metrics": ("METRICS", "Metric"),
    "reader": ("from_frame", "read_stats"),
    "verbs": ("add_caveats", "add_intervals", "add_rates", "benchmark"),
}
_MODULES = ("plotting", "stats")
_NAMES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "METRICS",
    "ApiError",
    "CampaignNotFoundError",
    "ColumnsError",
    "ConnectionFailedError",
    "InconsistentCountsWarning",
    "InputError",
    "InvalidKeyError",
    "LeadlexError",
    "LeadlexWarning",
    "Metric",
    "MissingKeyError",
    "MissingPermissionError",
    "PartialReadError",
    "RateLimitError",
    "RateMismatchWarning",
    "ServerError",
    "SmallPortfolioWarning",
    "UnexpectedResponseError",
    "add_caveats",
    "add_intervals",
    "add_rates",
    "benchmark",
    "from_frame",
    "plotting",
    "read_stats",
    "stats",
]


if not TYPE_CHECKING:  # a type checker is to find misspelt names, which this would hide from it

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name in _NAMES:
            value = getattr(import_module(f".{_NAMES[name]}", __name__), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
