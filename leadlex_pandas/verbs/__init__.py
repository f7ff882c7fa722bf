"""The verbs: a DataFrame of campaigns in, a DataFrame out; the caller's frame is never changed."""

from .benchmark import benchmark
from .caveats import add_caveats
from .explain import explain
from .intervals import add_intervals
from .plan import plan
from .rank import rank
from .rates import add_rates
from .working import working

__all__ = ["add_caveats", "add_intervals", "add_rates", "benchmark", "explain", "plan", "rank", "working"]
