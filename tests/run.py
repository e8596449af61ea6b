"""`make test`: notebooks at the quick tier, pytest on all cores, nothing left behind

python tests/run.py                    everything
python tests/run.py memory             one chapter
python tests/run.py foundations site   what every chapter rests on
python tests/run.py parts origin/main  the chapters changed since, and the others
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# seconds for all notebooks together, more than twice what five chapters take on two
# slow cores: nbdev_test has no limit of its own
LIMIT = int(os.environ.get("TRANSFERBOOK_TEST_LIMIT", 1800))
SKIP = {
    ".git",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    "transferbook.egg-info",
    "_docs",
    "_run",
}
FRESH = "tests/test_fresh.py"  # a quick run of each chapter against what is stored
SITE = ["tests/test_site.py", "tests/browser"]


# ---- the parts of the book


def chapters():
    "The chapters that are written"
    packages = (ROOT / "transferbook").glob("*/__init__.py")
    return sorted(p.parent.name for p in packages)


def part_of(name):
    "The part that a changed file belongs to; None: every part"
    parts = Path(name).parts
    if (
        parts[0] in ("nbs", "transferbook")
        and len(parts) > 2
        and parts[1] in chapters()
    ):
        return parts[1]
    if parts[0] in ("tests", "results"):
        for chapter in chapters():
            if parts[-1].startswith((f"test_{chapter}_", f"{chapter}.json")):
                return chapter
    return None


def changed_parts(since):
    "The chapters that differ from a commit; all of them when anything else does"
    command = ["git", "diff", "--name-only", f"{since}...HEAD"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    # every export changes `_modidx.py`, which says nothing of where the change is
    names = [n for n in done.stdout.split("\n") if n and not n.endswith("_modidx.py")]
    named = {part_of(name) for name in names}
    return chapters() if done.returncode or None in named else sorted(named)


def pages_of(part):
    "Where the notebooks of a part are"
    if part == "site":
        return sorted(p.name for p in (ROOT / "nbs").glob("*.ipynb"))
    return [part]


def tests_of(part):
    "What pytest runs for a part"
    own = sorted((ROOT / "tests").glob(f"test_{part}_*.py"))
    if part == "site":
        return SITE
    if part in chapters():
        fresh = f"{FRESH}::test_a_fresh_quick_run_gives_what_is_stored[{part}]"
        return [*map(str, own), fresh]
    others = [f"test_{chapter}_" for chapter in chapters()]
    every = sorted((ROOT / "tests").glob("test_*.py"))
    aside = ("test_site.py", Path(FRESH).name, *others)
    return [str(p) for p in every if not p.name.startswith(aside)]


# ---- the steps


def files():
    "Every file of the repository with its time of change; caches left out"
    found = {}
    for folder, names, here in os.walk(ROOT):
        names[:] = [n for n in names if n not in SKIP]
        paths = [os.path.join(folder, name) for name in here]
        found |= {p: os.stat(p).st_mtime_ns for p in paths if os.path.exists(p)}
    return found


def stop(child):
    "End a process and its workers"
    if child.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(child.pid, signal.SIGKILL)
    else:
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(child.pid)])


def notebooks(paths):
    """`nbdev_test` on some pages, or on all; an error when there are none.

    By itself it would report success."""
    from nbdev.test import nbdev_test

    nbs = ROOT / "nbs"
    if not any(nbs.rglob("*.ipynb")):
        sys.exit(f"no notebook under {nbs}")
    failed = []
    for path in [str(nbs / p) for p in paths] or [None]:
        try:
            nbdev_test(path)
        except SystemExit:
            failed.append(path)
    sys.exit(len(failed))


def run_notebooks(paths):
    "The step above in a process that ends when its time is over"
    # notebooks run side by side, one a core: more threads would be in each other's way
    env = {"OMP_NUM_THREADS": "1", **os.environ}
    command = [sys.executable, __file__, "notebooks", *paths]
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True, env=env)
    try:
        return child.wait(LIMIT)
    except subprocess.TimeoutExpired:
        print(f"the notebooks took longer than {LIMIT} s (TRANSFERBOOK_TEST_LIMIT)")
        return 1
    finally:
        stop(child)


def run_pytest(paths):
    "pytest on all cores; each browser, JupyterLab and site stays in one worker"
    options = ["-q", "-rs", "-n", "auto", "--dist", "loadgroup", "--durations", "20"]
    env = {"OMP_NUM_THREADS": "1", **os.environ}
    command = [sys.executable, "-m", "pytest", *options, *paths]
    return subprocess.run(command, cwd=ROOT, env=env).returncode


def step(name, run, paths):
    "One step with its time; True when it succeeded"
    print(f"\n== {name}", flush=True)
    start = time.time()
    code = run(paths)
    said = "passed" if code == 0 else f"FAILED (exit code {code})"
    print(f"== {name}: {said} in {time.time() - start:.0f} s", flush=True)
    return code == 0


def left_over(before, after):
    "What the tests changed, left or deleted"
    new = [p for p in after if after[p] != before.get(p)]
    gone = [p for p in before if p not in after]
    named = [os.path.relpath(p, ROOT) for p in sorted(new)]
    return named + [f"{os.path.relpath(p, ROOT)} (deleted)" for p in sorted(gone)]


def main(parts):
    known = ["foundations", "site", *chapters()]
    if unknown := set(parts) - set(known):
        wanted = ", ".join(known)
        sys.exit(f"parts: got {', '.join(unknown)}, expected some of {wanted}")
    pages = [page for part in parts for page in pages_of(part)]
    tests = [path for part in parts for path in tests_of(part)]
    before = files()
    good = step("notebooks at the quick tier", run_notebooks, pages)
    good &= step("pytest", run_pytest, tests)
    left = left_over(before, files())
    if left:
        print("\n== FAILED: the tests changed or left files: " + ", ".join(left[:20]))
    return 0 if good and not left else 1


def start(words):
    if words[:1] == ["notebooks"]:
        return notebooks(words[1:])
    if words[:1] == ["parts"]:
        touched = changed_parts(*words[1:])
        print(f"touched={json.dumps(touched)}")
        rest = [name for name in chapters() if name not in touched]
        return print(f"rest={json.dumps(rest)}")
    # one folder for this run: what a notebook has computed, no test computes again
    with tempfile.TemporaryDirectory(prefix="transferbook-test-") as cache:
        os.environ.setdefault("TRANSFERBOOK_CACHE", cache)
        os.environ.setdefault("TRANSFERBOOK_SHARED", f"{cache}/shared")
        return sys.exit(main(words))


if __name__ == "__main__":
    os.environ |= {
        "TRANSFERBOOK_TIER": "quick",
        "MPLBACKEND": "agg",
        "KINETO_LOG_LEVEL": "99",  # the profiler of a lesson keeps its lines to itself
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    try:
        start(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(1)
