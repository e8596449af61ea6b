"""What every test shares: the quick tier, one thread, and no fastcore helper mistaken for a test"""
import os

os.environ["TRANSFERBOOK_TIER"] = "quick"
os.environ.setdefault("MPLBACKEND", "agg")


def pytest_pycollect_makeitem(collector, name, obj):
    "`from fastcore.test import *` brings `test_eq` and its like into a test module: tools, not tests"
    if (getattr(obj, "__module__", "") or "").startswith("fastcore."): return []
