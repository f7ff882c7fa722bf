"""Many processes at one history: nothing is lost, doubled, halved or refused, and a kill loses what was not done."""

import multiprocessing
import os
import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from leadlex_pandas import History
from tests.history import processes

WRITERS, RECORDS, READERS = 8, 500, 2
KILLS = 10


@pytest.fixture(scope="module")
def start():
    """Start a process quickly, without what this one holds open."""
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    if os.name == "posix":
        context.set_forkserver_preload(["tests.history.processes", "sqlalchemy.dialects.sqlite"])
    started = []

    def begin(function, *arguments):
        process = context.Process(target=function, args=arguments)
        process.start()
        started.append(process)
        return process

    begin.context = context
    yield begin
    for process in started:
        process.kill()
        process.join()


@pytest.fixture
def memory_url(url):
    """An address on a disk that is memory, where there is one: 4,000 commits must not wait for a real one."""
    if not url.startswith("sqlite") or not Path("/dev/shm").is_dir():
        yield url
        return
    folder = tempfile.mkdtemp(dir="/dev/shm")
    yield f"sqlite:///{folder}/stats.sqlite"
    shutil.rmtree(folder)


def is_sound(url):
    """Whether SQLite finds its file in order; a server looks after itself."""
    if not url.startswith("sqlite"):
        return True
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_eight_record_at_once_while_two_read(memory_url, start):
    stop = start.context.Event()
    ears = [start.context.Pipe(duplex=False) for _ in range(READERS)]
    readers = [start(processes.read_meanwhile, memory_url, stop, said) for _, said in ears]
    writers = [start(processes.record_many, memory_url, writer, RECORDS) for writer in range(WRITERS)]
    for writer in writers:
        writer.join(300)
    stop.set()
    for reader in readers:
        reader.join(60)
    assert [process.exitcode for process in [*writers, *readers]] == [0] * (WRITERS + READERS)
    looks = [ear.recv() for ear, _ in ears]  # not of one that died: that would be waited for without end
    assert all(number > 3 and wrong == [] for number, wrong in looks), looks
    with History(memory_url) as history:
        kept = history.read()
    expected = pd.concat([processes.made(writer, 0, RECORDS) for writer in range(WRITERS)])
    expected = expected.set_index("fetched_at", append=True)["sent_count"].sort_index()
    pd.testing.assert_series_equal(kept["sent_count"].sort_index(), expected, check_index_type=False)
    assert is_sound(memory_url)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_loses_nothing_that_was_recorded(url, start, seed):
    ear, done = start.context.Pipe(duplex=False)
    victim = start(processes.record_many, url, 0, 10**6, done)
    done.close()
    wanted = random.Random(seed).randrange(1, 60)
    for _ in range(wanted):
        last = ear.recv()
    victim.kill()
    victim.join()
    try:
        while True:
            last = ear.recv()  # done between our last look and the kill
    except EOFError:
        pass
    with History(url) as history:
        kept = history.read()
        assert processes.whole_records(kept)
        records = len(kept) // processes.ROWS
        assert records in (last + 1, last + 2)  # the one under way may have been kept, though nobody was told
        expected = processes.made(0, 0, records)
        expected = expected.set_index("fetched_at", append=True)["sent_count"].sort_index()
        pd.testing.assert_series_equal(kept["sent_count"].sort_index(), expected, check_index_type=False)
        assert history.record(processes.made(1, 0, 1)) == processes.ROWS
    assert is_sound(url)


def test_many_may_make_the_history_at_once(memory_url, start):
    makers = [start(processes.record_many, memory_url, writer, 3) for writer in range(8)]
    for maker in makers:
        maker.join(60)
    assert [maker.exitcode for maker in makers] == [0] * 8
    with History(memory_url) as history:
        assert len(history.read()) == 8 * 3 * processes.ROWS
