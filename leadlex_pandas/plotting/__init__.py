"""The charts: each draws a table of the verb behind it, states its finding in the title and its method below."""

from . import data
from .data.words import alt_text
from .forest import forest

__all__ = ["alt_text", "data", "forest"]
