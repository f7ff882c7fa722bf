"""Benchmarks from outside the portfolio: the user's own, and a few packaged ones with their sources."""

from .benchmarks import Benchmark
from .packaged import list_benchmarks, load_benchmark

__all__ = ["Benchmark", "list_benchmarks", "load_benchmark"]
