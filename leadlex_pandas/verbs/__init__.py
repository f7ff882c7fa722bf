"""The verbs: a DataFrame of campaigns in, a DataFrame out; the caller's frame is never changed."""

from .benchmark import benchmark
from .caveats import add_caveats
from .changes import changes
from .combine import combine
from .compare import compare
from .explain import explain
from .groups import compare_groups
from .growth import growth
from .health import health
from .intervals import add_intervals
from .plan import plan
from .present import present
from .rank import rank
from .rates import add_rates
from .sizing import plan_test
from .stages import stages
from .summarize import summarize
from .trend import trend
from .working import working

__all__ = [
    "add_caveats",
    "add_intervals",
    "add_rates",
    "benchmark",
    "changes",
    "combine",
    "compare",
    "compare_groups",
    "explain",
    "growth",
    "health",
    "plan",
    "plan_test",
    "present",
    "rank",
    "stages",
    "summarize",
    "trend",
    "working",
]
