"""The charts: each draws a table of the verb behind it, states its finding in the title and its method below."""

from . import data
from .data.words import alt_text
from .difference import difference
from .forest import forest
from .funnel import funnel
from .growth import growth
from .health import health
from .ranks import ranks
from .stages import stages
from .strip import strip
from .trend import trend

__all__ = [
    "alt_text",
    "data",
    "difference",
    "forest",
    "funnel",
    "growth",
    "health",
    "ranks",
    "stages",
    "strip",
    "trend",
]
