"""Speed, memory, calls and draws, as one table: python tests/benchmarks/run.py [--short] [NAME...].

Times are ratios within one run, since machines are shared and noisy; they are printed beside their goals and fail
nothing. What does not depend on time (calls, memory, draws) must hold: then the exit code is 1.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

NAMES = (
    "browsing",
    "charts",
    "exploring",
    "fitting",
    "history",
    "importing",
    "lasting",
    "portfolios",
    "reading",
    "thrift",
    "verdicts",
    "waiting",
    "worlds",
)


def main() -> int:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--short", action="store_true", help="small sizes, for CI")
    options = parser.parse_args()
    sys.path.append(str(Path(__file__).parents[2]))  # for what is shared with the tests
    from report import Row, print_table

    rows: list[Row] = []
    for name in options.names or NAMES:
        rows += importlib.import_module(name).run(options.short)
    print_table(rows)
    return 1 if any(row.ok is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
