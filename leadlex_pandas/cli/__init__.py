"""The command `leadlex`, also `python -m leadlex_pandas`: `demo`, `record` for a scheduler, `read` for the shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import __version__
from . import demo, read, record

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        0 if all went well; what else there is, the help of each command says.

    Raises
    ------
    SystemExit
        With 2 if the arguments are wrong, with 0 after ``--help`` and ``--version``.

    Examples
    --------
    >>> from leadlex_pandas.cli import main
    >>> main([])  # doctest: +ELLIPSIS
    usage: leadlex ...
    0
    """
    parser = _parser()
    options = parser.parse_args(argv)
    if options.command is None:
        parser.print_help()
        return 0
    return int(options.run(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="leadlex", description="LeadLex campaign totals, judged honestly.")
    parser.add_argument("--version", action="version", version=f"leadlex-pandas {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands")
    for command in (demo, read, record):
        command.add_command(commands)
    return parser
