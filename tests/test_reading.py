"""Code that a reader takes in at a glance: how wide, long and dense cells are

Density counts the expressions of the syntax tree (names, calls, operators, constants;
annotations left out), so it is the same however lines are broken."""

import ast
import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT / "nbs"
PAGES = [
    p.relative_to(NBS).as_posix()
    for p in sorted(NBS.rglob("*.ipynb"))
    if not any(part[0] in "._" for part in p.relative_to(NBS).parts)
]

WIDTH, LINES = 88, 40  # of a line of code; lines of a cell
GOALS = {"a line": 5.5, "a cell": 40, "a dense cell": 120}  # expressions, see `density`
CEILINGS = ROOT / "tests" / "dense_pages.json"


def code_of(page):
    "The code cells of a page as text"
    cells = json.loads((NBS / page).read_text(encoding="utf-8"))["cells"]
    texts = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return [text for text in texts if text.strip()]


def parsed(text):
    "A cell's syntax tree; lines for the shell are not Python"
    lines = [o for o in text.splitlines() if not o.lstrip().startswith(("%", "!"))]
    return ast.parse("\n".join(lines))


def code_lines(text):
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def expressions(tree):
    "How many expressions a tree holds, annotations left out"
    notes = [
        getattr(n, k, None) for n in ast.walk(tree) for k in ("annotation", "returns")
    ]
    hidden = {id(inner) for note in notes if note for inner in ast.walk(note)}
    every = [n for n in ast.walk(tree) if isinstance(n, ast.expr)]
    return sum(id(n) not in hidden for n in every)


def is_imports(tree):
    return all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body)


def density(page):
    "Expressions a line, a cell (median), and in a cell denser than nine in ten"
    trees = [(text, parsed(text)) for text in code_of(page) if code_lines(text)]
    cells = [(text, tree) for text, tree in trees if not is_imports(tree)]
    counts = sorted(expressions(tree) for _, tree in cells)
    lines = sum(len(code_lines(text)) for text, _ in cells)
    if not counts:
        return dict.fromkeys(GOALS, 0)
    dense = counts[int(0.9 * (len(counts) - 1))]
    return dict(zip(GOALS, (sum(counts) / lines, statistics.median(counts), dense)))


def above(figures, limits):
    return {k: (v, limits[k]) for k, v in figures.items() if v > limits[k]}


def side_by_side(tree):
    "The lines on which two statements stand"
    blocks = [
        getattr(node, name, None)
        for node in ast.walk(tree)
        for name in ("body", "orelse", "finalbody")
    ]
    pairs = [pair for b in blocks if isinstance(b, list) for pair in zip(b, b[1:])]
    return [
        after.lineno for before, after in pairs if after.lineno == before.end_lineno
    ]


@pytest.mark.parametrize("page", PAGES)
def test_code_fits_its_place(page):
    broken = []
    for i, text in enumerate(code_of(page)):
        wide = [o for o in text.splitlines() if len(o) > WIDTH and "://" not in o]
        broken += [
            f"code cell {i}: {len(o)} characters: {o.strip()[:50]}" for o in wide
        ]
        if len(code_lines(text)) > LINES:
            broken.append(
                f"code cell {i}: {len(code_lines(text))} lines, {LINES} at most"
            )
        for line in side_by_side(parsed(text)):
            broken.append(f"code cell {i}: two statements on line {line}")
    assert broken == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_no_denser_than_it_may_be(page):
    """Pages that miss the goals stand in `dense_pages.json` with what they may reach.

    Nothing is added to that list or raised in it; a page that meets the goals leaves"""
    ceilings = json.loads(CEILINGS.read_text(encoding="utf-8"))
    figures = density(page)
    assert above(figures, ceilings.get(page, GOALS)) == {}, "take a dense cell apart"
    missed = above(figures, GOALS)
    assert page not in ceilings or missed, f"delete {page} from {CEILINGS.name}"


def test_the_list_of_dense_pages_names_pages_that_exist():
    ceilings = json.loads(CEILINGS.read_text(encoding="utf-8"))
    assert set(ceilings) <= set(PAGES)
    stories = {p for p in ceilings if p.endswith("/index.ipynb")}
    foundations = {p for p in ceilings if p.startswith("foundations/")}
    assert not stories | foundations, "these meet every goal"


def test_density_counts_what_a_reader_takes_in():
    assert expressions(ast.parse("x = a + b")) == 4  # x, a, b and their sum
    assert expressions(ast.parse("def f(x: dict[str, int]) -> int: return x")) == 1
    assert side_by_side(ast.parse("a = 1; b = 2")) == [1]
    assert side_by_side(ast.parse("a = 1\nb = 2")) == []


def test_the_formatter_would_change_nothing():
    command = [sys.executable, "-m", "ruff", "format", "--check", "nbs", "tests"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, f"`ruff format nbs tests` mends this:\n{done.stdout}"


def test_the_linter_finds_nothing():
    command = [sys.executable, "-m", "ruff", "check", "nbs", "tests", "transferbook"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-3000:]


def named(tree):
    "Names that a cell's top level imports or defines"
    found = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {(a.asname or a.name).split(".")[0] for a in node.names}
    return found


class Bound(ast.NodeVisitor):
    "Names that a cell's top level assigns, by a loop too"

    def __init__(self):
        self.names = set()

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Store):
            self.names.add(node.id)

    def pass_by(self, node):
        "What has a scope of its own binds nothing here"

    visit_FunctionDef = visit_ClassDef = visit_Lambda = pass_by
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = pass_by


def bound(tree):
    found = Bound()
    found.visit(tree)
    return found.names


def read_names(tree):
    every = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    return {n.id for n in every if isinstance(n.ctx, ast.Load)}


def overwritten(texts):
    "Tested names that mean something else by the time a notebook reaches their test"
    known, lost, found = set(), set(), []
    for text in texts:
        tree = parsed(text)
        if text.startswith("#| test"):
            used = read_names(tree) - bound(tree) - named(tree)
            found += [f"{text.splitlines()[0]}: {name}" for name in used & lost]
        elif not text.startswith("#| export"):
            lost |= bound(tree) & known
        known |= named(tree)
        lost -= named(tree)
    return found


def test_an_overwritten_name_is_found():
    lines = "from a import loss", "loss = 3", "#| test one\nassert loss(1)"
    assert overwritten(lines) == ["#| test one: loss"]
    assert overwritten(lines[::2]) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_test_cell_means_the_same_in_its_notebook(page):
    "pytest imports what a test uses; in the notebook no lesson may have replaced it"
    assert overwritten(code_of(page)) == []
