"""Words in the text that move a figure, in a real browser: by mouse and keyboard, before and after the figure, without a script, and with Python behind them."""

import pytest
from playwright.sync_api import expect

from transferbook.live import Live, findings, show_me

POSTER = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80"><rect width="120" height="80" fill="#0072b2"/></svg>'
PAGE = "<!doctype html><html lang=en><head><meta charset=utf-8><title>t</title><link rel=icon href='data:,'></head><body><main>{body}</main></body></html>"
FAR = "<div style='height:3000px'></div>"


def figure(**changes):
    state = dict(a=3, b=2, phase=0.6) | changes
    return Live("lissajous", "A curve.", alt="A curve", poster=POSTER, **state)


@pytest.fixture
def show(tmp_path):
    "Write a page with some HTML in it, open it from a file and wait for its figures"

    def show(page, *parts, wait="ready"):
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(body="\n".join(map(str, parts))))
        page.goto(path.as_uri())
        if wait:
            page.wait_for_function(
                "state => [...document.querySelectorAll('.tb-live')].every(f => f.dataset.host === state)",
                arg=wait,
            )
        return page

    return show


def values(page, *names):
    "The named values of every figure on the page"
    return page.evaluate(
        "names => [...document.querySelectorAll('.tb-live')].map(f => names.map(n => f.model.get(n)))",
        list(names),
    )


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_click_and_keyboard_set_the_state(page, show, before):
    live = figure()
    words = [
        show_me("five up", live, a=3, b=5),
        show_me("a circle", live, a=1, b=1, phase=1.5),
    ]
    show(page, *(words if before else ()), live.html(), *(() if before else words))
    drawn = page.locator(".liss path").first.get_attribute("d")
    page.get_by_role("button", name="five up").click()
    assert values(page, "a", "b", "phase") == [[3, 5, 0.6]]
    assert page.locator(".liss path").first.get_attribute("d") != drawn
    assert page.get_by_role("slider", name="Swings up and down").input_value() == "5"
    button = page.get_by_role("button", name="a circle")
    button.focus()
    page.keyboard.press("Enter")
    assert values(page, "a", "b", "phase") == [[1, 1, 1.5]]
    assert button.evaluate("b => b === document.activeElement")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert values(page, "b") == [[5]]
    page.watch.assert_clean()


def test_a_screen_reader_hears_what_has_changed(page, show):
    live = figure()
    show(page, live.html(), show_me("five up", live, b=5))
    status = page.locator(".tb-show [role=status]")
    assert status.inner_text() == ""
    page.get_by_role("button", name="five up").press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.tb-show [role=status]').textContent === 'The figure has changed: five up'"
    )
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context=".tb-show").response["violations"]
    assert [v["id"] for v in found] == []


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_the_figure_comes_into_view_and_the_focus_stays(new_page, show, motion):
    live = figure()
    page = new_page(reduced_motion=motion)
    show(page, live.html(), FAR, show_me("five up", live, b=5))
    button = page.get_by_role("button", name="five up")
    button.scroll_into_view_if_needed()
    top = "() => document.querySelector('.tb-live').getBoundingClientRect().top"
    assert page.evaluate(top) < 0
    button.press("Enter")
    page.wait_for_function(f"() => ({top})() >= 0")
    assert button.evaluate("b => b === document.activeElement")


def test_a_reader_finds_the_way_back(page, show):
    live = figure()
    page.emulate_media(reduced_motion="reduce")  # nothing scrolls on its own
    show(page, live.html(), FAR, show_me("five up", live, b=5))
    words = page.get_by_role("button", name="five up")
    back = page.get_by_role("button", name="Back to the text")
    for _ in range(2):  # a second press leaves one line, not two
        words.press("Enter")
        assert page.locator(".tb-shown").inner_text().startswith("Shown: five up")
    back.press("Enter")
    expect(words).to_be_in_viewport(ratio=1)
    assert words.evaluate("b => b === document.activeElement")
    assert back.count() == 0


def test_of_two_figures_the_one_that_is_meant_moves(page, show):
    one, other = figure(), figure(a=1, b=1)
    third = Live("lissajous", "Not on this page.", a=7, b=7, phase=0.1)
    show(
        page,
        one.html(),
        other.html(),
        one.html(),
        show_me("the first", one, b=5),
        show_me("the second", other, b=6),
        show_me("another", third, b=9),
    )
    page.get_by_role("button", name="the second").click()
    assert values(page, "b") == [[2], [6], [2]]
    page.get_by_role("button", name="the first").click()
    assert values(page, "b") == [[5], [6], [5]]
    page.get_by_role("button", name="another").click()
    assert values(page, "b") == [[9], [6], [5]]
    page.watch.assert_clean()


def test_words_are_plain_text_where_no_figure_lives(new_page, page, show):
    live = figure()
    words = f"<p>Now {show_me('five up', live, b=5)}.</p>"
    show(page, words, wait=None)  # a page without the figure
    assert page.locator("p").inner_text() == "Now five up."
    assert page.get_by_role("button").count() == 0
    dead = show(new_page(java_script_enabled=False), live.html(), words, wait=None)
    assert dead.locator("main > p").last.inner_text() == "Now five up."
    assert dead.get_by_role("button").count() == 0


def test_words_that_come_later_become_a_button(page, show):
    live = figure()
    show(page, live.html())
    page.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('beforeend', html)",
        str(show_me("five up", live, b=5)),
    )
    page.get_by_role("button", name="five up").click()
    assert values(page, "b") == [[5]]


def test_findings_through_a_markdown_renderer(page, show):
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark")
    live = figure()
    list_ = findings(
        [
            ("We found **five** up.", show_me("Five up.", live, b=5)),
            ("We found `a_b` & *one* up.", show_me("One < two.", live, b=1)),
        ]
    )
    show(page, live.html(), markdown.render(list_.data))
    assert page.locator("li").count() == 2
    page.locator("li").nth(1).get_by_role("button", name="One < two.").click()
    assert values(page, "b") == [[1]]
    page.locator("li").first.get_by_role("button").click()
    assert values(page, "b") == [[5]]
    page.watch.assert_clean()
