"""The charts: each draws a table of the verb behind it, states its finding in the title and its method below."""

from . import data
from .data.words import alt_text
from .forest import forest
from .funnel import funnel
from .ranks import ranks
from .strip import strip

__all__ = ["alt_text", "data", "forest", "funnel", "ranks", "strip"]
