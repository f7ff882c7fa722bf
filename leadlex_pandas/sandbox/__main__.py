"""`python -m leadlex_pandas.sandbox`: serve in the foreground until Ctrl-C."""

from __future__ import annotations

import argparse
import threading
from collections.abc import Sequence

from .checks import checked_day
from .portfolio import DEFAULT_SEED
from .server import Sandbox, start


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m leadlex_pandas.sandbox", description="A stand-in LeadLex.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="which portfolio (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--day", type=float, help="which day of the campaigns it is, from 0 (nothing has been sent) to "
                        "140; start again with a later one to see them send (default: the end)")  # fmt: skip
    return parser


def _print_usage(server: Sandbox) -> None:
    print(f"export LEADLEX_BASE_URL={server.url}")
    print(f"export LEADLEX_API_KEY={server.api_key}")
    # flushed: whoever reads this through a pipe waits for it while we serve
    print(f'curl -H "Authorization: Bearer {server.api_key}" "{server.url}/v1/campaigns/cmp_abc123/stats"', flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve a portfolio until Ctrl-C.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the command line.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    SystemExit
        An argument is not allowed, or the port is taken.

    Examples
    --------
    >>> main(["--help"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    SystemExit: 0
    """
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        day = checked_day(arguments.day)
        server = start(seed=arguments.seed, port=arguments.port)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    with server:
        server.day = day
        try:
            _print_usage(server)
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
