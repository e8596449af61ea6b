"""The site: built once with smalldocs, checked, and the check itself checked with planted faults"""
import re
import shutil
from pathlib import Path

import pytest
import yaml
from execnb.nbio import read_nb
from nbdev.config import get_config

from transferbook.publishing import build_site, check_site, post_render

NBS = Path(get_config().nbs_path)
NOTEBOOKS = [p for p in sorted(NBS.rglob("*.ipynb")) if not any(s[0] in "._" for s in p.relative_to(NBS).parts)]


def page_of(site, notebook): return (site / notebook.relative_to(NBS).with_suffix(".html")).read_text(encoding="utf-8")


def test_the_site_has_no_problem(site): assert check_site(site) == []


def test_a_second_clean_up_changes_nothing(site): assert post_render(site) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.relative_to(NBS).as_posix())
def test_a_page_is_faithful(site, notebook):
    "Formulas are MathML, exported definitions show their code, and what cells made with scripts is there to the byte"
    page, cells = page_of(site, notebook), read_nb(notebook).cells
    formulas = [f for c in cells if c.cell_type == "markdown" for f in re.findall(r"\$\$.+?\$\$|\$[^\s$][^$]*\$", re.sub(r"```.*?```|`[^`]*`", "", c.source, flags=re.S), re.S)]
    assert page.count("<math") >= len(formulas)
    words = re.sub(r"<[^>]+>", "", page)
    for cell in cells:
        if cell.cell_type != "code": continue
        if cell.source.startswith("#| export"):
            for name in re.findall(r"^(?:def|class) (\w+)", cell.source, re.M): assert re.search(rf"(?:def|class) {name}\b", words), name
        if cell.source.startswith("#| hide"): continue
        for out in cell.get("outputs", []):
            for script in re.findall(r"<script\b[^>]*>.*?</script>", "".join(out.get("data", {}).get("text/html", "")), re.S): assert script in page


def test_every_notebook_is_in_the_sidebar():
    text = (NBS / "sidebar.yml").read_text(encoding="utf-8")
    listed = re.findall(r"[\w/]+\.ipynb", text)
    assert yaml.safe_load(text)["website"]["sidebar"]["contents"][0]["href"] == "index.ipynb"
    assert sorted(listed) == sorted(set(listed)) == [p.relative_to(NBS).as_posix() for p in NOTEBOOKS]


GOOD = '<!doctype html><html lang="en"><head><title>T</title></head><body><h1 id="top">H</h1>{}</body></html>'
FAULTS = {
    "a broken link": ('<a href="nowhere.html">x</a>', "a link to nothing: nowhere.html"),
    "a missing anchor": ('<a href="other.html#gone">x</a>', "a link to a missing anchor: other.html#gone"),
    "a missing file": ('<img alt="x" src="gone.png">', "a link to nothing: gone.png"),
    "a script from elsewhere": ('<script src="https://cdn.example/a.js"></script>', "asks another host: https://cdn.example/a.js"),
    "a module from elsewhere": ('<script type="module">import a from "https://cdn.example/a.js"</script>', "asks another host"),
    "a font from elsewhere": ('<style>@import url(https://fonts.example/a.css);</style>', "asks another host"),
    "a style from elsewhere": ('<link rel="stylesheet" href="//cdn.example/a.css">', "asks another host"),
    "a picture from elsewhere": ('<img alt="x" src="http://example.com/a.png">', "asks another host"),
    "raw maths": (r"<p>\(z^2\)</p>", "maths left over"),
    "raw dollars": (r"<p>$\frac{1}{2}$</p>", "maths left over"),
    "half-made maths": (r"<math><mi>\foo</mi></math>", "maths left over in a formula"),
    "a silent picture": ('<img src="other.html">', "a picture without alt"),
    "an id twice": ('<p id="top">x</p>', "an id that occurs twice: top"),
    "a stored error": ('<div class="cell-output cell-output-error">x</div>', "a stored error"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_finds(fault, tmp_path):
    "Each fault is found on the page that has it, and on no other"
    body, said = FAULTS[fault]
    (tmp_path / "index.html").write_text(GOOD.format(body))
    (tmp_path / "other.html").write_text(GOOD.format('<a href="index.html#top">back</a> <code>$\\alpha$</code> costs $5 or $6'))
    found = check_site(tmp_path)
    assert any(line.startswith("index.html: ") and said in line for line in found), found
    assert not [line for line in found if line.startswith("other.html: ")], found


def test_the_check_finds_a_page_without_title_or_heading(tmp_path):
    (tmp_path / "index.html").write_text("<p>x</p>")
    assert {"index.html: no <title>", "index.html: no <h1>"} <= set(check_site(tmp_path))


def test_the_check_finds_missing_pages(tmp_path):
    (tmp_path / "index.html").write_text(GOOD.format(""))
    assert "foundations/tiers.html: no such page, but its notebook exists" in check_site(tmp_path)
    assert check_site(tmp_path / "nothing") == [f"index.html: missing, there is no folder {(tmp_path / 'nothing').resolve()}"]


@pytest.mark.skipif(not shutil.which("quarto"), reason="Quarto is not installed")
def test_quarto_builds_the_same_pages(tmp_path):
    assert check_site(build_site("quarto", tmp_path / "site")) == []
