"""What every test shares: the quick tier, a Ctrl-C that works, and no fastcore helper mistaken for a test"""

import os, signal

import pytest
from hypothesis import settings

os.environ["TRANSFERBOOK_TIER"] = "quick"
os.environ.setdefault("MPLBACKEND", "agg")
signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a job in the background of a shell ignores Ctrl-C, and so would the children that the tests interrupt

settings.register_profile("same examples in every run", derandomize=True)
settings.load_profile("same examples in every run")


def pytest_pycollect_makeitem(collector, name, obj):
    "`from fastcore.test import *` brings `test_eq` and its like into a test module: tools, not tests"
    if (getattr(obj, "__module__", "") or "").startswith("fastcore."):
        return []


def pytest_collection_modifyitems(items):
    """What shares a browser, a JupyterLab or a site stays in one worker.

    The longest groups begin first, so that no worker ends alone."""
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_place)


def _group(item):
    "The name of a test's group, or None"
    if "site" in getattr(item, "fixturenames", ()):
        return "site"
    return item.path.stem if item.path.parent.name == "browser" else None


def _place(item):
    "Where a test stands in the order"
    first = [item.path.stem == "test_fresh", _group(item) == "site", _group(item)]
    return next((i for i, holds in enumerate(first) if holds), len(first))


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    "The site as smalldocs builds it, built once for all tests"
    pytest.importorskip(
        "smalldocs", reason="smalldocs is not installed (pip install -e '.[dev]')"
    )
    from transferbook.publishing import build_site

    return build_site("smalldocs", tmp_path_factory.mktemp("built") / "site")
