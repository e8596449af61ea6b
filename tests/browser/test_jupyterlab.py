"""A real JupyterLab with a real browser: the figure follows Python, Python follows the figure, and a stored notebook never shows a widget error."""

from pathlib import Path

import nbformat
import pytest

pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
from transferbook.live import Live, strip_widget_views

BOOK = Path(__file__).parents[2] / "nbs"
POSTER = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80"><rect width="120" height="80" fill="#0072b2"/></svg>'
MAKE = 'live = Live("lissajous", "Three across, two up and down.", a=3, b=2, phase=.6, table=[dict(crossings=7)])\nlive'


def stored(trust):
    "What a saved notebook holds of a figure: the static form, and nothing of the widget"
    live = Live(
        "lissajous",
        "Three across, two up and down.",
        poster=POSTER,
        a=3,
        b=2,
        phase=0.6,
    )
    out = dict(
        output_type="execute_result",
        metadata={},
        execution_count=1,
        data={
            "text/plain": repr(live),
            "text/html": live.html(),
            "application/vnd.jupyter.widget-view+json": dict(
                model_id="gone", version_major=2, version_minor=0
            ),
        },
    )
    # trust goes by content, so that two notebooks must differ
    cell = nbformat.v4.new_code_cell(f"# {trust}\n{MAKE}", outputs=[out])
    kernel = dict(display_name="python3", language="python", name="python3")
    nb = nbformat.v4.new_notebook(cells=[cell], metadata=dict(kernelspec=kernel))
    return strip_widget_views(nb)


@pytest.fixture(scope="module")
def lab(jupyterlab):
    cells = [
        "from transferbook.live import Live",
        MAKE,
        "live.set(a=5, b=4)",
        "print(live.state)",
        "seen = []\nlive.observe(lambda change: seen.append(change.new), 'a')",
        "print(live.state['a'], live.state['b'], seen)",
    ]
    words = [
        "from IPython.display import HTML\nfrom transferbook.live import *",
        MAKE,
        "show_me('five up', live, b=5)",
        "print(live.state)",
        "other = Live('lissajous', a=1, b=1, phase=.5)\nHTML(other.html())",
        "findings([('Here.', show_me('seven up', other, b=7))])",
    ]
    lab = jupyterlab(
        {
            "page.ipynb": BOOK / "foundations" / "live.ipynb",
            "live.ipynb": cells,
            "words.ipynb": words,
            "untrusted.ipynb": stored("untrusted"),
            "trusted.ipynb": stored("trusted"),
        }
    )
    lab.trust("trusted.ipynb")
    return lab


def test_figure_and_python_follow_each_other(lab, page):
    opened = lab.open(page, "live.ipynb")
    opened.run_cell(0)
    opened.run_cell(1)
    figure, slider = (
        opened.cell(1),
        opened.cell(1).get_by_role("slider", name="Swings across"),
    )
    figure.locator(".liss svg").wait_for()
    assert (
        figure.locator(".jp-OutputArea-output .widget-vbox").count() == 1
        and figure.locator("[data-host]").count() == 0
    )  # the widget, not the static host
    assert figure.get_by_text("Three across, two up and down.", exact=True).is_visible()
    assert slider.input_value() == "3"

    opened.run_cell(2)  # Python moves the figure
    figure.get_by_role("img", name="5 swings across to 4").wait_for()
    assert slider.input_value() == "5"
    opened.run_cell(3)
    assert "'a': 5" in opened.text(3)

    opened.run_cell(4)  # the reader moves the figure
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    figure.get_by_role("img", name="7 swings across to 4").wait_for()
    opened.run_until(5, "7 4 [6, 7]")
    assert (
        opened.errors() == [] and page.watch.foreign == [] and page.watch.errors == []
    )


def test_words_move_the_bound_figure_and_the_static_one(lab, page):
    opened = lab.open(page, "words.ipynb")
    for i in range(3):
        opened.run_cell(i)
    opened.cell(2).get_by_role("button", name="five up").press("Enter")
    opened.cell(1).get_by_role("img", name="3 swings across to 5").wait_for()
    opened.run_cell(3)  # Python has heard of it
    assert "'b': 5" in opened.text(3)
    opened.run_cell(4)
    opened.run_cell(5)
    opened.cell(5).get_by_role("button", name="seven up").click()
    opened.cell(4).get_by_role("img", name="1 swings across to 7").wait_for()
    assert opened.cell(1).get_by_role("img", name="3 swings across to 5").is_visible()
    assert opened.errors() == [] and page.watch.errors == []


def test_run_all_then_save_holds_the_static_form(lab, page):
    opened = lab.open(page, "live.ipynb")
    opened.run_all()
    opened.cell(1).get_by_role("img", name="5 swings across").wait_for()
    assert opened.errors() == [] and opened.text(5).strip() == "5 4 []"
    assert {"text/html", "text/plain"} <= opened.outputs(1)[0]["data"].keys()


def test_page_of_the_book_runs_top_to_bottom(lab, page):
    opened = lab.open(page, "page.ipynb")
    opened.run_all()
    assert opened.errors() == []
    static, bound = (
        opened.cell(opened.find("HTML(live.html())")),
        opened.cell(opened.find("live.set(phase=1.2, a=5)") - 2),
    )
    static.locator(".tb-live[data-host=ready]").get_by_role(
        "img", name="3 swings across"
    ).wait_for()  # Python does not reach this one
    bound.get_by_role("img", name="5 swings across").wait_for()
    assert (
        bound.locator("[data-host]").count() == 0
        and page.watch.errors == []
        and page.watch.foreign == []
    )


def test_the_story_page_runs_and_its_figure_listens_both_ways(jupyterlab, page):
    "Every cell of the chapter's first page; the network trained in it appears in the figure, and the point chosen in the figure arrives in Python"
    badge = "images/open-in-colab.svg"
    story = "holomorphic/index.ipynb"
    served = jupyterlab({story: BOOK / story, badge: BOOK / badge})
    opened = served.open(page, story)
    opened.run_all(timeout=600)
    assert opened.errors() == []
    figure = opened.cell(opened.find("live = figure.three_julias"))
    figure.locator(".pane p", has_text="180 numbers, live from Python").wait_for()
    figure.get_by_label("Re c").fill("-0.75")
    figure.get_by_label("Im c").fill("0.1")
    opened.run_until(opened.find("chosen = figure.choice(live)"), "(-0.75+0.1j)")
    assert page.watch.errors == [] and page.watch.foreign == []


def test_trusted_notebook_runs_the_figure_without_a_kernel(lab, page):
    opened = lab.open(page, "trusted.ipynb", kernel=False)
    opened.cell(0).locator(".tb-live[data-host=ready] .liss svg").wait_for()
    slider = opened.cell(0).get_by_role("slider", name="Swings across")
    slider.press("ArrowRight")
    assert (
        slider.input_value() == "4"
        and not opened.cell(0).locator("img.tb-poster").is_visible()
    )
    assert (
        page.watch.errors == []
        and "widget"
        not in opened.cell(0).locator(".jp-OutputArea").inner_text().lower()
    )


def test_untrusted_notebook_shows_the_poster(lab, page):
    opened = lab.open(page, "untrusted.ipynb", kernel=False)
    poster = opened.cell(0).locator(
        "img.tb-poster, img[alt='Three across, two up and down.']"
    )
    poster.wait_for()
    assert poster.evaluate("i => i.complete && i.naturalWidth") == 120
    text = opened.cell(0).locator(".jp-OutputArea").inner_text()
    assert (
        "Three across, two up and down." in text
        and "const" not in text
        and "widget" not in text.lower()
    )
    assert opened.cell(0).locator(".liss").count() == 0 and page.watch.errors == []
