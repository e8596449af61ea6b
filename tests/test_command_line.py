"""The command `transferbook` as a reader meets it: whole runs in real kernels, interruptions, exit codes of the real process"""

import contextlib, json, os, signal, subprocess, sys, time
from pathlib import Path
import nbformat
import pytest
from transferbook.claims import load_results
from transferbook.cli import ask

LEDGER = """from transferbook.claims import *
book = Ledger("memory", [Claim("C1", "It counts to three", "3", equals(3)), Claim("C2", "It scores", "90", at_least(90))])
book.record("C1", 3); book.record("C2", [95., 96., 97.])
book.table()"""


def notebook(*cells):
    nb = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(c, id=f"cell{i}") for i, c in enumerate(cells)
        ],
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "python3",
                "language": "python",
            }
        },
    )
    return nbformat.writes(nb) + "\n"


@pytest.fixture
def book(tmp_path):
    "A book of its own with one chapter, in a folder with a space; the current folder meanwhile"
    root = tmp_path / "a book"
    (root / "nbs" / "memory").mkdir(parents=True)
    (root / "settings.ini").write_text("lib_name = transferbook\n")
    with contextlib.chdir(root):
        yield root


def page(book, name, *cells):
    path = book / "nbs" / "memory" / f"{name}.ipynb"
    path.write_text(notebook(*cells))
    return path


def test_run_prints_the_claims_and_leaves_the_notebooks_alone(book):
    index = page(book, "index", LEDGER, "import ipywidgets; ipywidgets.IntSlider()")
    part = page(
        book, "part", "import os; print(os.getcwd(), os.environ['TRANSFERBOOK_SEEDS'])"
    )
    before = index.read_text(), part.read_text()
    code, out, err = ask("run", "memory", "--seeds", "4")
    assert code == 0, err
    assert (
        "memory, quick tier: 2 reproduced" in out
        and "2 notebooks at the quick tier" in out
    )
    assert (index.read_text(), part.read_text()) == before and not (
        book / "results"
    ).exists()
    copies = {p.name: p.read_text() for p in (book / "_run" / "memory").iterdir()}
    assert (
        set(copies) == {"index.ipynb", "part.ipynb"}
        and "widget-view" not in copies["index.ipynb"]
    )
    assert (
        f"{part.parent} 4"
        in nbformat.reads(copies["part.ipynb"], 4).cells[0].outputs[0].text
    )


def test_inplace_stores_outputs_and_claims_and_a_second_run_changes_nothing(book):
    index = page(
        book,
        "index",
        LEDGER,
        "import ipywidgets; ipywidgets.IntSlider()",
        "import sys; print('out'); print('err', file=sys.stderr)",
        "#| hide\nfrom nbdev import nbdev_export",
        "#| hide\nnbdev_export()",
    )
    assert ask("run", "memory", "--inplace", "--tier", "laptop")[0] == 0
    first, stored = index.read_text(), load_results("memory")
    nb = nbformat.reads(first, 4)
    assert [r["verdict"] for r in stored["tiers"]["laptop"]["rows"]] == [
        "reproduced",
        "reproduced",
    ]
    assert (
        "reproduced" in nb.cells[0].outputs[0].data["text/markdown"]
        and "vnd.transferbook" not in first
        and "widget-view" not in first
    )
    assert [o.name for o in nb.cells[2].outputs] == ["stdout"] and all(
        c.execution_count is None for c in nb.cells
    )
    assert [c.id for c in nb.cells] == [f"cell{i}" for i in range(5)]
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"from nbdev.clean import nbdev_clean; nbdev_clean({str(index)!r})",
        ],
        check=True,
    )
    assert index.read_text() == first, "nbdev_clean finds something to clean"
    results = (book / "results" / "memory.json").read_text()
    assert ask("run", "memory", "--inplace", "--tier", "laptop")[0] == 0
    assert (
        index.read_text() == first
        and (book / "results" / "memory.json").read_text() == results
    )
    assert not list(book.rglob("*.part"))


def test_a_failing_cell_is_named_and_the_others_run(book):
    broken = page(
        book, "broken", "print('so far')", LEDGER, "1/0", "print('not reached')"
    )
    page(book, "index", LEDGER)
    before = broken.read_text()
    code, out, err = ask("run", "memory", "--inplace")
    assert (
        code == 1
        and "cell 3 of 4: ZeroDivisionError: division by zero" in err
        and str(Path("nbs/memory/broken.ipynb")) in err
        and "1/0" in err
    )
    assert "2 notebooks at the quick tier" in out and "1 failed" in out
    assert broken.read_text() == before and not (book / "results").exists(), (
        "a failed run must not be stored"
    )
    partial = nbformat.read(book / "_run" / "memory" / "broken.ipynb", 4)
    assert (
        partial.cells[0].outputs[0].text == "so far\n"
        and partial.cells[2].outputs[0].output_type == "error"
        and not partial.cells[3].outputs
    )


def test_a_kernel_that_dies_is_reported(book):
    page(
        book,
        "index",
        "x = 1",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    )
    code, out, err = ask("run", "memory")
    assert code == 1 and "cell 2 of 2: the kernel died" in err


SAYS = "import os; print(os.environ['TRANSFERBOOK_TIER'], os.environ['TRANSFERBOOK_SEEDS'])"


def test_measurements_run_after_the_story_and_are_stored_like_it(book):
    waits = "import time; time.sleep(2); open('studies', 'w').close()"
    page(book, "index", LEDGER, waits)
    page(book, "part", "x = 1")
    measurements = page(book, "measurements", "open('studies').close()", SAYS)
    code, out, err = ask("run", "memory", "--seeds", "4", "--inplace")
    assert code == 0, err
    assert "3 notebooks at the quick tier" in out and "in place" in out
    assert out.index("memory/part.ipynb") < out.index("memory/measurements.ipynb")
    cells = nbformat.read(measurements, 4).cells
    assert cells[1].outputs[0].text == "quick 4\n"
    assert [c.execution_count for c in cells] == [None, None]
    assert "quick" in load_results("memory")["tiers"]


def test_measurements_that_fail_are_named_and_not_stored(book):
    page(book, "index", LEDGER)
    measurements = page(book, "measurements", "1/0")
    before = measurements.read_text()
    code, out, err = ask("run", "memory", "--inplace", "--tier", "laptop")
    assert code == 1 and "measurements.ipynb, cell 1 of 1: ZeroDivisionError" in err
    assert "2 notebooks at the laptop tier" in out and "1 failed" in out
    assert measurements.read_text() == before and not (book / "results").exists()


def test_measurements_run_also_when_the_story_fails(book):
    page(book, "index", "1/0")
    page(book, "measurements", "print('measured')")
    code, out, err = ask("run", "memory")
    assert code == 1 and "index.ipynb, cell 1 of 1: ZeroDivisionError" in err
    copy = nbformat.read(book / "_run" / "memory" / "measurements.ipynb", 4)
    assert copy.cells[0].outputs[0].text == "measured\n"


@pytest.mark.parametrize("name", ["index", "measurements"])
def test_ctrl_c_ends_the_kernel_and_leaves_nothing_half_written(book, name):
    page(book, "index", LEDGER)
    path = page(
        book,
        name,
        "import os, time; open('pid', 'w').write(str(os.getpid()))",
        "time.sleep(600)",
    )
    before = path.read_text()
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from transferbook.cli import main; raise SystemExit(main(['run', 'memory', '--inplace']))",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pid = path.parent / "pid"
    deadline = time.monotonic() + 120
    while (
        not (pid.is_file() and pid.read_text())
        and child.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert pid.is_file(), child.communicate(timeout=5)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 1 and "stopped" in err and "Traceback" not in err, err
    assert (
        path.read_text() == before
        and not list(book.rglob("*.part"))
        and not (book / "results").exists()
    )
    for _ in range(100):
        try:
            os.kill(int(pid.read_text()), 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the kernel outlived the command")


def test_the_console_script_and_its_exit_codes(book):
    call = lambda *args, **kw: subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from transferbook.cli import main; sys.exit(main())",
            *args,
        ],
        capture_output=True,
        text=True,
        **kw,
    )
    listed = call("list")
    assert (
        listed.returncode == 0
        and listed.stdout.count("arXiv") == 10
        and listed.stderr == ""
    )
    assert ask("lst")[0] == 2
    wrong = call("run", "memory", env={**os.environ, "TRANSFERBOOK_TIER": "labtop"})
    assert (
        wrong.returncode == 2
        and "quick, laptop, paper" in wrong.stderr
        and "Traceback" not in wrong.stderr
    )
    assert json.loads(ask("claims", "--json")[1]) == []


def test_outside_a_clone_the_answer_is_an_error_and_no_traceback(tmp_path):
    import transferbook.claims as claims

    with contextlib.chdir(tmp_path):
        here, claims.__file__ = (
            claims.__file__,
            str(tmp_path / "site-packages" / "claims.py"),
        )
        try:
            code, out, err = ask("claims")
            listed = ask("list")
        finally:
            claims.__file__ = here
    assert code == 1 and "clone" in err
    assert listed[0] == 0 and "unknown" in listed[1]
