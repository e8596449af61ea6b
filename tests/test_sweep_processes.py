"""Sweeps whose processes die or are interrupted, in real pools"""

import os, signal, subprocess, sys, textwrap, time
import pytest
from transferbook.sweep import SweepError, sweep

SCRIPT = textwrap.dedent("""
    import sys, time
    from transferbook.sweep import sweep
    def work(n):
        if n == 2: open(sys.argv[2] if len(sys.argv) > 2 else 'started', 'w').write('2'); time.sleep(600)
        return dict(y=n)
    if __name__ == "__main__": sweep(work, dict(n=[0, 1, 2, 3]), workers=int(sys.argv[3]), cache=sys.argv[1])
    """)


def fragile(n):
    if n == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return dict(y=n**2)


def test_a_worker_that_dies_fails_alone(tmp_path):
    with pytest.raises(SweepError, match="n=2\n.*worker process died") as e:
        sweep(fragile, {"n": [1, 2, 3, 4]}, workers=2, cache=tmp_path)
    assert e.value.results == [dict(n=n, y=n**2) for n in (1, 3, 4)]
    assert len(list(tmp_path.rglob("*.sweep"))) == 3


def descendants(pid):
    "Processes of the group that `pid` leads, from /proc"
    found = []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if stat[0] != "Z" and int(stat[2]) == pid:
            found.append(int(p))
    return found


@pytest.mark.skipif(
    not os.path.isdir("/proc/self"),
    reason="needs /proc to see which processes are left",
)
@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_keeps_what_is_finished_and_ends_the_workers(tmp_path, workers):
    script, flag, cache = tmp_path / "job.py", tmp_path / "flag", tmp_path / "cache"
    script.write_text(SCRIPT)
    child = subprocess.Popen(
        [sys.executable, script, cache, flag, str(workers)],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    done = 2 if workers == 1 else 3
    deadline = time.monotonic() + 120
    while (
        not (flag.exists() and len(list(cache.rglob("*.sweep"))) >= done)
        and child.poll() is None
        and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert child.poll() is None and flag.exists(), child.communicate(timeout=5)[1]
    child.send_signal(signal.SIGINT)
    err = child.communicate(timeout=60)[1]
    assert child.returncode != 0 and "KeyboardInterrupt" in err
    assert len(list(cache.rglob("*.sweep"))) == done and not list(cache.rglob("*.part"))
    deadline = time.monotonic() + 30
    while descendants(child.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    left = descendants(child.pid)
    for p in left:
        os.kill(p, signal.SIGKILL)
    assert not left
