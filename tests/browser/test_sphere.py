"""The collapse chapter's figure in a real browser: its arithmetic against torch, its controls, mouse and keys."""

import math

import numpy as np
import pytest

from transferbook.collapse.figure import (
    bind,
    fold,
    follow,
    projected,
    run_table,
    sphere,
    unfold,
)
from transferbook.collapse.geometry import orthant_gap
from transferbook.collapse.losses import floor
from transferbook.collapse.points import (
    LOSSES,
    FreePoints,
    gauges,
    orthant_floor,
    random_points,
)
from transferbook.live import encode

FIG = "[...document.querySelectorAll('.sp')].map(e => e.figure).find(f => f)"  # the first that is mounted
ROWS = [
    follow(FreePoints([8] * 4, loss=loss, tau=0.1), [0, 10, 100])
    for loss in ("nonl", "ntce")
]
NAMES = ("nc1", "equinorm", "equiangular", "nc3", "nc4", "er_inter")


@pytest.fixture
def arithmetic(page, call):
    "Call an export of the module with JSON arguments"
    page.evaluate(
        """() => { window.make = p => ({...p, U: Float64Array.from(p.U.flat()), W: Float64Array.from(p.W.flat())}) }"""
    )
    return call


@pytest.fixture
def show(tmp_path):
    "Open the figure as one offline file"

    def show(page, style="", still=True, rows=ROWS, **choices):
        if still:
            page.emulate_media(reduced_motion="reduce")
        path = sphere(rows, "A sphere.", **choices).save_html(tmp_path / "figure.html")
        path.write_text(
            path.read_text().replace("</head>", f"<style>{style}</style></head>")
        )
        page.goto(path.as_uri())
        page.wait_for_function(
            "() => document.querySelector('.tb-live').dataset.host === 'ready'"
        )
        settle(page)
        return page

    return show


def settle(page):
    page.evaluate(f"() => {FIG}.settled().then(() => null)")


def get(page, what):
    return page.evaluate(f"() => {FIG}.{what}")


def chosen(page, name):
    return page.evaluate(
        "name => document.querySelector('.tb-live').model.get(name)", name
    )


def positions(page):
    return np.array(page.evaluate(f"() => [...{FIG}.state.U]")).reshape(-1, 3)


def label(page):
    return page.locator(".sp canvas").get_attribute("aria-label")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()
    settle(page)


def state_of(points):
    return dict(
        U=points.features.tolist(),
        W=points.prototypes.tolist(),
        y=points.labels.tolist(),
        K=len(points.prototypes),
        loss=points.loss,
        tau=points.tau,
        rate=points.rate,
        fraction=points.fraction,
        nonNegative=points.non_negative,
        t=points.t,
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        dict(fraction=0.4),
        dict(non_negative=True),
        dict(counts=(12, 5, 2), tau=0.07, rate=0.4),
    ],
    ids=["plain", "batches", "orthant", "uneven"],
)
@pytest.mark.parametrize("loss", LOSSES)
def test_steps_equal_torch(arithmetic, loss, more):
    points = FreePoints(
        **{**dict(counts=(9, 9, 9, 9), loss=loss, tau=0.3, rate=0.2, seed=4), **more}
    )
    code = "([p, n]) => { const s = make(p), before = figure.loss(s), g = figure.gauges(s); for (let i = 0; i < n; i++) figure.step(s); return [before, figure.loss(s), g, [...s.U], [...s.W], figure.gauges(s)] }"
    before, after, first, U, W, last = arithmetic(code, [state_of(points), 6])
    np.testing.assert_allclose(before, points.value().item(), rtol=1e-9)
    found = [gauges(points.features, points.prototypes, points.labels)]
    points.step(6)
    found.append(gauges(points.features, points.prototypes, points.labels))
    np.testing.assert_allclose(after, points.value().item(), rtol=1e-9)
    np.testing.assert_allclose(
        np.reshape(U, (-1, 3)), points.features, rtol=1e-9, atol=1e-11
    )
    np.testing.assert_allclose(
        np.reshape(W, (-1, 3)), points.prototypes, rtol=1e-9, atol=1e-11
    )
    for ours, theirs in zip((first, last), found):
        np.testing.assert_allclose(
            [ours[k] for k in NAMES], [theirs[k] for k in NAMES], rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(
            ours["cosines"], theirs["cosines"].flatten(), rtol=1e-9, atol=1e-11
        )


def test_floors_and_frames(arithmetic):
    for loss in LOSSES:
        for K, tau in ((2, 0.05), (3, 0.5), (4, 0.1)):
            assert arithmetic(
                "a => figure.floor(...a)", [loss, K, 5 * K, tau]
            ) == pytest.approx(floor(loss, K, 5 * K, tau), rel=1e-12, abs=1e-15)
            if loss != "dot_regression":
                assert arithmetic(
                    "a => figure.orthantFloor(...a)", [loss, K, 5 * K, tau]
                ) == pytest.approx(orthant_floor(loss, K, 5 * K, tau), rel=1e-12)
    for K in (2, 3, 4):
        assert arithmetic("K => figure.orthantClass(K)", K) == pytest.approx(
            orthant_gap(K)
        )
        frame = np.reshape(arithmetic("K => figure.etf(K)", K), (K, 3))
        np.testing.assert_allclose(
            frame @ frame.T, np.eye(K) * K / (K - 1) - 1 / (K - 1), atol=1e-12
        )
        for mirror in (1, -1):
            turned = (
                mirror
                * frame
                @ np.linalg.qr(np.random.default_rng(K).normal(size=(3, 3)))[0]
            )
            near = np.reshape(
                arithmetic(
                    "([u, K]) => figure.nearestEtf(u, K)",
                    [turned.flatten().tolist(), K],
                ),
                (K, 3),
            )
            np.testing.assert_allclose(near, turned, atol=1e-9)
        noisy = turned + np.random.default_rng(1).normal(size=turned.shape) * 0.3
        U, _, V = np.linalg.svd(noisy.T @ frame)  # the orthogonal Procrustes problem
        np.testing.assert_allclose(
            np.reshape(
                arithmetic(
                    "([u, K]) => figure.nearestEtf(u, K)", [noisy.flatten().tolist(), K]
                ),
                (K, 3),
            ),
            frame @ (U @ V).T,
            atol=1e-8,
        )
        assert arithmetic(
            "K => figure.nearestEtf(Array(3 * K).fill(1), K)", K
        ) == arithmetic("K => figure.etf(K)", K)  # no direction to face


def test_decode_and_unfold_equal_python(arithmetic):
    u = random_points([50, 50])[0]
    np.testing.assert_allclose(
        arithmetic("a => [...figure.unfold(figure.decode(a))]", encode(fold(u))),
        unfold(fold(u)).flatten(),
        atol=1e-12,
    )
    assert (
        arithmetic("a => [...figure.decode(a)]", [[1, 2], [3]]) == [1, 2, 3]
        and arithmetic("() => figure.decode(null)") is None
    )
    U = np.reshape(arithmetic("() => [...figure.start([5, 3], 1, true).U]"), (-1, 3))
    assert U.shape == (8, 3) and (U >= 0).all() and np.allclose((U**2).sum(1), 1)


def test_play_and_step_by_keyboard(page, show):
    show(page)
    assert get(page, "state.t") == 0 and not get(
        page, "playing"
    )  # less motion: nothing moves by itself
    page.get_by_role("button", name="Step").press("Enter")
    page.get_by_role("button", name="Step").press("Space")
    settle(page)
    assert (
        get(page, "state.t") == 2 and "step 2" in page.locator(".sp .loss").inner_text()
    )
    page.get_by_role("button", name="Play").press("Enter")
    page.wait_for_function(f"() => {FIG}.state.t > 60")
    page.get_by_role("button", name="Pause").press("Enter")
    settle(page)
    at = get(page, "state.t")
    settle(page)
    assert get(page, "state.t") == at and f"step {at:,}".replace(",", "") in label(page)
    assert (
        len(chosen(page, "features")) == 80 and page.locator(".sp .quiet").inner_text()
    )
    press(page, "Reset")
    assert get(page, "state.t") == 0 and chosen(page, "features") is None
    before = positions(page)
    press(page, "New start")
    assert np.abs(positions(page) - before).max() > 0.1 and chosen(page, "seed") == 2
    page.watch.assert_clean()


def test_moves_by_itself_and_comes_to_rest(page, show):
    show(page, still=False, rate=0.3)
    page.emulate_media(reduced_motion="no-preference")
    page.wait_for_function(f"() => {FIG}.state.moved < 1e-9")
    assert (
        get(page, "playing")
        and abs(get(page, "numbers.value") - floor("nonl", 4, 80, 0.5)) < 1e-6
    )
    assert (
        "within over between classes" in page.locator(".sp .now").inner_text()
        and "−0.33" in page.locator(".sp .cos").inner_text()
    )
    page.watch.assert_clean()


def test_every_control_by_keyboard(page, show):
    show(page)
    page.get_by_role("combobox", name="Classes").select_option("3")
    settle(page)
    assert (
        get(page, "state.K") == 3
        and len(positions(page)) == 60
        and page.locator(".sp .cos tr").count() == 4
    )
    page.get_by_label("Points per class").focus()
    page.keyboard.press("Home")
    settle(page)
    assert len(positions(page)) == 15
    page.get_by_label("Points per class").press("End")
    page.get_by_role("combobox", name="Smallest class").select_option("0.1")
    settle(page)
    assert (
        np.bincount(page.evaluate(f"() => {FIG}.state.y")).tolist() == [40, 13, 4]
        and "no closed-form floor" in page.locator(".sp .loss").inner_text()
    )
    for name, k in (("Temperature τ", "tau"), ("Learning rate", "rate")):
        was = get(page, f"state.{k}")
        page.get_by_label(name).press("ArrowRight")
        settle(page)
        assert get(page, f"state.{k}") > was and chosen(page, k) == get(
            page, f"state.{k}"
        )
    page.get_by_label("Batch fraction").press("Home")
    settle(page)
    assert get(page, "state.fraction") == 0.1
    page.get_by_role("combobox", name="Smallest class").select_option("1")
    page.get_by_label("Non-negative features").check()
    settle(page)
    assert (positions(page) >= 0).all() and f"{orthant_gap(3):.3f}" in page.locator(
        ".sp .now"
    ).inner_text()
    for loss in LOSSES:
        page.locator(f".sp [data-k=loss][value={loss}]").check()
        press(page, "Step")
        assert (
            get(page, "state.loss") == loss
            and math.isfinite(get(page, "numbers.value"))
            and (positions(page) >= 0).all()
        )
    page.get_by_label("Non-negative features").uncheck()
    settle(page)
    assert page.locator(".sp .corner").is_hidden()
    page.watch.assert_clean()


def test_turned_by_mouse_and_keys(page, show):
    show(page)
    stage, view, points = page.locator(".sp .stage"), get(page, "view"), positions(page)
    stage.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    settle(page)
    turned = np.reshape(get(page, "view"), (3, 3))
    assert np.abs(turned.flatten() - view).max() > 0.05
    np.testing.assert_allclose(turned @ turned.T, np.eye(3), atol=2e-3)
    page.keyboard.press("0")
    settle(page)
    assert get(page, "view") == view
    box = stage.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 40, steps=4)
    page.mouse.up()
    settle(page)
    assert (
        np.abs(np.array(get(page, "view")) - view).max() > 0.1
        and (positions(page) == points).all()
    )
    page.watch.assert_clean()


@pytest.mark.parametrize("kind", ["point", "arrow"])
def test_dragged_by_mouse(page, show, kind):
    show(page)
    places, key = (
        page.evaluate(f"() => {FIG}.places()"),
        "U" if kind == "point" else "W",
    )
    alone = lambda p: min(
        math.hypot(p["x"] - q["x"], p["y"] - q["y"])
        for q in places
        if q is not p and q["kind"] != "ring"
    )
    p = max((p for p in places if p["kind"] == kind and p["z"] > 0.1), key=alone)
    before = np.array(page.evaluate(f"() => [...{FIG}.state.{key}]")).reshape(-1, 3)
    page.mouse.move(p["x"], p["y"])
    page.mouse.down()
    page.mouse.move(p["x"] + 40, p["y"] - 30, steps=5)
    page.mouse.up()
    settle(page)
    after = np.array(page.evaluate(f"() => [...{FIG}.state.{key}]")).reshape(-1, 3)
    assert np.flatnonzero(np.abs(after - before).max(1) > 1e-6).tolist() == [p["i"]]
    np.testing.assert_allclose((after**2).sum(1), 1, atol=1e-9)
    np.testing.assert_allclose(
        chosen(page, "features" if kind == "point" else "prototypes"), after, atol=1e-12
    )
    page.watch.assert_clean()


def test_moved_by_keys(page, show):
    show(page)
    before = np.array(page.evaluate(f"() => [...{FIG}.state.W]")).reshape(-1, 3)
    page.locator(".sp .stage").focus()
    page.keyboard.press("n")
    assert page.locator(".sp .quiet").inner_text() == "arrow 0 of class 0"
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    after = np.array(page.evaluate(f"() => [...{FIG}.state.W]")).reshape(-1, 3)
    assert (
        np.abs(after - before).max(1).argmax() == 0
        and (after[1:] == before[1:]).all()
        and not (after[0] == before[0]).all()
    )
    page.watch.assert_clean()


def test_a_pulled_point_comes_home(page, show):
    show(page, per_class=5)
    for _ in range(3):
        page.evaluate(
            f"() => {{ const s = {FIG}.state; for (let i = 0; i < 100; i++) document.querySelector('.tb-live').module.step(s) }}"
        )
    press(page, "Step")
    assert get(page, "numbers.nc1") < 1e-12
    p = max(
        (p for p in page.evaluate(f"() => {FIG}.places()") if p["kind"] == "arrow"),
        key=lambda p: p["z"],
    )
    page.mouse.move(p["x"], p["y"])
    page.mouse.down()
    page.mouse.move(p["x"] + 60, p["y"] + 20, steps=4)
    page.mouse.up()
    settle(page)
    assert get(page, "numbers.nc1") + get(page, "numbers.nc3") > 1e-3
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {FIG}.numbers.nc1 + {FIG}.numbers.nc3 < 1e-9")
    page.watch.assert_clean()


def test_scrubber_and_from_there_on(page, show):
    show(page, mode="measured")
    table = run_table(ROWS)
    assert get(page, "numbers.nc1") == pytest.approx(
        float(table[0]["gauges"][-1, 0])
    ) and "step 100" in label(page)
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("Home")
    settle(page)
    assert [get(page, f"numbers.{k}") for k in NAMES] == pytest.approx(
        table[0]["gauges"][0].tolist(), rel=1e-6
    ) and get(page, "numbers.value") == pytest.approx(ROWS[0]["values"][0], rel=1e-6)
    page.keyboard.press("ArrowRight")
    page.get_by_role("radio", name="NTCE").check()
    settle(page)
    assert (
        get(page, "numbers.nc1") == pytest.approx(float(table[1]["gauges"][1, 0]))
        and "NTCE" in page.locator(".sp .loss").inner_text()
    )
    press(page, "Let these points go")
    assert get(page, "state.loss") == "ntce" and chosen(page, "mode") == "free"
    np.testing.assert_allclose(
        positions(page), unfold(table[1]["features"][1]), atol=1e-9
    )
    press(page, "Step")
    page.get_by_label("Measured runs").check()
    settle(page)
    assert (
        page.get_by_role("slider", name="Training step").is_visible()
        and page.get_by_label("Temperature τ").is_hidden()
    )
    page.watch.assert_clean()


def test_a_projection_shows_the_gauges_of_all_dimensions(page, show):
    rows = [
        projected(follow(FreePoints([8] * 4, dim=64, loss=loss, tau=0.1), [0, 5, 100]))
        for loss in ("nonl", "ntce")
    ]
    show(page, rows=[*ROWS, *rows], mode="measured")
    note, table = page.locator(".sp .note"), run_table(rows)
    assert note.inner_text() == ""
    page.get_by_role("radio", name="NONL at τ = 0.1 in 64 dimensions").check()
    page.get_by_role("slider", name="Training step").press("Home")
    for f in range(3):
        settle(page)
        assert (
            f"Projection of 64 dimensions, keeps {100 * rows[0]['kept'][f]:.0f} % of the squared length"
            in note.inner_text()
            and "keeps" in label(page)
        )
        assert [get(page, f"numbers.{k}") for k in NAMES] == pytest.approx(
            table[0]["gauges"][f].tolist(), rel=1e-6
        )
        assert get(page, "numbers.cosines") == pytest.approx(
            table[0]["cosines"][f].flatten().tolist(), abs=1e-6
        )
        if f == 1:
            assert page.evaluate(
                f"() => document.querySelector('.tb-live').module.gauges({FIG}.shown).nc1"
            ) < 0.1 * get(page, "numbers.nc1")  # what is drawn only looks collapsed
        page.keyboard.press("ArrowRight")
    assert page.locator(".sp .chart text").all_text_contents()[-2:] == [
        "NTCE at τ = 0.1",
        "NONL at τ = 0.1",
    ]  # runs of as many dimensions, the lowest last
    page.watch.assert_clean()


def test_two_losses_side_by_side_in_the_chart(page, show):
    "One click changes the loss; Reset keeps the line of the descent before it, New start does not"
    show(page)
    lines, names = page.locator(".sp .chart polyline"), page.locator(".sp .chart text")
    for loss in ("ntce", "nonl"):
        page.locator(f".sp [data-k=loss][value={loss}]").check()
        press(page, "Reset")
        for _ in range(3):
            press(page, "Step")
    assert lines.count() == 2 and set(names.all_text_contents()[-2:]) == {
        "NTCE",
        "NONL",
    }
    assert [lines.nth(i).get_attribute("points").count(",") for i in range(2)] == [4, 4]
    assert page.locator(".sp .chart").get_attribute("aria-label").count("NONL") == 1
    before = positions(page)
    page.locator(".sp [data-k=loss][value=supcon]").check()
    settle(page)  # in flight: the points stay where they are
    assert (
        (positions(page) == before).all()
        and get(page, "state.t") == 3
        and lines.count() == 3
    )
    press(page, "New start")
    assert lines.count() == 1
    page.watch.assert_clean()


def test_legend_and_notes(page, show):
    show(page, classes=4)
    assert (
        page.locator(".sp .legend").inner_text().split()
        == "feature class mean prototype nearest simplex".split()
    )
    page.get_by_label("Non-negative features").check()
    settle(page)
    assert (
        "orthant" in page.locator(".sp .legend").inner_text()
        and "do not fit in three dimensions" in page.locator(".sp .note").inner_text()
    )
    page.get_by_role("combobox", name="Classes").select_option("3")
    settle(page)
    assert f"{orthant_gap(3):.3f}" in page.locator(".sp .note").inner_text()
    rows = [{**ROWS[0], "title": "<b>x</b> & y"}]
    assert (
        page.locator(".sp .chips").count() == 3
        and "<b>x</b> & y"
        in show(page, rows=rows, mode="measured").locator(".sp .panel").inner_text()
    )
    page.watch.assert_clean()


def test_python_drives_it(page, show):
    show(page)
    u, w, y = random_points([4, 3], seed=7)
    live = bind(sphere(ROWS, ""), u, w, y)
    page.evaluate(
        "state => document.querySelector('.tb-live').model.set(state)",
        {k: live._state[k] for k in ("features", "prototypes", "labels", "mode")},
    )
    settle(page)
    np.testing.assert_allclose(positions(page), u, atol=1e-12)
    assert get(page, "state.K") == 2 and get(page, "numbers.nc1") == pytest.approx(
        gauges(u, w, y)["nc1"]
    )
    page.evaluate("() => document.querySelector('.tb-live').model.set('tau', 0.2)")
    settle(page)
    assert (
        get(page, "state.tau") == 0.2
        and page.get_by_label("Temperature τ").input_value() == "0.2"
    )
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1600])
def test_fits_and_is_accessible(new_page, show, assert_fits, ground, width, scheme):
    page = show(
        new_page(viewport=dict(width=width, height=900), color_scheme=scheme),
        style=ground,
    )
    for mode in ("Free points", "Measured runs"):
        page.get_by_label(mode).check()
        settle(page)
        assert_fits(page, ".sp", width, scheme)


def test_turned_by_touch(new_page, show):
    page = show(
        new_page(has_touch=True, viewport=dict(width=400, height=900)), mode="measured"
    )
    box, view = page.locator(".sp .stage").bounding_box(), get(page, "view")
    cdp = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp.send(
        "Input.dispatchTouchEvent",
        dict(type="touchStart", touchPoints=[dict(x=x, y=y)]),
    )
    for d in (20, 40, 60):
        cdp.send(
            "Input.dispatchTouchEvent",
            dict(type="touchMove", touchPoints=[dict(x=x + d, y=y + d / 2)]),
        )
    cdp.send("Input.dispatchTouchEvent", dict(type="touchEnd", touchPoints=[]))
    settle(page)
    assert np.abs(np.array(get(page, "view")) - view).max() > 0.1
    page.watch.assert_clean()


def test_jupyterlab_both_ways(jupyterlab, page):
    "Python hands over points and the sphere shows them; the reader takes a step and Python hears of it"
    cells = [
        "from transferbook.collapse.figure import *\nfrom transferbook.collapse.points import *",
        "live = sphere([follow(FreePoints([5]*3, loss='ntce'), [0, 10])], caption='A sphere.', playing=False)\nlive",
        "heard = []\non_drag(live, lambda u, w, y: heard.append(len(u)))\nbind(live, *random_points([4, 3], seed=7));",
        "u, w, y = points_of(live)\nprint(heard[-1], bool((u - random_points([4, 3], seed=7)[0]).abs().max() > 1e-3))",
    ]
    lab = jupyterlab(
        {
            "sphere.ipynb": dict(
                nbformat=4,
                nbformat_minor=5,
                metadata=dict(
                    kernelspec=dict(
                        display_name="python3", language="python", name="python3"
                    )
                ),
                cells=[
                    dict(
                        cell_type="code",
                        id=f"c{i}",
                        metadata={},
                        execution_count=None,
                        source=s,
                        outputs=[],
                    )
                    for i, s in enumerate(cells)
                ],
            )
        }
    )
    opened = lab.open(page, "sphere.ipynb")
    opened.run_cell(0)
    opened.run_cell(1)
    page.locator(".sp canvas").wait_for()
    opened.run_cell(2)
    page.wait_for_function(f"() => {FIG}?.state.U.length === 21")
    page.locator(".sp").get_by_role("button", name="Step").click()
    opened.run_until(3, "7 True")
    assert opened.errors() == [] and page.watch.errors == []
