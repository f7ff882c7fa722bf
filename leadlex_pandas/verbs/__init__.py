"""The verbs: a DataFrame of campaigns in, a DataFrame out; the caller's frame is never changed."""

from .benchmark import benchmark
from .caveats import add_caveats
from .combine import combine
from .health import health
from .intervals import add_intervals
from .present import present
from .rates import add_rates
from .stages import stages
from .summarize import summarize

__all__ = [
    "add_caveats",
    "add_intervals",
    "add_rates",
    "benchmark",
    "combine",
    "health",
    "present",
    "stages",
    "summarize",
]
