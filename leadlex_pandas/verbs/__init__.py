"""The verbs: a DataFrame of campaigns in, a DataFrame out; the caller's frame is never changed."""

from .benchmark import benchmark
from .caveats import add_caveats
from .intervals import add_intervals
from .rates import add_rates

__all__ = ["add_caveats", "add_intervals", "add_rates", "benchmark"]
