"""The site in a real browser, with the network cut off: every page loads, reads and reaches, in the light and in the dark, on a phone and on a desk"""

import json
import re
import subprocess
import sys
from pathlib import Path

import lxml.html
import pytest
from execnb.nbio import read_nb
from nbdev.config import get_config

from transferbook.live import Live
from transferbook.publishing import FOLDED, book_notebooks
from transferbook.website import _promises, _served

NBS = Path(get_config().nbs_path)
PAGES = [p.relative_to(NBS).with_suffix(".html").as_posix() for p in book_notebooks()]
STORIES = [n for n in PAGES if n.endswith("/index.html")]
LOCAL = ("http://127.0.0.1:", "data:", "blob:")


@pytest.fixture(scope="module")
def address(site):
    "Where the built site is served"
    with _served(site) as base:
        yield f"{base}/"


@pytest.fixture
def offline(new_page):
    "Factory of tabs that reach this machine and no other"

    def make(**options):
        page = new_page(**options)
        page.route(
            "**/*",
            lambda route: (
                route.continue_()
                if route.request.url.startswith(LOCAL)
                else route.abort()
            ),
        )
        return page

    return make


def wide(page):
    return page.evaluate(
        "() => [document.documentElement.scrollWidth, window.innerWidth]"
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_and_reads(address, offline, name):
    "No failed or foreign request, no console error, formulas with a size, and no sideways scrolling from a phone to a wide screen"
    page = offline(viewport=dict(width=1600, height=1000))
    page.goto(address + name)
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "() => [...document.querySelectorAll('main math')].filter(m => !m.closest('details:not([open])')).map(m => m.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert all(w > 3 and h > 3 for w, h in sizes), sizes
    for width in (1600, 1280, 768, 380, 360):
        page.set_viewport_size(dict(width=width, height=900))
        there, room = wide(page)
        assert there <= room, (
            f"{there} px of page on a screen of {width} px: "
            + page.evaluate(
                "w => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > w && !e.closest('pre, .maths, .cell-output-display, .sd-table')).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ')",
                width,
            )
        )
    page.watch.assert_clean()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(address, offline, name):
    "axe-core has no serious or critical finding, in the light and in the dark; the dark colours of code are read on one page, for they are the same on all"
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed",
    ).Axe()
    page = offline(color_scheme="light")
    page.goto(address + name)
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "dark => document.documentElement.classList.contains('quarto-dark') === dark",
            arg=scheme == "dark",
        )
        background = page.evaluate(
            "() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)"
        )
        assert (background < 384) == (scheme == "dark")
        if scheme == "dark" and name != PAGES[0]:
            page.add_style_tag(
                content="pre > code { display: none !important }"
            )  # thousands of spans, seconds a page
        result = axe.run(page, options={"resultTypes": ["violations"]})
        found = [
            v
            for v in result.response["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert not found, (
            scheme
            + ": "
            + "\n".join(
                f"{v['id']}: {v['help']}: "
                + " | ".join(n["html"][:160] for n in v["nodes"][:4])
                for v in found
            )
        )


def test_the_reader_chooses_dark_and_it_lasts(address, offline):
    page = offline(color_scheme="light")
    background = "() => getComputedStyle(document.body).backgroundColor"
    page.goto(address + "foundations/tiers.html")
    light = page.evaluate(background)
    page.locator(".quarto-color-scheme-toggle").first.click()
    page.wait_for_function(f"light => ({background})() !== light", arg=light)
    page.goto(address + "foundations/data.html")
    assert page.evaluate(background) != light


def test_search_finds_a_page(address, offline):
    page = offline()
    page.goto(address + "foundations/tiers.html")
    page.locator("#quarto-search input").fill("power law")
    page.wait_for_function(
        "() => document.querySelectorAll('.smalldocs-search-results a').length > 0"
    )
    assert "stats" in page.locator(".smalldocs-search-results").inner_html()
    page.watch.assert_clean()


def test_the_list_of_claims_filters(address, offline):
    page = offline()
    page.goto(address + "all_claims.html")
    items = page.locator("ul.tb-claims > li")
    every = items.count()
    shown = page.locator("ul.tb-claims > li:visible")
    assert shown.count() == every > 30
    page.get_by_label("Chapter").select_option("memory")
    page.get_by_label("Kind").select_option("claim")
    few = shown.count()
    assert 0 < few < every and page.locator("output").inner_text().startswith(f"{few} ")
    assert {i.get_attribute("data-chapter") for i in shown.all()} == {"memory"}
    page.get_by_label("Words").fill("no such words")
    assert shown.count() == 0 and page.locator("main section h3:visible").count() == 0
    page.watch.assert_clean()


def test_the_front_page_shows_where_to_begin(address, offline):
    "The first link stands within the first screen, and *Next* leads to the first chapter"
    page = offline(viewport=dict(width=1280, height=800))
    page.goto(address + "index.html")
    box = page.locator("main p a").first.bounding_box()
    assert box["y"] + box["height"] < 800
    following = page.locator(".nav-page-next a").get_attribute("href")
    first = page.locator(".tb-card h3 a").first.get_attribute("href")
    assert following.removeprefix("./") == first.removeprefix("./")
    assert page.locator(".tb-card").count() == 10
    page.watch.assert_clean()


def test_a_term_explains_itself(address, offline):
    "On focus by keyboard and on hover; the screen reader gets it as a description"
    page = offline()
    page.goto(address + "all_claims.html")
    word = page.locator(".term > button").first
    meaning = page.locator(f"#{word.get_attribute('aria-describedby')}")
    assert not meaning.is_visible()
    word.focus()
    assert meaning.is_visible() and len(meaning.inner_text()) > 20
    word.evaluate("node => node.blur()")
    assert not meaning.is_visible()
    word.hover()
    assert meaning.is_visible()
    page.watch.assert_clean()


def test_the_speed_of_a_page_is_measured(site):
    "In a process of its own, since a browser is open in this one"
    code = "import sys, json; from transferbook.website import measure_site; "
    code += "print(json.dumps(measure_site(sys.argv[1], [sys.argv[2]])))"
    name = STORIES[0].split("/")[0]
    command = [sys.executable, "-c", code, site, name]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    (row,) = json.loads(done.stdout)
    assert row["page"] == name and 0.1 < row["megabytes"] < 20
    assert row["control"] > 0 and row["move"] > 0


def test_sections_fold_by_keyboard(address, offline):
    "The sidebar's toggles are buttons that Enter works on"
    page = offline(viewport=dict(width=1400, height=900))
    page.goto(address + "foundations/tiers.html")
    toggle = page.locator("#quarto-sidebar .sidebar-item-toggle").last
    state = toggle.get_attribute("aria-expanded")
    toggle.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "was => [...document.querySelectorAll('#quarto-sidebar .sidebar-item-toggle')].at(-1).getAttribute('aria-expanded') !== was",
        arg=state,
    )


def test_without_scripts_the_text_and_the_maths_stand(address, offline):
    page = offline(java_script_enabled=False)
    page.goto(address + "foundations/stats.html")
    assert page.locator("main h1").inner_text()
    assert page.locator("main p").first.is_visible()


# ---- what a reader meets on both sites

ROOM = """() => {
  const code = document.querySelector("main div.sourceCode pre code"), box = code.closest("pre");
  const line = document.createElement("span");
  line.textContent = "x".repeat(88);
  code.append(line);
  const wide = line.getBoundingClientRect().width;
  line.remove();
  const style = getComputedStyle(box);
  const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const edge = name => document.querySelector(name).getBoundingClientRect();
  return { wide, room, end: edge("main").right, contents: edge("#TOC").left };
}"""


@pytest.mark.parametrize("width", [1280, 1600])
def test_a_line_of_88_characters_fits_beside_the_contents(address, offline, width):
    page = offline(viewport=dict(width=width, height=900))
    page.goto(address + "foundations/website.html")
    found = page.evaluate(ROOM)
    assert found["wide"] <= found["room"], found
    assert page.locator("#TOC").is_visible() and found["contents"] >= found["end"], (
        found
    )


def notebook_of(name):
    return read_nb(NBS / name.replace(".html", ".ipynb"))


def figures_of(name):
    "How many live figures a notebook shows"
    return _promises(NBS / name.replace(".html", ".ipynb"))[0]


WITH_FIGURE = [name for name in PAGES if figures_of(name)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", WITH_FIGURE)
def test_every_live_figure_mounts(address, offline, name, scheme):
    "On a phone and on a desk, in the light and in the dark: each figure is alive, and the whole story stands in main"
    for width in (380, 1280, 1600):
        page = offline(viewport=dict(width=width, height=900), color_scheme=scheme)
        page.goto(address + name)
        page.wait_for_function(
            "() => [...document.querySelectorAll('.tb-live')].every(f => f.dataset.host && f.dataset.host !== 'loading')"
        )
        hosts = page.evaluate(
            "() => [...document.querySelectorAll('main .tb-live')].map(f => f.dataset.host)"
        )
        assert hosts == ["ready"] * figures_of(name)
        lost = page.evaluate(
            "() => [...document.querySelectorAll('h2, h3')].filter(h => !h.closest('main, nav')).map(h => h.textContent)"
        )
        assert lost == []
        page.watch.assert_clean()


def test_the_pages_with_figures_are_known():
    assert len(WITH_FIGURE) >= 10


@pytest.mark.parametrize("name", STORIES)
def test_labels_can_be_read_on_a_phone(address, offline, name):
    "No label of a picture is smaller than 9 px, and none makes the page scroll"
    page = offline(viewport=dict(width=380, height=900))
    page.goto(address + name)
    page.evaluate(
        "() => document.querySelectorAll('details').forEach(d => d.open = true)"
    )
    natural = """() => [...document.querySelectorAll("main figure.tb-picture img")]
      .map(i => parseFloat(i.dataset.label) * i.getBoundingClientRect().width / parseFloat(i.getAttribute("width")))"""
    sizes = page.evaluate(natural)
    assert sizes and min(sizes) > 8.9, sizes
    there, room = wide(page)
    assert there <= room


@pytest.mark.parametrize("name", STORIES)
def test_a_picture_that_scrolls_fades_where_more_of_it_is_hidden(
    address, offline, name
):
    "A picture too wide for a phone shows that it goes on, until it is scrolled to its end"
    page = offline(viewport=dict(width=380, height=900))
    page.goto(address + name)
    if not page.evaluate("CSS.supports('animation-timeline: scroll()')"):
        pytest.skip("this browser ties no animation to scrolling")
    seen = """async () => {
      const all = [...document.querySelectorAll("main .tb-panels")].filter(e => !e.closest("details"));
      const frame = () => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)));
      const fades = () => all.map(e => getComputedStyle(e).maskImage !== "none");
      await frame();
      const first = fades();
      all.forEach(e => { e.scrollLeft = e.scrollWidth; });
      await frame();
      return [all.map(e => e.scrollWidth > e.clientWidth), first, fades()];
    }"""
    wide_ones, first, last = page.evaluate(seen)
    assert first == wide_ones
    assert not any(last)


@pytest.mark.parametrize("name", STORIES)
def test_pictures_have_words(address, offline, name):
    "Every picture of a story has a caption that can be seen and a description that is another text"
    page = offline()
    page.goto(address + name)
    bare = page.evaluate(
        "() => [...document.querySelectorAll('main img')].filter(i => !i.closest('figure, a')).map(i => i.outerHTML.slice(0, 80))"
    )
    assert bare == []
    badges = page.locator("main a > img").evaluate_all("all => all.map(i => i.alt)")
    assert badges == ["Open in Colab"]
    words = page.evaluate(
        "() => [...document.querySelectorAll('main figure.tb-picture')].map(f => [f.querySelector('figcaption').textContent.trim(), f.querySelector('img').alt.trim()])"
    )
    assert words and all(caption and alt and caption != alt for caption, alt in words)


@pytest.mark.parametrize("name", STORIES)
def test_answers_are_closed_until_opened(address, offline, name):
    "What an exercise answers, words, code and output, shows only when its fold is opened"
    cells = notebook_of(name).cells
    marked = [i for i, c in enumerate(cells) if c.get("metadata", {}).get(FOLDED)]
    page = offline()
    page.goto(address + name)
    folds = page.locator("main details.fold")
    assert folds.count() == len(marked) > 0
    assert page.locator("main details[open]").count() == 0
    for k in range(folds.count()):
        fold = folds.nth(k)
        assert fold.locator("pre").count() > 0 and fold.locator("h2, h3").count() == 0
        assert not fold.locator("pre").first.is_visible()
        fold.locator("summary").first.press("Enter")
        assert fold.locator("pre").first.is_visible()


@pytest.mark.parametrize("name", STORIES)
def test_a_playground_says_how_to_start_it(address, offline, name):
    page = offline()
    page.goto(address + name)
    note = page.locator("main .playground")
    assert note.count() == 1 and "make lab" in note.inner_text()
    assert f"nbs/{name.replace('.html', '.ipynb')}" in note.inner_text()


# ---- a figure survives what readers and renderers do to its HTML

NOTE = "<table><tr><td>1</td></tr></table></main><!-- $$x$$ \\(y\\) -->"


@pytest.fixture(scope="module")
def figure_html():
    "A figure whose state holds what parsers look for"
    live = Live(
        "lissajous",
        "Three across, two up.",
        "A curve",
        POSTER,
        a=3,
        b=2,
        phase=0.6,
        note=NOTE,
    )
    return live.html()


POSTER = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80"><rect width="120" height="80" fill="#0072b2"/></svg>'


def through_lxml(text):
    tree = lxml.html.document_fromstring(f"<main><h1>A</h1>{text}<h2>B</h2></main>")
    return lxml.html.tostring(tree, encoding="unicode")


def through_python(text):
    from bs4 import BeautifulSoup

    return str(BeautifulSoup(f"<main><h1>A</h1>{text}<h2>B</h2></main>", "html.parser"))


def through_nbconvert(text):
    import nbformat
    from nbconvert import HTMLExporter

    out = nbformat.v4.new_output("display_data", {"text/html": text})
    cell = nbformat.v4.new_code_cell("live", outputs=[out])
    made, _ = HTMLExporter(embed_images=True).from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    return made


@pytest.mark.parametrize("through", [through_lxml, through_python, through_nbconvert])
def test_a_figure_survives(offline, tmp_path, figure_html, through):
    page = offline()
    file = tmp_path / "page.html"
    file.write_text(through(figure_html), encoding="utf-8")
    page.route(
        "**/*",
        lambda r: (
            r.continue_() if r.request.url.startswith(("file:", *LOCAL)) else r.abort()
        ),
    )
    page.goto(file.as_uri(), wait_until="domcontentloaded")
    page.locator(".tb-live[data-host=ready]").get_by_role(
        "img", name="3 swings across"
    ).wait_for()
    assert (
        page.evaluate("() => document.querySelector('.tb-live').model.get('note')")
        == NOTE
    )


def test_a_sanitiser_leaves_the_poster(offline, figure_html):
    "What a code host or an untrusted notebook keeps: pictures and words, no script, no text of a script"
    import bleach

    kept = bleach.clean(
        figure_html,
        tags=["figure", "figcaption", "img"],
        attributes=["alt", "src", "class"],
        protocols=["data"],
        strip=True,
    )
    without = re.sub(
        r"\s+",
        " ",
        lxml.html.fromstring(f"<div>{kept}</div>").xpath("string(//figcaption)"),
    )
    assert without == "Three across, two up."
    page = offline()
    page.set_content(kept)
    assert page.locator("img").evaluate("i => i.complete && i.naturalWidth") == 120
