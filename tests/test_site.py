"""The site: built once with smalldocs, checked, and the check itself checked with planted faults"""

import re
import shutil
from pathlib import Path

import lxml.html
import pytest
import yaml
from execnb.nbio import read_nb
from nbdev.config import get_config

from transferbook.publishing import book_notebooks, build_site
from transferbook.website import check_site, post_render

NBS = Path(get_config().nbs_path)
NOTEBOOKS = book_notebooks()
NAMES = [p.relative_to(NBS).as_posix() for p in NOTEBOOKS]


def page_of(site, notebook):
    return (site / notebook.relative_to(NBS).with_suffix(".html")).read_text(
        encoding="utf-8"
    )


def test_the_site_has_no_problem(site):
    assert check_site(site) == []


def test_a_second_clean_up_changes_nothing(site):
    assert post_render(site) == []


def formulas(cells):
    "The formulas in the text of some cells, code left out"
    for cell in cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"```.*?```|`[^`]*`", "", cell.source, flags=re.S)
            yield from re.findall(r"\$\$.+?\$\$|\$[^\s$][^$]*\$", prose, re.S)


def outputs(cells):
    "The HTML that the shown code cells of a page have stored"
    for cell in cells:
        if cell.cell_type == "code" and not cell.source.startswith("#| hide"):
            for out in cell.get("outputs", []):
                yield "".join(out.get("data", {}).get("text/html", ""))


def exported_names(cells):
    "The functions and classes that a page exports"
    for cell in cells:
        if cell.cell_type == "code" and cell.source.startswith("#| export"):
            yield from re.findall(r"^(?:def|class) (\w+)", cell.source, re.M)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=NAMES)
def test_a_page_is_faithful(site, notebook):
    "Formulas are MathML, exported definitions show their code, and scripts of cells are there to the byte"
    page, cells = page_of(site, notebook), read_nb(notebook).cells
    assert page.count("<math") >= len(list(formulas(cells)))
    words = lxml.html.document_fromstring(page).text_content()
    for name in exported_names(cells):
        assert re.search(rf"(?:def|class) {name}\b", words), name
    for text in outputs(cells):
        for script in re.findall(r"<script\b[^>]*>.*?</script>", text, re.S):
            assert script in page


def test_every_notebook_is_in_the_sidebar():
    text = (NBS / "sidebar.yml").read_text(encoding="utf-8")
    listed = re.findall(r"[\w/]+\.ipynb", text)
    first = yaml.safe_load(text)["website"]["sidebar"]["contents"][0]
    assert first["href"] == "index.ipynb"
    assert sorted(listed) == sorted(set(listed)) == NAMES


def test_topics_lead_to_their_place(site):
    "Each topic of a story page is a link, and the page of topics leads back"
    topics = page_of(site, NBS / "topics.ipynb")
    for name in ("holomorphic", "collapse", "memory", "transport", "ensembles"):
        tree = lxml.html.document_fromstring(page_of(site, NBS / name / "index.ipynb"))
        links = tree.xpath("//a[@class='topic']/@href")
        assert links and not tree.xpath("//*[@class='quarto-category']")
        anchors = [link.partition("#")[2] for link in links]
        assert all(f'id="{a}"' in topics for a in anchors)
        assert f"{name}/index.html" in topics


# ---- the check finds what is wrong, and nothing else

GOOD = (
    '<!doctype html><html lang="en"><head><title>T</title>{head}</head>'
    '<body><main><h1 id="top">H</h1>{body}</main>{after}</body></html>'
)
OTHER = '<a href="index.html#top">back</a> <code>$\\alpha$</code> costs $5 or $6'
FAULTS = {
    "a broken link": ('<a href="nowhere.html">x</a>', "a link to nothing: nowhere"),
    "a missing anchor": (
        '<a href="other.html#gone">x</a>',
        "a link to a missing anchor: other.html#gone",
    ),
    "a missing file": ('<img alt="x" src="gone.png">', "a link to nothing: gone.png"),
    "a script from elsewhere": (
        '<script src="https://cdn.example/a.js"></script>',
        "asks another host: https://cdn.example/a.js",
    ),
    "a module from elsewhere": (
        '<script type="module">import a from "https://cdn.example/a.js"</script>',
        "asks another host",
    ),
    "a font from elsewhere": (
        "<style>@import url(https://fonts.example/a.css);</style>",
        "asks another host",
    ),
    "a font without a space": (
        '<style>@import"https://fonts.example/a.css";b{}</style>',
        "asks another host",
    ),
    "a style from elsewhere": (
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        "asks another host",
    ),
    "a picture from elsewhere": (
        '<img alt="x" src="http://example.com/a.png">',
        "asks another host",
    ),
    "raw maths": (r"<p>\(z^2\)</p>", "maths left over"),
    "raw dollars": (r"<p>$\frac{1}{2}$</p>", "maths left over"),
    "half-made maths": (
        r"<math><mi>\foo</mi></math>",
        "maths left over in a formula",
    ),
    "a link left as Markdown": (
        "<p>see [fit](training.html#fit)</p>",
        "the Markdown of a link",
    ),
    "a silent picture": ('<img src="other.html">', "a picture without alt"),
    "a figure without words": (
        '<figure class="tb-picture"><img alt="x" src="other.html"></figure>',
        "a figure without a caption",
    ),
    "an id twice": ('<p id="top">x</p>', "an id that occurs twice: top"),
    "a stored error": (
        '<div class="cell-output cell-output-error">x</div>',
        "a stored error",
    ),
    "a story that fell out": (
        "</main><h2>The claims</h2>",
        "a heading outside main: The claims",
    ),
}


def two_pages(folder, body="", head="", after=""):
    "A site of two pages, the first with something added"
    made = GOOD.format(head=head, body=body, after=after)
    (folder / "index.html").write_text(made, encoding="utf-8")
    other = GOOD.format(head="", body=OTHER, after="")
    (folder / "other.html").write_text(other, encoding="utf-8")


def said_of(name, found):
    "What the check says of one page, missing notebooks left out"
    lines = [line for line in found if line.startswith(f"{name}: ")]
    return [line for line in lines if "live figures" not in line]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_check_finds(fault, tmp_path):
    "Each fault is found on the page that has it, and on no other"
    body, said = FAULTS[fault]
    two_pages(tmp_path, body)
    found = check_site(tmp_path)
    assert any(said in line for line in said_of("index.html", found)), found
    assert said_of("other.html", found) == []


# Facts of the markup of Quarto 1.7, in our own words: what it writes, and what it makes of our pages
AS_QUARTO_WRITES = {
    "three styles with one id": (
        '<link href="other.html" rel="stylesheet" class="quarto-color-scheme" id="quarto-bootstrap">'
        '<link href="other.html" rel="stylesheet" class="quarto-color-scheme-extra" id="quarto-bootstrap">',
        "",
        "",
    ),
    "TeX as a note of MathML": (
        "",
        r'<math><semantics><mi>z</mi><annotation encoding="application/x-tex">\frac{z}{2} \tag{1}</annotation></semantics></math>',
        "",
    ),
    "the contents in a nav of its own": (
        "",
        "",
        '<nav id="TOC" role="doc-toc"><h2 id="toc-title">On this page</h2></nav>',
    ),
    "a search that could ask a network": (
        '<script id="quarto-search-options" type="application/json">{"algolia": "https://x.example"}</script>',
        "",
        "",
    ),
    "code in a line of its own": (
        "",
        '<pre class="sourceCode"><code>x = "$\\frac{a}{b}$"</code></pre>',
        "",
    ),
}


@pytest.mark.parametrize("what", AS_QUARTO_WRITES)
def test_the_check_accepts_what_quarto_writes(what, tmp_path):
    head, body, after = AS_QUARTO_WRITES[what]
    two_pages(tmp_path, body, head, after)
    assert said_of("index.html", check_site(tmp_path)) == []


MADE_RIGHT = {
    "a formula with its number": (
        r'<span class="math display">\[\bar z = x - iy \tag{3}\]</span>',
        r'<span class="tag">(3)</span>',
    ),
    "a formula inside a sentence": (
        r'<p>for <span class="math inline">\(d \le 4\)</span>.</p>',
        "<math",
    ),
    "a fold of the sidebar that leads nowhere": (
        '<nav id="quarto-sidebar"><a data-bs-toggle="collapse" data-bs-target=".quarto-sidebar-collapse-item" href=".quarto-sidebar-collapse-item">x</a></nav>',
        'href="#quarto-sidebar"',
    ),
    "scripts of other hosts": (
        '<script src="https://cdnjs.example/require.min.js" integrity="x" crossorigin="anonymous"></script>'
        "<script>define('jquery', [],function() {return window.jQuery;})</script>",
        '<h1 id="top">',
    ),
    "MathJax from a network": (
        '<script src="https://cdn.example/mathjax@3/es5/tex-chtml-full.js" type="text/javascript"></script>',
        '<h1 id="top">',
    ),
    "a table without a box": (
        "<table><tr><td>1</td></tr></table>",
        '<div class="table-scroll"><table>',
    ),
    "a theme that imports a font": (
        '<style>@import"https://fonts.example/css2?family=Lato:ital,wght@0,400;0,700&display=swap";b{color:red}</style>',
        "b{color:red}",
    ),
}


@pytest.mark.parametrize("what", MADE_RIGHT)
def test_the_step_makes_right(what, tmp_path):
    "What Quarto writes by itself passes the check after the post-render step"
    body, wanted = MADE_RIGHT[what]
    two_pages(tmp_path, body)
    post_render(tmp_path)
    assert said_of("index.html", check_site(tmp_path)) == []
    assert wanted in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_check_looks_into_styles_and_drawings(tmp_path):
    two_pages(tmp_path)
    (tmp_path / "a.css").write_text('@import"https://fonts.example/a.css";')
    (tmp_path / "b.css").write_text("a{background:url(//cdn.example/b.png)}")
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="https://x.example/c.png"/></svg>'
    (tmp_path / "c.svg").write_text(svg)
    found = check_site(tmp_path)
    for name in ("a.css", "b.css", "c.svg"):
        assert any(f.startswith(f"{name}: asks another host") for f in found), name


def test_the_check_misses_a_cover_picture(tmp_path):
    from transferbook.website import _home

    cover = f'<meta property="og:image" content="{_home()}/images/gone.png">'
    two_pages(tmp_path, head=cover)
    found = said_of("index.html", check_site(tmp_path))
    assert any("a link to nothing: /images/gone.png" in line for line in found)


TORN = (
    '<figure class="tb-live" data-figure="x"><img alt="p" src="data:,"><div class="tb-stage" hidden></div>'
    '<figcaption>c</figcaption><script type="application/json" class="tb-state">{}</script>'
    '<script type="text/plain" class="tb-module">const t = `</script>`</figure></main>'
    "<h2>What transfers here?</h2>"
)


def test_the_check_misses_figures_and_numbers(site, tmp_path):
    "A page of the book as Quarto tore it: the figure is not whole, the story is outside, a number is gone"
    copy = tmp_path / "site"
    shutil.copytree(site, copy)
    page = copy / "holomorphic" / "index.html"
    tree = lxml.html.document_fromstring(page.read_text(encoding="utf-8"))
    figure = tree.xpath("//figure[contains(@class, 'tb-live')]")[0]
    figure.getparent().replace(figure, lxml.html.fragment_fromstring("<p>torn</p>"))
    number = tree.xpath("//span[@class='tag']")[0]
    lost = number.text
    number.drop_tree()
    text = lxml.html.tostring(tree, encoding="unicode").replace("<p>torn</p>", TORN)
    page.write_text(text, encoding="utf-8")
    found = said_of_page(check_site(copy), "holomorphic/index.html")
    assert any("0 of 1 live figures" in f for f in found)
    assert any(f"the number of equation {lost} is missing" in f for f in found)
    assert any("the main part ends 2 times" in f for f in found)


def said_of_page(found, name):
    return [line for line in found if line.startswith(f"{name}: ")]


def test_the_check_finds_a_page_without_title_or_heading(tmp_path):
    (tmp_path / "index.html").write_text("<p>x</p>")
    assert {"index.html: no <title>", "index.html: no <h1>"} <= set(
        check_site(tmp_path)
    )


def test_the_check_finds_missing_pages(tmp_path):
    two_pages(tmp_path)
    lost = "foundations/tiers.html: no such page, but its notebook exists"
    assert lost in check_site(tmp_path)
    nothing = tmp_path / "nothing"
    assert check_site(nothing) == [
        f"index.html: missing, there is no folder {nothing.resolve()}"
    ]


@pytest.mark.skipif(not shutil.which("quarto"), reason="Quarto is not installed")
def test_quarto_builds_the_same_pages(tmp_path):
    assert check_site(build_site("quarto", tmp_path / "site")) == []
