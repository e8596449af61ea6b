"""The site in a real browser, with the network cut off: every page loads, reads and reaches, in the light and in the dark, on a phone and on a desk"""
import functools
import http.server
import threading
from pathlib import Path

import pytest
from nbdev.config import get_config

NBS = Path(get_config().nbs_path)
PAGES = [p.relative_to(NBS).with_suffix(".html").as_posix() for p in sorted(NBS.rglob("*.ipynb")) if not any(s[0] in "._" for s in p.relative_to(NBS).parts)]
LOCAL = ("http://127.0.0.1:", "data:", "blob:")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass


@pytest.fixture(scope="module")
def address(site):
    "Where the built site is served"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def offline(new_page):
    "Factory of tabs that reach this machine and no other"
    def make(**options):
        page = new_page(**options)
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(LOCAL) else route.abort())
        return page
    return make


def wide(page): return page.evaluate("() => [document.documentElement.scrollWidth, window.innerWidth]")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_and_reads(address, offline, name):
    "No failed or foreign request, no console error, formulas with a size, and no sideways scrolling from a phone to a wide screen"
    page = offline(viewport=dict(width=1600, height=1000))
    page.goto(address + name)
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate("() => [...document.querySelectorAll('main math')].filter(m => !m.closest('details:not([open])')).map(m => m.getBoundingClientRect()).map(r => [r.width, r.height])")
    assert all(w > 3 and h > 3 for w, h in sizes), sizes
    for width in (1600, 768, 360):
        page.set_viewport_size(dict(width=width, height=900))
        there, room = wide(page)
        assert there <= room, f"{there} px of page on a screen of {width} px: " + page.evaluate(
            "w => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > w && !e.closest('pre, .maths, .cell-output-display, .sd-table')).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ')", width)
    page.watch.assert_clean()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(address, offline, name):
    "axe-core has no serious or critical finding, in the light and in the dark; the dark colours of code are read on one page, for they are the same on all"
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed").Axe()
    page = offline(color_scheme="light")
    page.goto(address + name)
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("dark => document.documentElement.classList.contains('quarto-dark') === dark", arg=scheme == "dark")
        background = page.evaluate("() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b)")
        assert (background < 384) == (scheme == "dark")
        if scheme == "dark" and name != PAGES[0]: page.add_style_tag(content="pre > code { display: none !important }")   # thousands of spans, seconds a page
        result = axe.run(page, options={"resultTypes": ["violations"]})
        found = [v for v in result.response["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, scheme + ": " + "\n".join(f"{v['id']}: {v['help']}: " + " | ".join(n["html"][:160] for n in v["nodes"][:4]) for v in found)


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
    page.wait_for_function("() => document.querySelectorAll('.smalldocs-search-results a').length > 0")
    assert "stats" in page.locator(".smalldocs-search-results").inner_html()
    page.watch.assert_clean()


def test_sections_fold_by_keyboard(address, offline):
    "The sidebar's toggles are buttons that Enter works on"
    page = offline(viewport=dict(width=1400, height=900))
    page.goto(address + "foundations/tiers.html")
    toggle = page.locator("#quarto-sidebar .sidebar-item-toggle").last
    state = toggle.get_attribute("aria-expanded")
    toggle.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("was => [...document.querySelectorAll('#quarto-sidebar .sidebar-item-toggle')].at(-1).getAttribute('aria-expanded') !== was", arg=state)


def test_without_scripts_the_text_and_the_maths_stand(address, offline):
    page = offline(java_script_enabled=False)
    page.goto(address + "foundations/stats.html")
    assert page.locator("main h1").inner_text()
    assert page.locator("main p").first.is_visible()
