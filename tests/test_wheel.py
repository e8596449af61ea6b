"""The book as other people have it: built into a package, on a terminal that knows few signs"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ASK = "import sys; from transferbook.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    "The folder that a wheel would be made of"
    out = tmp_path_factory.mktemp("built")
    build = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", out]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return out


def ask(*words, cwd, **env):
    "The command line in a process of its own"
    command = [sys.executable, "-c", ASK, *words]
    how = dict(cwd=cwd, env={**os.environ, **env}, capture_output=True)
    return subprocess.run(command, **how, encoding="ascii", errors="replace")


def test_a_package_carries_figures_and_results(package):
    kept = {p.name for p in (ROOT / "results").glob("*.json")}
    assert {p.name for p in (package / "transferbook" / "results").iterdir()} == kept
    figures = {p.name for p in (ROOT / "transferbook" / "figures").glob("*.js")}
    assert {p.name for p in (package / "transferbook/figures").iterdir()} == figures


def test_an_installed_book_shows_its_claims(package, tmp_path):
    said = ask("claims", "memory", cwd=tmp_path, PYTHONPATH=str(package))
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith("memory, ") and "C1" in said.stdout
    told = ask("list", cwd=tmp_path, PYTHONPATH=str(package))
    assert told.returncode == 0 and "memory       ready" in told.stdout
    run = ask("run", "memory", cwd=tmp_path, PYTHONPATH=str(package))
    assert run.returncode == 1 and run.stderr.count("\n") == 1
    assert "clone" in run.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("command", ["claims", "list"])
def test_a_sign_that_the_terminal_lacks_stops_nothing(encoding, command):
    said = ask(command, cwd=ROOT, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert said.returncode == 0 and said.stderr == ""
    assert len(said.stdout) > 1000
