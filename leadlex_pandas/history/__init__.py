"""Recorded snapshots in a database: calls are spent once, and what changed since can be told."""

from .store import History

__all__ = ["History"]
