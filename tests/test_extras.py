"""Without its extra, every module of a chapter is imported or says what to install"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["optional-dependencies"]
CHAPTERS = sorted(p.parent.name for p in ROOT.glob("transferbook/*/__init__.py"))
MODULES = sorted(
    ".".join(p.relative_to(ROOT).with_suffix("").parts)
    for p in ROOT.glob("transferbook/**/*.py")
    if p.name not in ("__init__.py", "_modidx.py")
)
# a process in which none of the packages is there
SCRIPT = """
import importlib, json, sys
blocked, modules, calls = json.loads(sys.argv[1])
for name in blocked:
    sys.modules[name] = None
said = {}
for name in modules + calls:
    module, _, call = name.partition(":")
    try:
        found = importlib.import_module(module)
        if call:
            eval("found." + call)
        said[name] = ""
    except ImportError as e:
        said[name] = f"{type(e).__name__}: {e}"
print("said" + json.dumps(said))
"""
# what asks for a package only when it is called, and the extra that brings it
CALLS = {
    "transferbook.collapse.data:source_data('mnist5k')": "collapse",
    "transferbook.collapse.scale:on_cpus(print)": "collapse",
    "transferbook.transport.images:_mnist()": "transport",
    "transferbook.backbone:weights_file()": "transport",
    "transferbook.ensembles.molecules:graphs_of(['CC'])": "ensembles",
    "transferbook.memory.environment:layout_names()": "memory",
    "transferbook.scaling.text:train_tokenizer('a')": "scaling",
    "transferbook.medical.data:load_medmnist()": "medical",
}


def packages():
    "The packages of all extras, as they are imported"
    names = [re.match(r"[\w-]+", r)[0] for e in EXTRAS.values() for r in e]
    return sorted(
        {name.replace("-", "_") for name in names} - {"transferbook"} - BUILT_ON
    )


# of the extra for developers; the book itself imports none of them when a page runs
BUILT_ON = {re.match(r"[\w-]+", r)[0].replace("-", "_") for r in EXTRAS["dev"]}


def test_a_chapter_without_its_extra_names_it():
    case = json.dumps([packages(), MODULES, list(CALLS)])
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, case], capture_output=True, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    said = json.loads(ran.stdout.rpartition("said")[2])
    bare = {n: e for n, e in said.items() if e and not e.startswith("MissingExtra")}
    assert bare == {}
    for name, error in said.items():
        chapter = name.split(".")[1]
        extra = CALLS.get(name, chapter)
        assert not error or f"pip install -e '.[{extra}]'" in error, (name, error)
    assert {n for n in CALLS if not said[n]} == set(), "these need a package"


def test_each_chapter_has_an_extra():
    assert set(CHAPTERS) <= set(EXTRAS)
    assert all(c in str(EXTRAS["dev"]) for c in CHAPTERS if EXTRAS[c])
