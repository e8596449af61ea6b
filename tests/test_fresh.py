"""Each chapter's quick run gives what is stored, to within the spread of its seeds"""

import importlib
from pathlib import Path

import pytest

from transferbook.claims import drift, load_results
from transferbook.tiers import using_tier

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {p.parent.name for p in (ROOT / "transferbook").glob("*/__init__.py")}
STORED = {p.stem for p in (ROOT / "results").glob("*.json")}
CHAPTERS = sorted(PACKAGES & STORED)  # a chapter in the making has nothing stored


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_fresh_quick_run_gives_what_is_stored(chapter):
    with using_tier("quick"):
        experiments = importlib.import_module(f"transferbook.{chapter}.experiments")
        measured = experiments.measure()
    assert drift(measured, load_results(chapter)) == []
