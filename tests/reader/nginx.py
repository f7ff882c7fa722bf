"""An nginx of a test's own: in the foreground, as whoever runs the tests, on a free port, with all its files in a folder."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

from tests.reader.raw_server import COUNTS

# the limits are checked before a file is looked for, but after `return`: so the answers are files
CONFIG = """
daemon off;
master_process off;
pid nginx.pid;
error_log errors.log;
events {{ worker_connections 128; }}
http {{
  limit_req_zone $binary_remote_addr zone=rate:1m rate=50r/m;
  log_format calls '$msec $status';
  access_log calls.log calls;
  default_type application/json;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  server {{
    listen 127.0.0.1:{port};
    root answers;
    location /v1/ {{
      if ($http_authorization != "Bearer {api_key}") {{ return 401; }}
      limit_req zone=rate burst=49 nodelay;
      limit_req_status 429;
      {headers}
    }}
  }}
}}
"""


def find():
    """Where nginx is, or None; it is often kept out of a user's path."""
    return shutil.which(
        "nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    )


@dataclass(frozen=True)
class Call:
    at: float
    status: int


class Nginx:
    """Lets 50 calls a minute through, 50 of them at once; `sent` is what it has sent in all for each of its campaigns."""

    def __init__(self, folder, campaigns, headers=""):
        self.sent = {f"campaign-{number}": 1000 + number for number in range(campaigns)}
        self.api_key = f"wbk_{secrets.token_hex(8)}"
        self._folder = folder
        self._port = free_port()
        for campaign_id, sent in self.sent.items():
            path = folder / "answers" / "v1" / "campaigns" / campaign_id / "stats"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"data": {"stats": {**COUNTS, "sent_count": sent}}}))
        config = CONFIG.format(port=self._port, api_key=self.api_key, headers=headers)
        (folder / "nginx.conf").write_text(config)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}"

    @property
    def calls(self):
        """What was asked for, in this order."""
        lines = (line.split() for line in (self._folder / "calls.log").read_text().splitlines())
        return [Call(float(at), int(status)) for at, status in lines]

    def __enter__(self):
        command = [find(), "-p", str(self._folder), "-c", "nginx.conf", "-e", "errors.log"]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._await()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=10)

    def _await(self):
        until = time.monotonic() + 10
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not start: {(self._folder / 'errors.log').read_text()}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
