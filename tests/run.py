"""`make test`: the export is in step, every notebook runs at the quick tier, pytest passes, and nothing is left behind"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT = int(
    os.environ.get("TRANSFERBOOK_TEST_LIMIT", 1800)
)  # seconds for all notebooks together, more than twice what five chapters take on two slow cores: nbdev_test has no limit of its own
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


def files():
    "Every file of the repository, tracked or not, with its time of change; caches and environments left out"
    found = {}
    for folder, names, here in os.walk(ROOT):
        names[:] = [n for n in names if n not in SKIP]
        found |= {
            (p := os.path.join(folder, f)): os.stat(p).st_mtime_ns
            for f in here
            if os.path.exists(os.path.join(folder, f))
        }
    return found


def in_step():
    "Modules, tests and README are what their notebooks say"
    from transferbook.publishing import out_of_step

    if late := out_of_step():
        sys.exit(
            "not what their notebooks say (make export writes them): "
            + ", ".join(map(str, late))
        )


def notebooks():
    "`nbdev_test` on every notebook, with a time limit, and an error when it finds none: by itself it would report success"
    from nbdev.config import get_config

    found = [
        p
        for p in Path(get_config().nbs_path).rglob("*.ipynb")
        if not any(s[0] in "._" for s in p.relative_to(get_config().nbs_path).parts)
    ]
    if not found:
        sys.exit(f"no notebook under {get_config().nbs_path}")
    print(f"{len(found)} notebooks", flush=True)
    # notebooks run side by side, one a core: more threads in each would only be in the others' way
    child = subprocess.Popen(
        ["nbdev_test"],
        start_new_session=True,
        env={"OMP_NUM_THREADS": "1", **os.environ},
    )
    try:
        sys.exit(child.wait(LIMIT))
    except subprocess.TimeoutExpired:
        sys.exit(
            f"the notebooks took longer than {LIMIT} s (TRANSFERBOOK_TEST_LIMIT sets the limit)"
        )
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)  # its workers too


def run(name, *args):
    "One step in a process of its own; True when it succeeded"
    print(f"\n== {name}", flush=True)
    start = time.time()
    code = subprocess.run([sys.executable, *args], cwd=ROOT).returncode
    print(
        f"== {name}: {'passed' if code == 0 else f'FAILED (exit code {code})'} in {time.time() - start:.0f} s",
        flush=True,
    )
    return code == 0


def main():
    before = files()
    steps = [
        run("export is in step", __file__, "in_step"),
        run("notebooks at the quick tier", __file__, "notebooks"),
        run("pytest", "-m", "pytest", "-q", "-rs"),
    ]
    after = files()
    left = sorted(
        os.path.relpath(p, ROOT) for p in after if after[p] != before.get(p)
    ) + sorted(
        f"{os.path.relpath(p, ROOT)} (deleted)" for p in before if p not in after
    )
    if left:
        print("\n== FAILED: the tests changed or left files: " + ", ".join(left[:20]))
    return 0 if all(steps) and not left else 1


if __name__ == "__main__":
    os.environ |= {
        "TRANSFERBOOK_TIER": "quick",
        "MPLBACKEND": "agg",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    step = {"in_step": in_step, "notebooks": notebooks}.get(
        "".join(sys.argv[1:]), lambda: sys.exit(main())
    )
    try:
        step()
    except KeyboardInterrupt:
        sys.exit(1)
