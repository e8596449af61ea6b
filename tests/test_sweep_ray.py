"""Sweeps on a real Ray cluster: two workers on this machine, started once for this file"""

import contextlib
import os
import signal
from pathlib import Path

import nbformat
import numpy as np
import pytest
import torch

from transferbook.cli import ask
from transferbook.sweep import SweepError, _cluster, _there, sweep
from transferbook.tiers import tier, using_tier, versions

pytest.importorskip("ray", reason="Ray is not installed (pip install -e '.[ray]')")
pytestmark = pytest.mark.xdist_group("ray")  # in one worker, so that it starts once


@pytest.fixture(scope="module")
def cluster():
    """What `sweep` itself would start for two workers.

    Ray gives its own processes 15 and 30 seconds to start, whatever the machine does"""
    with contextlib.ExitStack() as stack:
        try:
            ray = stack.enter_context(_cluster(2, None))
        except Exception as e:
            if "timed out during startup" not in str(e):
                raise
            pytest.skip("Ray could not start on this machine: too busy, four times")
        yield ray
    assert not ray.is_initialized()


def noisy(n):
    threads = torch.get_num_threads()
    draws = dict(x=np.random.rand(), y=torch.randn(3))
    return dict(**draws, n_threads=threads, at=tier.name)


def test_the_rows_are_those_of_the_local_engine(cluster):
    grid = dict(n=[3, 1, 2, 4])
    with using_tier("laptop"):
        on_ray = sweep(noisy, grid, engine="ray", cache=False)
        np.testing.assert_equal(on_ray, sweep(noisy, grid, workers=1, cache=False))
    assert [(r["n_threads"], r["at"]) for r in on_ray] == [(1, "laptop")] * 4


def strikes(n, place):
    "Leave a mark; where there is a `strike`, the process of 3 is killed, and 4 raises"
    place = Path(place)
    (place / f"mark-{n}-{os.getpid()}").touch()
    if (place / "strike").exists() and n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if (place / "strike").exists() and n == 4:
        raise ZeroDivisionError("four")
    return dict(y=n**2, noise=np.random.rand(2))


def struck(place, engine):
    "The error of a sweep in which a worker is killed"
    place.mkdir()
    (place / "strike").touch()
    with pytest.raises(SweepError) as caught:
        run(place, engine)
    return caught.value


def run(place, engine):
    grid = dict(n=[1, 2, 3, 4, 5], place=[str(place)])
    return sweep(strikes, grid, workers=2, engine=engine, cache=place / "cache")


def told(error, place):
    "What an error says, without the folder and the traceback"
    return str(error).replace(str(place), "").split("traceback")[0]


def rows(found):
    return [{k: v for k, v in row.items() if k != "place"} for row in found]


def test_a_killed_worker_is_reported_and_the_sweep_goes_on(cluster, tmp_path):
    there, here = tmp_path / "ray", tmp_path / "local"
    on_ray, local = struck(there, "ray"), struck(here, "local")
    assert told(on_ray, there) == told(local, here)
    assert "n=3" in str(on_ray) and "the worker process died" in str(on_ray)
    done = [row["n"] for row in on_ray.results]
    assert done == [1, 2, 5] == [row["n"] for row in local.results]

    (there / "strike").unlink()
    marks = set(there.glob("mark*"))
    resumed = run(there, "ray")
    fresh = {p.name.split("-")[1] for p in set(there.glob("mark*")) - marks}
    assert fresh <= {"3", "4"}, "what was kept does not run again"
    assert [r["y"] for r in resumed] == [1, 4, 9, 16, 25]
    kept = {r["n"]: r["noise"] for r in on_ray.results}
    assert all(
        np.array_equal(r["noise"], kept.get(r["n"], r["noise"])) for r in resumed
    )


def test_another_version_is_refused():
    other = {**versions(), "torch": "0.1"}
    number, outcome = _there(noisy, 7, dict(n=1), "quick", other)
    assert number == 7 and f"torch {versions()['torch']}" in outcome.error


PAGE = """
import os
from transferbook.sweep import sweep
def of_whom(n): return dict(parent=os.getppid())
print("parents", {row["parent"] for row in sweep(of_whom, dict(n=[1, 2]), cache=False)})
"""


def of_whom(n):
    return dict(parent=os.getppid())


def test_a_run_takes_the_address_of_a_cluster(cluster, tmp_path):
    "The kernel of a page computes on the workers of the cluster that this test started"
    chapter = tmp_path / "nbs" / "memory"
    chapter.mkdir(parents=True)
    (tmp_path / "settings.ini").write_text("lib_name = transferbook\n")
    cell = nbformat.v4.new_code_cell(PAGE, id="cell0")
    nb = nbformat.v4.new_notebook(cells=[cell])
    nb.metadata.kernelspec = dict(name="python3", display_name="Python 3")
    nbformat.write(nb, chapter / "part.ipynb")
    address = cluster.get_runtime_context().gcs_address
    with contextlib.chdir(tmp_path):
        how = ["--engine", "ray", "--address", address]
        code, out, err = ask("run", "memory", *how)
    assert code == 0, err
    copy = nbformat.read(tmp_path / "_run" / "memory" / "part.ipynb", 4)
    text = copy.cells[0].outputs[0].text
    (parent,) = {
        r["parent"] for r in sweep(of_whom, dict(n=[1]), engine="ray", cache=False)
    }
    assert f"parents {{{parent}}}" in text
