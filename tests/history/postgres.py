"""A PostgreSQL server of the tests' own: a free port on this machine, all its files in a folder, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import sqlalchemy

USER = "postgres"  # of Debian's package; initdb refuses root


def find():
    """Where the server's programs are, or None; Debian keeps them out of every path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))
    if versions and (versions[-1] / "initdb").exists():
        return versions[-1]
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


class Server:
    """A running server."""

    def __init__(self, programs):
        self._programs = programs
        self._as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        self._folder = Path(tempfile.mkdtemp(prefix="leadlex-postgres-"))
        if self._as_user:
            shutil.chown(self._folder, USER)
        self.data = self._folder / "data"
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self._call("initdb", "-D", self.data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -p {self.port}"
        self._call("pg_ctl", "-D", self.data, "-w", "-o", settings, "-l", self._folder / "log", "start")

    def _call(self, program, *arguments):
        command = [*self._as_user, str(self._programs / program), *map(str, arguments)]
        # not through pipes: the server would keep them open
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)

    def address(self, database):
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements):
        """Run statements as the owner of everything, each by itself."""
        engine = sqlalchemy.create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(sqlalchemy.text(statement))
        engine.dispose()

    def database(self):
        """Give the address of a database that has been emptied, which takes less than making one."""
        self.run("SET lock_timeout = 10000", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return self.address("postgres")

    def close(self):
        self._call("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(self._folder)
