"""When a history cannot be opened, read or written, the error says what is the matter and what to do; nothing is lost."""

import os
import pickle
import re
import shutil
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy
from pandas.testing import assert_frame_equal
from sqlalchemy import event

from leadlex_pandas import History, HistoryError
from leadlex_pandas.history import schema
from tests.history.snapshots import START, stats


def said(action):
    with pytest.raises(HistoryError) as caught:
        action()
    return str(caught.value)


def test_another_programs_database_is_left_alone(file):
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
        connection.commit()
    before = file.read_bytes()
    assert said(lambda: History(file)) == (
        f"History: {file} is another program's SQLite database (it has the table 'bookmarks'). "
        "Give another path; nothing was changed."
    )
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["stats.sqlite"]


@pytest.mark.parametrize("content", [b"campaign_id,sent_count\na,100\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_left_alone(file, content):
    file.write_bytes(content)
    assert said(lambda: History(file)) == (
        f"History: {file} is no SQLite database (file is not a database). Give another path; nothing was changed."
    )
    assert file.read_bytes() == content


def test_an_empty_file_becomes_a_history(file):
    file.touch()
    with History(file) as history:
        assert history.record(stats(["a"])) == 1


def test_tables_of_others_on_a_server_do_not_matter(postgres_server):
    url = postgres_server.database()
    postgres_server.run("CREATE TABLE bookmarks (url TEXT)")
    with History(url) as history:
        assert history.record(stats(["a"])) == 1


def set_version(url, version):
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text(f"UPDATE leadlex_schema SET version = {version}"))
    engine.dispose()


def test_a_newer_version_is_left_alone(url):
    with History(url) as history:
        history.record(stats(["a"]))
        shown = repr(history)[9:-2]
    set_version(url, schema.VERSION + 1)
    assert said(lambda: History(url)) == (
        f"History: {shown} was written by a newer leadlex-pandas (its tables are of version {schema.VERSION + 1}, "
        f"this package knows {schema.VERSION}). Upgrade it here: pip install --upgrade leadlex-pandas. "
        "Nothing was changed."
    )
    set_version(url, schema.VERSION)
    with History(url) as history:
        assert len(history.latest()) == 1


def test_an_older_version_is_brought_up_to_date(url, monkeypatch):
    with History(url) as history:
        history.record(stats(["a"]))
    seen = []
    monkeypatch.setattr(schema, "VERSION", 3)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: lambda _: seen.append(1), 2: lambda _: seen.append(2)})
    with History(url) as history:
        assert len(history.latest()) == 1
    History(url).close()
    assert seen == [1, 2]


def test_a_step_that_fails_leaves_the_version_as_it_was(url, monkeypatch):
    History(url).close()

    def broken(connection):
        connection.execute(sqlalchemy.text("DELETE FROM leadlex_schema"))
        connection.execute(sqlalchemy.text("SELECT * FROM nowhere"))

    with monkeypatch.context() as patched:
        patched.setattr(schema, "VERSION", 2)
        patched.setattr(schema, "MIGRATIONS", {1: broken})
        assert "nowhere" in said(lambda: History(url))
    with History(url) as history:
        assert history.record(stats(["a"])) == 1


def test_a_lock_that_stays_is_told(file):
    with History(f"sqlite:///{file}?timeout=0.05") as history, closing(sqlite3.connect(file)) as other:
        history.record(stats(["a"]))
        other.execute("BEGIN IMMEDIATE")
        frame = stats(["b"])
        with pytest.raises(HistoryError) as caught:
            history.record(frame)
        assert str(caught.value) == (
            f"History.record: {file} is locked by another program (database is locked). "
            "Close what holds it (a database browser, an unfinished backup), then try again."
        )
        assert caught.value.stats is frame
        assert len(history.latest()) == 1  # reading goes on
        other.rollback()
        assert history.record(caught.value.stats) == 1


def test_a_full_disk_is_told(file):
    with History(file) as history:
        history.record(stats(["a"]))

        @event.listens_for(history._database.engine, "connect")
        def limit(driver, _):
            driver.execute("PRAGMA max_page_count = 12")

        history._database.engine.dispose()
        frame = stats([f"campaign_{number}" for number in range(5000)])
        with pytest.raises(HistoryError) as caught:
            history.record(frame)
        assert str(caught.value) == (
            f"History.record: {file} cannot grow: the disk is full (database or disk is full). "
            "Make room, then record again; what was recorded before is there."
        )
        assert caught.value.stats is frame
        assert history.latest().index.tolist() == ["a"]
        assert history.record(stats(["b"])) == 1
    with History(file) as history:
        assert history.record(frame) == 5000


def test_a_damaged_file_is_told(file):
    with History(file) as history:
        history.record(stats([f"campaign_{number}" for number in range(500)]))
    content = bytearray(file.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    file.write_bytes(content)
    text = said(lambda: History(file).latest())
    assert re.fullmatch(
        rf"History(\.latest)?: {re.escape(str(file))} is damaged \(database disk image is malformed\)\. Go on from a "
        r"backup, or save what can be read with the command: sqlite3 FILE \.recover\.",
        text,
    )


@pytest.fixture
def shared_folder():
    """A folder that everybody may look into, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def as_somebody(action):
    """Do this as somebody without rights, if these tests run as one with all of them; give what it returns."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return action()
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgid(65534)
            os.setuid(65534)
            result = action()
        except BaseException as error:
            result = repr(error)
        os.write(sender, pickle.dumps(result))
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as stream:
        result = pickle.loads(stream.read())
    os.waitpid(child, 0)
    return result


READ_ONLY = "{} may only be read (attempt to write a readonly database). Ask for permission to write the file and its folder, or record elsewhere."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such permissions")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("open_elsewhere", [False, True], ids=["at rest", "in use"])
def test_a_file_that_may_only_be_read_is_read(shared_folder, open_elsewhere):
    file = shared_folder / "stats.sqlite"
    owner = History(file)
    owner.record(stats(["a", "b"], label=["A", "B"]))
    expected = owner.latest()
    if not open_elsewhere:
        owner.close()
    for path in shared_folder.iterdir():
        path.chmod(0o444)
    shared_folder.chmod(0o555)

    def look():
        with History(file) as history:
            found = history.latest(), history.read(), history.campaigns()
            try:
                history.record(stats(["c"]))
            except HistoryError as error:
                return found, str(error), len(error.stats)

    result = as_somebody(look)
    assert not isinstance(result, str), result
    found, error, rows = result
    assert_frame_equal(found[0], expected)
    assert [len(frame) for frame in found] == [2, 2, 2]
    assert error == f"History.record: {READ_ONLY.format(file)}"
    assert rows == 1
    owner.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such permissions")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_folder_that_may_only_be_read_is_told(shared_folder):
    shared_folder.chmod(0o555)
    file = shared_folder / "stats.sqlite"

    def look():
        try:
            History(file)
        except HistoryError as error:
            return str(error)

    assert as_somebody(look) == (
        f"History: {file} cannot be opened (unable to open database file). "
        "Check the permissions of the file and of its folder."
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no such permissions")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_file_that_may_not_even_be_read_is_told(shared_folder):
    file = shared_folder / "stats.sqlite"
    History(file).close()
    file.chmod(stat.S_IWUSR)

    def look():
        try:
            History(file)
        except HistoryError as error:
            return str(error)

    assert as_somebody(look) == (
        f"History: {file} cannot be opened (unable to open database file). "
        "Check the permissions of the file and of its folder."
    )


def test_a_server_that_is_not_there_is_told():
    text = said(lambda: History("postgresql+psycopg://me:s3cret@127.0.0.1:9/stats"))
    assert text.startswith("History: postgresql+psycopg://me:***@127.0.0.1:9/stats does not answer (connection ")
    assert text.endswith("). Check its address, the network and whether it runs.")
    assert "s3cret" not in text


def test_a_database_that_is_not_there_is_told(postgres_server):
    address = postgres_server.address("gone")
    text = said(lambda: History(address))
    assert text.startswith(f"History: {address} refused the connection (connection failed: ")
    assert text.endswith(
        'FATAL: database "gone" does not exist). If it is for the user, the password or the database, check them; '
        "PGPASSWORD or ~/.pgpass may hold the password."
    )


def test_a_wrong_user_and_password_are_told_without_the_password(postgres_server):
    address = postgres_server.database().replace("postgres@", "nobody:s3cret@")
    text = said(lambda: History(address))
    assert text.startswith(f"History: {address.replace('s3cret', '***')} refused the connection (connection failed: ")
    assert 'FATAL: role "nobody" does not exist' in text
    assert "s3cret" not in text


def test_a_server_that_only_reads_is_told(postgres_server):
    url = postgres_server.database()
    with History(url) as history:
        history.record(stats(["a"]))
    with History(f"{url}?options=-c%20default_transaction_read_only=on") as history:
        assert len(history.latest()) == 1
        frame = stats(["b"])
        with pytest.raises(HistoryError) as caught:
            history.record(frame)
    assert str(caught.value).endswith(
        " may only be read (cannot execute INSERT in a read-only transaction). "
        "Give the address of the server that takes writes."
    )
    assert caught.value.stats is frame


def test_a_user_without_rights_is_told(postgres_server):
    url = postgres_server.database()
    postgres_server.run("CREATE ROLE reader LOGIN", "GRANT USAGE ON SCHEMA public TO reader")
    reader = url.replace("postgres@", "reader@")
    text = said(lambda: History(reader))
    assert text == (
        f"History: {reader} does not allow this user to do so (permission denied for schema public LINE 2: CREATE TABLE "
        "leadlex_schema ( ^). Ask for the right to create and use tables there."
    )
    postgres_server.run("DROP OWNED BY reader", "DROP ROLE reader")


def test_a_server_that_was_started_again_is_found_again(postgres_server):
    with History(postgres_server.database()) as history:
        history.record(stats(["a"]))
        postgres_server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        assert history.record(stats(["a"], START + (START - START.floor("D")))) == 1


def test_the_error_is_pickled_with_the_rows():
    error = HistoryError("History.record: x")
    error.stats = stats(["a"])
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == "History.record: x"
    assert_frame_equal(copy.stats, error.stats)
