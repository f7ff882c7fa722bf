"""The charts: each draws a table of the verb behind it, states its finding in the title and its method below."""

from . import data
from .forest import forest

__all__ = ["data", "forest"]
