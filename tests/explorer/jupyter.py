"""One Jupyter server, whose notebooks open in JupyterLab, Notebook 7 and Voila, and one Chromium that looks at them."""

import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FRONT_ENDS = {"lab": "doc/tree/{}?reset", "notebook": "notebooks/{}", "voila": "voila/render/{}"}
# what front ends say by themselves, with any notebook
NOISE = (
    "schema",
    "command",
    "Command",
    "already registered",
    "font-awesome",
    "fontawesome",
    "Failed to load resource",
    "shared module",
    "sharing",
)
READY = """async () => {
  const context = window.jupyterapp.shell.currentWidget.sessionContext;
  await context.ready;
  await context.session.kernel.info;
  const kernel = () => context.session.kernel;
  while (!(kernel().connectionStatus === 'connected' && kernel().status === 'idle'))
    await new Promise(done => setTimeout(done, 50));
}"""


def browser_path():
    """Where a Chromium is, or None."""
    given = os.environ.get("LEADLEX_BROWSER")
    return given or next((found for name in BROWSERS if (found := shutil.which(name))), None)


class Jupyter:
    """A Jupyter server with folders and settings of its own, which is gone when the tests are."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.notebooks = self.folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.log = self.folder / "server.log"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._write_settings()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), env=self._environment(), stdout=log, stderr=subprocess.STDOUT, cwd=self.notebooks,
                start_new_session=True,
            )  # fmt: skip
        atexit.register(self.stop)
        self._wait()

    def add(self, name, *cells):
        """Write a notebook with these cells."""
        notebook = new_notebook(
            cells=[new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        (self.notebooks / name).write_text(nbformat.writes(notebook), encoding="utf-8")
        return name

    def address(self, front_end, name):
        return f"{self.url}/{FRONT_ENDS[front_end].format(name)}"

    def stop(self):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _command(self):
        return [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
            "--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={self.notebooks}",
            "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
            "--LabApp.news_url=None", "--LabApp.extension_manager=readonly",
        ]  # fmt: skip

    def _environment(self):
        own = {
            name: str(self.folder / name.lower())
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                         "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "LEADLEX_API_KEY")}
        return {**kept, **own, "PYTHONPATH": str(Path(__file__).parents[2])}

    def _write_settings(self):
        settings = {
            "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
            "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        }
        for name, values in settings.items():
            path = self.folder / "jupyterlab_settings_dir" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))

    def _wait(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), opener.open(f"{self.url}/api/status", timeout=2):
                return
            time.sleep(0.1)
        raise RuntimeError(f"the Jupyter server did not start:\n{self.log.read_text(errors='replace')}")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Opened:
    """A notebook in a front end, and the explorer in it."""

    def __init__(self, page, jupyter, front_end, name):
        self.page, self.front_end = page, front_end
        self.errors, self.requests = [], []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(jupyter.address(front_end, name))
        if front_end != "voila":
            page.wait_for_function("() => window.jupyterapp && window.jupyterapp.shell.currentWidget", timeout=60_000)
            page.evaluate(READY)

    def run_all(self):
        """Run all cells, and wait until the explorer is there."""
        if self.front_end != "voila":
            self.page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        self.page.wait_for_selector(".lx-root [data-draws]", timeout=60_000)
        return self

    def run(self, code):
        """Run code in the notebook's kernel, beside its cells, and give what it prints."""
        return self.page.evaluate(
            """async code => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              let printed = '';
              const future = kernel.requestExecute({code, store_history: false, silent: false});
              future.onIOPub = message => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
                if (message.header.msg_type === 'error') printed += message.content.traceback.join('\\n');
              };
              await future.done;
              return printed;
            }""",
            code,
        )

    def ask(self, expression):
        """Give the value of an expression in the kernel, by way of JSON."""
        printed = self.run(f"import json; print(json.dumps({expression}))")
        try:
            return json.loads(printed.strip().splitlines()[-1])
        except (IndexError, ValueError):
            raise AssertionError(f"{expression} gave {printed}") from None

    def root(self, number=0):
        return self.page.locator(".lx-root").nth(number)

    def field(self, label, number=0):
        return self.root(number).get_by_label(label, exact=True)

    def draws(self, number=0):
        return int(self.root(number).locator("[data-draws]").get_attribute("data-draws"))

    def after(self, act, number=0):
        """Do something, and wait until the explorer has been redrawn and its picture is there."""
        before = self.draws(number)
        act()
        self.page.wait_for_function(
            """([number, before]) => {
              const root = document.querySelectorAll('.lx-root')[number];
              const status = root && root.querySelector('[data-draws]');
              return status && Number(status.dataset.draws) > before;
            }""",
            arg=[number, before], timeout=20_000,
        )  # fmt: skip
        self.settle(number)

    def settle(self, number=0):
        """Wait until nothing has changed for a moment."""
        self.page.evaluate(
            """async number => {
              const root = document.querySelectorAll('.lx-root')[number];
              await new Promise(done => {
                let timer = setTimeout(finish, 250);
                const watch = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(finish, 250); });
                watch.observe(root, {childList: true, subtree: true, attributes: true, characterData: true});
                function finish() { watch.disconnect(); done(); }
              });
              const image = root.querySelector('img.lx-image');
              if (image) await image.decode();
            }""",
            number,
        )

    def start_again(self):
        """Press the notebook's own button that brings all settings back, and wait until that is shown."""
        times = self.page.locator(".times")
        before = times.text_content()
        self.page.locator("button", has_text="Start again").dispatch_event("click")
        self.page.wait_for_function(
            "before => document.querySelector('.times').textContent !== before", arg=before, timeout=20_000
        )
        self.settle()

    def table(self, number=0):
        """The rows of the table as texts, pinned ones included."""
        return self.page.evaluate(
            """number => [...document.querySelectorAll('.lx-root')[number].querySelectorAll('tr[data-id]')].map(row => [
              row.dataset.id, ...[...row.cells].filter(cell => !cell.hasAttribute('aria-hidden')).map(cell => cell.textContent)])""",
            number,
        )

    def status(self, number=0):
        return self.root(number).locator("[role=status]").inner_text()

    def alert(self, number=0):
        found = self.root(number).locator("[role=alert]")
        return found.inner_text() if found.count() else ""

    def page_errors(self):
        return [error for error in self.errors if not any(noise in error for noise in NOISE)]

    def close(self):
        if self.page.is_closed():
            return
        if self.front_end != "voila":
            with contextlib.suppress(Exception):
                self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.context.close()
