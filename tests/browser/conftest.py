"""Fixtures for everything that needs a real browser: `page`, a Chromium tab that records what went wrong, and `jupyterlab`, a real JupyterLab.

Without Playwright or a Chromium these tests are skipped, with the reason.
"""

import json, os, socket, subprocess, sys, time, urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

from transferbook.live import figure_source
from transferbook.website import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-domain-reliability",
    "--disable-dev-shm-usage",
    "--metrics-recording-only",
    "--no-pings",
    "--disable-features=Translate,OptimizationHints,MediaRouter,AutofillServerCommunication",
]
LOCAL = ("127.0.0.1", "localhost", "::1", "")


class Watch:
    "What a page said and asked for: `errors` (console errors and uncaught exceptions), `warnings`, `requests`, `failed`, and `foreign`, requests that left this machine"

    def __init__(self, page):
        self.errors, self.warnings, self.requests, self.failed = [], [], [], []
        page.on("console", self._console)
        page.on("pageerror", lambda e: self.errors.append(f"uncaught: {e}"))
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("requestfailed", lambda r: self.failed.append(f"{r.url} ({r.failure})"))
        page.on(
            "response",
            lambda r: (
                self.failed.append(f"{r.url} ({r.status})") if r.status >= 400 else None
            ),
        )

    def _console(self, message):
        if message.type == "error":
            self.errors.append(message.text)
        elif message.type == "warning":
            self.warnings.append(message.text)

    @property
    def foreign(self):
        return [
            u
            for u in self.requests
            if urlsplit(u).scheme not in ("data", "blob", "about")
            and (urlsplit(u).hostname or "") not in LOCAL
        ]

    def assert_clean(self):
        "No console error, no failed request, no request to another host"
        assert (self.errors, self.failed, self.foreign) == ([], [], []), (
            f"errors {self.errors}, failed {self.failed}, foreign {self.foreign}"
        )


# One browser a module and not one a session: Playwright keeps an event loop running in this thread, and nbclient cannot run beside it.
@pytest.fixture(scope="module")
def browser():
    "A headless Chromium"
    api = pytest.importorskip(
        "playwright.sync_api",
        reason="Playwright is not installed (pip install -e '.[dev]')",
    )
    with api.sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            pytest.skip(
                "no Chromium found: install one, or run `playwright install chromium`, or set TRANSFERBOOK_CHROMIUM"
            )
        chromium = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, "no_proxy": "*"}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser):
    "Factory of tabs, each in a context of its own: `new_page(java_script_enabled=False, color_scheme='dark', viewport=…)`; `page.watch` holds what it recorded"
    contexts = []

    def make(**options):
        contexts.append(
            browser.new_context(**{"viewport": dict(width=1200, height=900), **options})
        )
        page = contexts[-1].new_page()
        page.set_default_timeout(45_000)
        page.watch = Watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    "One tab, whose `page.watch` records console errors and failed or foreign requests"
    return new_page()


@pytest.fixture
def call(page, request):
    "Call an export of the figure that the test file is named after: code, which knows it as `figure`, and JSON arguments"
    name = request.path.stem.removeprefix("test_")
    page.goto("about:blank")
    page.evaluate(
        "async source => { window.figure = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))) }",
        figure_source(name),
    )
    return lambda code, arg=None: page.evaluate(code, arg)


@pytest.fixture
def opened(tmp_path):
    "Open a figure as one offline file, with a style of the test's own"

    def opened(page, live, style=""):
        path = live.save_html(tmp_path / "figure.html")
        styled = path.read_text().replace("</head>", f"<style>{style}</style></head>")
        path.write_text(styled)
        page.goto(path.as_uri())
        page.wait_for_function(
            "() => document.querySelector('.tb-live').dataset.host === 'ready'"
        )
        return page

    return opened


@pytest.fixture
def arithmetic(call):
    "As `call`; a test file with more to prepare has its own"
    return call


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Notebook:
    "A notebook open in a JupyterLab tab"

    def __init__(self, page, path):
        self.page, self.path = page, path

    def command(self, name):
        "Run a JupyterLab command and wait until it is done"
        return self.page.evaluate(
            "name => window.jupyterapp.commands.execute(name).then(() => null)", name
        )

    def wait_for_kernel(self, timeout=60):
        self.page.wait_for_function(
            "() => ['idle', 'busy'].includes(window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status)",
            timeout=timeout * 1000,
        )

    def run_all(self, timeout=300):
        "Run every cell; waits until the last has finished"
        self.wait_for_kernel()
        self._run("notebook:run-all-cells", timeout)

    def run_cell(self, index, timeout=60):
        "Run one code or text cell by its position"
        self.wait_for_kernel()
        self.page.evaluate(
            "i => { const c = window.jupyterapp.shell.currentWidget.content; c.deselectAll(); c.activeCellIndex = i }",
            index,
        )
        self._run("notebook:run-cell", timeout)

    def _run(self, command, timeout):
        self.page.evaluate(
            "name => { window.__done = null; window.jupyterapp.commands.execute(name).then(() => window.__done = 'ok', e => window.__done = String(e)) }",
            command,
        )
        self.page.wait_for_function("() => window.__done", timeout=timeout * 1000)
        assert self.page.evaluate("window.__done") == "ok", self.page.evaluate(
            "window.__done"
        )

    def outputs(self, index=None):
        "Outputs of one cell (by position), or of all cells, as nbformat dicts"
        found = self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.widgets.map(c => c.model.outputs ? c.model.outputs.toJSON() : [])"
        )
        return found if index is None else found[index]

    def text(self, index):
        "What a cell printed, and the text form of its results"
        return "".join(
            "".join(o.get("text", ""))
            or "".join(o.get("data", {}).get("text/plain", ""))
            for o in self.outputs(index)
        )

    def run_until(self, index, text, timeout=60):
        "Run a cell again until it prints `text`: what a widget sends waits its turn in a queue"
        until = time.monotonic() + timeout
        while True:
            self.run_cell(index)
            if self.text(index).strip() == text:
                return
            assert time.monotonic() < until, (
                f"cell {index} printed {self.text(index)!r}, expected {text!r}"
            )

    def errors(self):
        "Errors in outputs, as `name: message`"
        return [
            f"cell {i}: {o['ename']}: {o['evalue']}"
            for i, cell in enumerate(self.outputs())
            for o in cell
            if o["output_type"] == "error"
        ]

    def find(self, text):
        "Position of the first cell whose source contains `text`"
        sources = self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.widgets.map(c => c.model.sharedModel.source)"
        )
        return next(i for i, source in enumerate(sources) if text in source)

    def cell(self, index):
        "Locator of a cell in the page"
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def save(self):
        self.command("docmanager:save")


class Lab:
    "A running JupyterLab: `url`, `root` (the folder it serves), `open(page, path)`"

    def __init__(self, url, root, env):
        self.url, self.root, self.env = url, root, env

    def open(self, page, path, kernel=True, timeout=90):
        "Open a notebook (its path below `root`) in a tab and wait until it stands there, with its kernel unless `kernel` is false"
        page.goto(f"{self.url}lab/tree/{path}?reset")
        page.wait_for_function(
            "() => window.jupyterapp?.shell?.currentWidget?.content?.widgets?.length > 0",
            timeout=timeout * 1000,
        )
        page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.ready.then(() => window.jupyterapp.shell.currentWidget.revealed).then(() => null)"
        )
        notebook = Notebook(page, path)
        if kernel:
            notebook.wait_for_kernel()
        return notebook

    def trust(self, path):
        subprocess.run(
            [sys.executable, "-m", "jupyter", "trust", str(self.root / path)],
            env=self.env,
            check=True,
            capture_output=True,
        )


def _settings(folder):
    "No news, no update checks, every cell in the page at once"
    for name, value in {
        "apputils-extension/notification": dict(
            fetchNews="false", checkForUpdates=False
        ),
        "notebook-extension/tracker": dict(windowingMode="none"),
    }.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value))


def _copy(source):
    """A notebook to run elsewhere, from a path, a dict, or the sources of its cells

    The cells that export it are left out: they would write where it stands."""
    if isinstance(source, list):
        cells = [nbformat.v4.new_code_cell(s) for s in source]
        kernel = dict(display_name="python3", language="python", name="python3")
        return nbformat.v4.new_notebook(cells=cells, metadata=dict(kernelspec=kernel))
    if isinstance(source, dict):
        return source
    nb = json.loads(Path(source).read_text())
    return {
        **nb,
        "cells": [c for c in nb["cells"] if "nbdev_export" not in "".join(c["source"])],
    }


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory):
    "Factory: `jupyterlab({'a.ipynb': path_or_dict_or_sources})` copies notebooks into a new folder, serves it with a real JupyterLab and returns a `Lab`"
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    running = []

    def start(notebooks, env=None, timeout=90):
        root, home = (
            tmp_path_factory.mktemp("served"),
            tmp_path_factory.mktemp("jupyter"),
        )
        for name, source in notebooks.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.suffix == ".ipynb":
                target.write_text(json.dumps(_copy(source)))
            else:
                target.write_bytes(Path(source).read_bytes())
        _settings(home / "settings")
        full = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            "TRANSFERBOOK_TIER": "quick",
            "OMP_NUM_THREADS": "1",
            **(env or {}),
        }
        for name in ("TRANSFERBOOK_STATIC", "IN_TEST", "PYTEST_CURRENT_TEST"):
            full.pop(name, None)
        port = _free_port()
        log = open(home / "log.txt", "w")
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                f"--port={port}",
                "--ServerApp.port_retries=0",
                "--ip=127.0.0.1",
                f"--ServerApp.root_dir={root}",
                "--IdentityProvider.token=",
                "--ServerApp.password=",
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            ],
            env=full,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running.append((server, log))
        url, until = f"http://127.0.0.1:{port}/", time.monotonic() + timeout
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while True:
            try:
                opener.open(url + "api/status", timeout=5).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > until:
                    pytest.fail(
                        "JupyterLab did not start:\n"
                        + (home / "log.txt").read_text()[-3000:]
                    )
                time.sleep(0.1)  # between two looks at the port, not a fixed wait
        return Lab(url, root, full)

    yield start
    for server, log in running:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


@pytest.fixture
def ground(scheme):
    "Style of a page on which a figure stands: axe takes a page without a colour for white"
    return (
        "body{background:#0d1117;color:#e6edf3}"
        if scheme == "dark"
        else "body{background:#fff;color:#111}"
    )


@pytest.fixture
def assert_fits():
    "Check that an opened figure fits its page, follows its colour scheme and passes axe-core"
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def assert_fits(page, root, width, scheme):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (page.locator(root).get_attribute("data-dark") is not None) == (
            scheme == "dark"
        )
        found = axe.run(page, context=root).response["violations"]
        assert not found, [
            (v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found
        ]
        page.watch.assert_clean()

    return assert_fits
