"""The static host and the offline file in a real browser: what the reader sees, moves and loses."""

import numpy as np
import pytest

from transferbook.live import Live, figure_names

POSTER = b'<svg xmlns="http://www.w3.org/2000/svg" width="120" height="80"><rect width="120" height="80" fill="#0072b2"/></svg>'
PAGE = "<!doctype html><html lang=en><head><meta charset=utf-8><title>t</title><link rel=icon href='data:,'>{head}</head><body><main>{body}</main></body></html>"


def figure(**kw):
    return Live(
        "lissajous",
        **{
            **dict(
                caption="Three across, two up and down.",
                alt="A curve",
                poster=POSTER,
                table=[dict(a=3, b=2, crossings=7)],
                a=3,
                b=2,
                phase=0.6,
            ),
            **kw,
        },
    )


@pytest.fixture
def show(tmp_path):
    "Write a page with some HTML in it and open it from a file"

    def show(page, *parts, head="", wait="ready"):
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(head=head, body="\n".join(parts)))
        page.goto(path.as_uri())
        if wait:
            page.wait_for_function(
                "state => [...document.querySelectorAll('.tb-live')].every(f => f.dataset.host === state)",
                arg=wait,
            )
        return page

    return show


def test_renders_from_a_file(page, show):
    show(page, figure().html())
    assert (
        page.locator(".tb-stage svg").is_visible()
        and not page.locator(".tb-poster").is_visible()
    )
    assert page.get_by_role("img", name="3 swings across").count() == 1
    assert page.locator("figcaption").inner_text() == "Three across, two up and down."
    page.watch.assert_clean()


def test_keyboard_moves_the_figure(page, show):
    show(page, figure().html())
    before = page.locator(".liss path").first.get_attribute("d")
    page.get_by_role("slider", name="Swings across").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".tb-live").evaluate("f => f.model.get('a')") == 4
    assert page.locator(".liss path").first.get_attribute("d") != before
    assert (
        "crosses itself 1 time" in page.locator(".liss-side").inner_text()
    )  # 4 : 2 is 2 : 1
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    assert page.locator(".tb-live").evaluate("f => f.model.get('b')") == 1
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("cell", name="7").is_visible()
    page.watch.assert_clean()


def test_model_behaves_as_anywidgets(page, show):
    show(page, figure(kept=[1, {"x": 2}]).html())
    heard = page.locator(".tb-live").evaluate("""f => {
        const heard = [], hear = (model, value) => heard.push([model === f.model, value]);
        f.model.on("change:a change:b", hear);
        f.model.set("a", 5); f.model.set("a", 5); f.model.set({ b: 7, a: 6 });
        f.model.on("change:kept", () => heard.push("kept"));
        f.model.set("kept", [1, { x: 2 }]);
        f.model.off("change:a", hear); f.model.set("a", 1); f.model.save_changes();
        return heard }""")
    assert heard == [[True, 5], [True, 7], [True, 6]]


def test_arithmetic_equals_python(page, show):
    show(page, figure().html())
    t, a, b, phase = np.linspace(0, 6, 50), 5, 4, 1.1
    got = page.locator(".tb-live").evaluate(
        "(f, t) => t.map(x => f.module.step(x, { a: 5, b: 4, phase: 1.1 }))", t.tolist()
    )
    np.testing.assert_allclose(
        got, np.stack([np.sin(a * t + phase), np.sin(b * t)], 1), atol=1e-12
    )


def test_two_of_one_kind_and_one_twice(page, show):
    one, other = figure().html(), figure(a=1, b=1).html()
    show(page, one, other, one)
    assert page.locator(".tb-stage svg").count() == 3
    page.get_by_role("slider", name="Swings across").nth(1).press("ArrowRight")
    assert page.evaluate(
        "[...document.querySelectorAll('.tb-live')].map(f => f.model.get('a'))"
    ) == [3, 2, 3]
    page.watch.assert_clean()


def test_scripts_put_in_again_as_jupyterlab_does(page, show):
    show(page, "<div id=out></div>", wait=None)
    page.evaluate(
        """html => {
        const out = document.querySelector("#out"); out.innerHTML = html;
        for (const old of out.querySelectorAll("script")) {
            const fresh = document.createElement("script");
            for (const a of old.attributes) fresh.setAttribute(a.name, a.value);
            fresh.textContent = old.textContent; old.replaceWith(fresh);
        } }""",
        figure().html(),
    )
    page.locator(".tb-live[data-host=ready] .tb-stage svg").wait_for()
    page.watch.assert_clean()


def test_nasty_state_arrives_whole(page, show):
    nasty = "</script><!--<script> & \u2028 'quotes\" ü"
    show(page, figure(text=nasty, path=np.arange(3, dtype="float32")).html())
    assert page.locator(".tb-live").evaluate("f => f.model.get('text')") == nasty
    assert page.locator(".tb-live").evaluate(
        "f => [...new Float32Array(Uint8Array.from(atob(f.model.get('path').b64), c => c.charCodeAt(0)).buffer)]"
    ) == [0, 1, 2]


def test_poster_stays_without_javascript(new_page, show):
    page = show(new_page(java_script_enabled=False), figure().html(), wait=None)
    poster = page.locator("img.tb-poster")
    assert (
        poster.is_visible()
        and poster.get_attribute("alt") == "A curve"
        and poster.bounding_box()["width"] == 120
    )
    assert (
        page.locator("figcaption").is_visible()
        and not page.locator(".tb-stage").is_visible()
    )
    page.locator("summary").click()
    assert page.get_by_role("cell", name="7").is_visible()


@pytest.mark.parametrize(
    "source",
    [
        "export default { render() { throw new Error('no WebGL here') } };",
        "export default { render( };",
        "export default { render: 3 };",
    ],
)
def test_poster_stays_when_the_module_fails(page, show, tmp_path, source):
    broken = tmp_path / "broken.js"
    broken.write_text(source)
    show(
        page,
        Live(broken, "A caption", poster=POSTER).html(),
        figure().html(),
        wait=None,
    )
    page.locator(
        ".tb-live[data-figure=broken][data-host=failed] img.tb-poster"
    ).wait_for()
    page.locator(".tb-live[data-figure=lissajous][data-host=ready]").wait_for()
    assert not page.locator("[data-figure=broken] .tb-stage").is_visible()
    assert (
        any("stays a picture: broken" in w for w in page.watch.warnings)
        and page.watch.errors == []
    )


def test_data_address_when_blobs_are_refused(page, show):
    policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'unsafe-inline' data:\">"
    show(page, figure().html(), head=policy)
    assert page.locator(".tb-stage svg").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_offline_file(new_page, tmp_path, scheme):
    page = new_page(color_scheme=scheme, viewport=dict(width=360, height=780))
    page.context.set_offline(True)
    page.goto(figure().save_html(tmp_path / "figure.html").as_uri())
    page.locator(".tb-live[data-host=ready] .tb-stage svg").wait_for()
    assert page.title() == "Three across, two up and down."
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ink, paper = (
        page.evaluate("""() => { const c = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        const grey = colour => { c.fillStyle = colour; c.fillRect(0, 0, 1, 1); return c.getImageData(0, 0, 1, 1).data[1] };
        return [grey(getComputedStyle(document.querySelector(".liss")).color), grey("Canvas")] }""")
    )
    assert (ink > 200) == (scheme == "dark")
    page.watch.assert_clean()
    assert [
        u for u in page.watch.requests if not u.startswith(("file:", "blob:", "data:"))
    ] == []


def test_less_motion_means_a_pen_at_rest(new_page, show):
    page = show(new_page(reduced_motion="reduce"), figure().html())
    assert page.get_by_role("button").inner_text() == "Let the pen run"
    page.get_by_role("button").press("Enter")
    assert page.get_by_role("button").inner_text() == "Hold the pen"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page, tmp_path, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed",
    ).Axe()
    page = new_page(color_scheme=scheme)
    page.goto(figure().save_html(tmp_path / "figure.html").as_uri())
    page.locator(".tb-live[data-host=ready]").wait_for()
    page.locator("summary").click()
    found = axe.run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def of_the_book():
    "A figure of every module of the book, small enough to make at once"
    from test_collapse_of_voices import figure as voices
    from test_miniature import ARMS
    from test_sphere import ROWS
    from test_three_julias import STATE
    from transferbook.collapse.figure import sphere
    from transferbook.medical.figure import (
        Filler,
        hidden_patches,
        packed_weights,
        patches_state,
        planted_branches,
    )
    from transferbook.memory.environment import World
    from transferbook.memory.figure import keep_or_drop
    from transferbook.scaling.figure import (
        forecast_state,
        learning_rate_forecast,
        pilot_fans,
    )
    from transferbook.transport.figure import transport_plan

    return {
        "lissajous": figure(),
        "miniature": Live(
            "miniature", arms=ARMS, unit="points", low=0, high=10, digits=1, run=2
        ),
        "sphere": sphere(ROWS, "A sphere."),
        "three_julias": Live("three_julias", "Three maps.", poster=POSTER, **STATE),
        "keep_or_drop": keep_or_drop(World("large-02"), caption="An agent."),
        "transport_plan": transport_plan(),
        "collapse_of_voices": voices(),
        "learning_rate_forecast": learning_rate_forecast(
            forecast_state(pilot_fans(), draws=20)
        ),
        "hidden_patches": hidden_patches(
            patches_state(planted_branches(), packed_weights(Filler()))
        ),
    }


# number of colours in what a figure drew: all its visible canvases, or the length of its curves
DRAWN = """() => {
    const seen = new Set(), flat = document.createElement("canvas"), g = flat.getContext("2d", { willReadFrequently: true });
    for (const c of document.querySelectorAll(".tb-stage canvas")) if (c.offsetWidth && c.width && c.height) {
        flat.width = c.width; flat.height = c.height; g.drawImage(c, 0, 0);
        new Uint32Array(g.getImageData(0, 0, c.width, c.height).data.buffer).forEach(v => v && seen.add(v));
    }
    return seen.size + [...document.querySelectorAll(".tb-stage svg path")].reduce((n, p) => n + (p.getBoundingClientRect().width && p.getTotalLength()), 0) }"""
STATES = "() => { const f = document.querySelector('.tb-live'), names = Object.keys(JSON.parse(f.querySelector('.tb-state').textContent)); return JSON.stringify(names.map(k => f.model.get(k))) }"


@pytest.mark.parametrize("name", figure_names())
def test_mounted_without_a_size(page, show, name):
    "In a hidden tab or a cell that is not laid out yet a figure waits; when it is shown it draws and its controls work; hidden again, it keeps quiet"
    made = of_the_book()
    assert name in made, f"{name}: add a small example of the new figure to of_the_book"
    show(page, made[name].html(), head="<style>main { display: none }</style>")
    assert page.evaluate(DRAWN) == 0
    hide = lambda to: page.evaluate(
        "to => { document.querySelector('main').style.display = to }", to
    )
    hide("block")
    page.wait_for_function(f"() => ({DRAWN})() > 9")
    before, sliders = (
        page.evaluate(STATES),
        page.locator(".tb-stage input[type=range]:visible"),
    )
    assert sliders.count()
    for i in range(sliders.count()):
        was = sliders.nth(i).input_value()
        sliders.nth(i).press("ArrowLeft")
        sliders.nth(i).press("Home")
        assert was != sliders.nth(i).input_value() or was == sliders.nth(
            i
        ).get_attribute("min")
    assert page.evaluate(STATES) != before
    hide("none")
    page.evaluate(
        "() => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok)))"
    )
    hide("block")
    page.wait_for_function(f"() => ({DRAWN})() > 9")
    page.watch.assert_clean()
