"""What `read_stats` is compared with, and the service that all of them read from."""

from __future__ import annotations

import asyncio
import contextlib
import io
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import requests
import requests.adapters

from leadlex_pandas import read_stats

KEY = "wbk_" + "0" * 48
_HEADERS = {"Authorization": f"Bearer {KEY}"}


@contextlib.contextmanager
def service(latency: float, *options: str) -> Iterator[str]:
    """Run the service in a process of its own, and give its address."""
    command = [sys.executable, str(Path(__file__).with_name("service.py")), str(latency), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            yield f"{'https' if '--tls' in options else 'http'}://127.0.0.1:{port}"
        finally:
            process.terminate()


def calls(url: str) -> int:
    """Ask the service how often it was called."""
    return int(requests.get(f"{url}/calls", timeout=30).text)


def names(campaigns: int) -> list[str]:
    """Give the ids of so many campaigns."""
    return [f"campaign-{number}" for number in range(campaigns)]


def ours(url: str, ids: list[str], **options: int) -> pd.DataFrame:
    """Read with everything that a user gets, the bar included, which is drawn where nobody sees it."""
    with contextlib.redirect_stderr(io.StringIO()):
        return read_stats(ids, api_key=KEY, base_url=url, **options)


def plain_loop(url: str, ids: list[str]) -> list[object]:
    """Do what the service's reference shows."""
    return [requests.get(_address(url, name), headers=_HEADERS, timeout=30).json() for name in ids]


def shared_session(url: str, ids: list[str], workers: int) -> list[object]:
    """Read with threads over one bare session: nothing checked, nothing repeated."""
    with requests.Session() as session, ThreadPoolExecutor(workers) as pool:
        session.headers.update(_HEADERS)
        session.mount(url, requests.adapters.HTTPAdapter(pool_maxsize=workers))
        return list(pool.map(lambda name: session.get(_address(url, name), timeout=30).json(), ids))


def with_aiohttp(url: str, ids: list[str], connections: int, bundle: str) -> list[object]:
    """Read with aiohttp: nothing checked, nothing repeated."""
    return asyncio.run(_aiohttp(url, ids, connections, bundle))


async def _aiohttp(url: str, ids: list[str], connections: int, bundle: str) -> list[object]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=connections, ssl=ssl.create_default_context(cafile=bundle))
    async with aiohttp.ClientSession(connector=connector, headers=_HEADERS) as session:

        async def one(name: str) -> object:
            async with session.get(_address(url, name)) as response:
                return await response.json()

        return await asyncio.gather(*(one(name) for name in ids))


def _address(url: str, name: str) -> str:
    return f"{url}/v1/campaigns/{name}/stats"
