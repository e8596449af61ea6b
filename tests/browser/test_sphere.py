"""The collapse chapter's figure in a real browser: its arithmetic against torch, its controls, mouse and keys."""

import math

import numpy as np
import pytest

from transferbook.collapse.figure import (
    _WORDS,
    bind,
    first_points,
    fold,
    follow,
    projected,
    race,
    run_table,
    scene,
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
from transferbook.live import encode, show_me

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

    def show(page, style="", still=True, rows=ROWS, caption="A sphere.", **choices):
        if still:
            page.emulate_media(reduced_motion="reduce")
        path = sphere(rows, caption, **choices).save_html(tmp_path / "figure.html")
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


def main(page):
    "The button that starts and stops the race"
    return page.locator(".sp .main")


def drag(page, kind, side, by=(40, -30)):
    "Pull at the thing of a kind that stands most alone on a sphere; the place it had"
    places = page.evaluate(f"() => {FIG}.places()")
    others = [q for q in places if q["side"] == side]
    alone = lambda p: sorted(
        math.hypot(p["x"] - q["x"], p["y"] - q["y"]) for q in others
    )[1]
    p = max((p for p in others if p["kind"] == kind and p["z"] > 0.1), key=alone)
    page.mouse.move(p["x"], p["y"])
    page.mouse.down()
    page.mouse.move(p["x"] + by[0], p["y"] + by[1], steps=5)
    page.mouse.up()
    settle(page)
    return p


def vectors(page, which, key):
    return np.array(page.evaluate(f"() => [...{FIG}.{which}.{key}]")).reshape(-1, 3)


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


def turned(points, c, to):
    "The points of a class, turned so that their mean comes to a place"
    own = points.features[points.labels == c].numpy()
    a = own.sum(0) / np.linalg.norm(own.sum(0))
    axis = np.cross(a, to)
    sine, cosine = np.linalg.norm(axis), a @ to
    k = axis / sine
    return cosine * own + sine * np.cross(k, own) + np.outer(own @ k, k) * (1 - cosine)


def test_a_class_is_turned_by_its_mean(arithmetic):
    points = FreePoints([6] * 4, seed=3)
    for to in (np.array([0.6, 0, 0.8]), np.array([0, -1.0, 0])):
        U = arithmetic(
            "([p, to]) => { const s = make(p); figure.turnClass(s, 2, to); return [...s.U] }",
            [state_of(points), to.tolist()],
        )
        expected = points.features.numpy().copy()
        expected[(points.labels == 2).numpy()] = turned(points, 2, to)
        np.testing.assert_allclose(np.reshape(U, (-1, 3)), expected, atol=1e-12)


def test_first_points_equal_python(arithmetic):
    for counts, seed, non_negative in (
        ([8] * 4, 1, False),
        ([5, 2], 7, True),
        ([20, 6, 2], 12345, False),
    ):
        u, w, y = first_points(counts, seed, non_negative)
        got = arithmetic(
            "a => { const { U, W, y } = figure.start(...a); return [[...U], [...W], y] }",
            [counts, seed, non_negative],
        )
        np.testing.assert_allclose(np.reshape(got[0], (-1, 3)), u, atol=1e-12)
        np.testing.assert_allclose(np.reshape(got[1], (-1, 3)), w, atol=1e-12)
        assert got[2] == y.tolist()


def numbers_of(page, side):
    found = get(page, "others" if side else "numbers")
    return [found[k] for k in NAMES]


def same_as_torch(page, **choices):
    "Do both spheres show what Python says of this race?"
    for side, row in enumerate(race(**choices)):
        np.testing.assert_allclose(
            numbers_of(page, side), [row[k] for k in NAMES], rtol=1e-5, atol=1e-9
        )
        assert get(page, "other.loss" if side else "state.loss") == row["loss"]
    assert get(page, "state.t") == get(page, "other.t") == row["step"]


def test_opens_on_the_finding_and_at_rest(page, show):
    "The first state is the end of a race: NONL has made points of its classes, NTCE has not"
    show(page, still=False, caption=None)
    page.emulate_media(reduced_motion="no-preference")
    page.wait_for_timeout(300)
    same_as_torch(page)
    assert not get(page, "playing") and get(page, "state.t") == 300
    assert get(page, "numbers.nc1") < 1e-12 < 0.1 < get(page, "others.nc1")
    left, right = page.locator(".sp .line").all_inner_texts()
    assert left == "spread < 10⁻¹² after 300 steps"
    said = f"{get(page, 'others.nc1'):.2g}"
    assert right.startswith(f"spread {said}")
    assert f"{said} under NTCE (right)" in page.locator("figcaption").inner_text()
    table = page.locator(".sp .now").inner_text()
    for words in _WORDS.values():
        assert words in table
    assert "Left: NONL" in label(page) and "Right: NTCE" in label(page)
    assert main(page).inner_text() == "Race again from the start"
    page.watch.assert_clean()


def test_the_race_starts_when_the_reader_says_so(page, show):
    show(page)
    main(page).press("Enter")
    page.wait_for_function(
        f"() => {{ const t = {FIG}.state.t; return t > 2 && t < 90 }}"
    )
    assert get(page, "playing") and main(page).inner_text() == "Pause"
    main(page).press("Space")
    settle(page)
    at = get(page, "state.t")
    settle(page)
    assert get(page, "state.t") == at == chosen(page, "at")
    same_as_torch(page, at=at)
    assert len(chosen(page, "features")) == 32
    assert f"after {at} steps" in page.locator(".sp .quiet").inner_text()
    assert main(page).inner_text() == "Go on"
    main(page).click()
    page.wait_for_function(f"() => !{FIG}.playing")
    assert get(page, "state.t") == at + 300
    press(page, "Step")
    assert get(page, "state.t") == at + 301
    press(page, "To the start")
    assert get(page, "state.t") == 0 and chosen(page, "features") is None
    same_as_torch(page, at=0)
    assert main(page).inner_text() == "Race"
    before = positions(page)
    press(page, "New start")
    assert np.abs(positions(page) - before).max() > 0.1 and chosen(page, "seed") == 2
    page.watch.assert_clean()


def test_every_control_shows_where_the_same_race_ends(page, show):
    show(page)
    page.get_by_label("Temperature τ").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    settle(page)
    same_as_torch(page, tau=0.5)
    page.get_by_label("Learning rate").press("ArrowRight")
    page.get_by_label("Batch fraction").press("Home")
    settle(page)
    same_as_torch(page, tau=0.5, rate=0.12, fraction=0.1)
    page.get_by_label("Batch fraction").press("End")
    page.get_by_role("combobox", name="Classes").select_option("3")
    page.get_by_label("Points per class").press("Home")
    page.get_by_role("combobox", name="Smallest class").select_option("0.1")
    settle(page)
    more = dict(tau=0.5, rate=0.12, classes=3, per_class=5)
    same_as_torch(page, imbalance=0.1, **more)
    assert np.bincount(get(page, "state.y")).tolist() == [5, 2, 2]
    assert "no floor" in page.locator(".sp .now").inner_text()
    assert "unequal size" in page.locator(".sp .note").inner_text()
    page.get_by_role("combobox", name="Smallest class").select_option("1")
    page.get_by_label("Non-negative features").check()
    settle(page)
    assert f"{orthant_gap(3):.3f}" in page.locator(".sp .now").inner_text()
    for loss in LOSSES:
        page.get_by_role("combobox", name="Loss on the left").select_option(loss)
        settle(page)
        same_as_torch(page, loss=loss, non_negative=True, **more)
        assert (positions(page) >= 0).all()
    page.get_by_label("Non-negative features").uncheck()
    page.get_by_role("combobox", name="Loss on the right").select_option("supcon")
    settle(page)
    same_as_torch(page, loss=loss, against="supcon", **more)
    assert page.locator(".sp .corner").is_hidden()
    page.watch.assert_clean()


def test_words_in_the_text_show_and_race(page, show, tmp_path):
    "`show_me` with `scene` shows the same thing whatever the reader has done before"
    live = sphere(ROWS, "A sphere.")
    buttons = [
        show_me("cold", live, **scene()),
        show_me("warm", live, **scene(tau=0.5, against="normface")),
        show_me("off they go", live, **scene(at=0, playing=True)),
        show_me("measured", live, mode="measured", run=1, beside=0, frame=1),
    ]
    path = live.save_html(tmp_path / "figure.html")
    words = "".join(f"<p>{b}</p>" for b in buttons)
    path.write_text(path.read_text().replace("</body>", f"{words}</body>"))
    page.goto(path.as_uri())
    page.wait_for_function("() => document.querySelector('.tb-show button')")
    press(page, "warm")
    same_as_torch(page, tau=0.5, against="normface")
    press(page, "cold")
    same_as_torch(page)
    drag(page, "point", 1)
    assert chosen(page, "at") == -1 and get(page, "numbers.nc1") > 1e-3
    press(page, "cold")
    same_as_torch(page)
    for _ in range(2):
        press(page, "off they go")
        page.wait_for_function(
            f"() => {{ const t = {FIG}.state.t; return t > 1 && t < 90 }}"
        )
        assert get(page, "playing")
    page.wait_for_function(f"() => !{FIG}.playing")
    same_as_torch(page)
    press(page, "off they go")
    press(page, "measured")
    assert get(page, "numbers.nc1") == pytest.approx(
        float(run_table(ROWS)[1]["gauges"][1, 0])
    )
    press(page, "cold")
    same_as_torch(page)
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


@pytest.mark.parametrize("side", [0, 1], ids=["left", "right"])
@pytest.mark.parametrize("kind", ["point", "arrow", "ring"])
def test_dragged_by_mouse(page, show, kind, side):
    "What is moved is moved on both spheres; a class mean takes its class along"
    show(page, at=3)
    key = "W" if kind == "arrow" else "U"
    sides = ("state", "other")
    before = [vectors(page, which, key) for which in sides]
    labels = np.array(get(page, "state.y"))
    p = drag(page, kind, side)
    after = [vectors(page, which, key) for which in sides]
    for was, now in zip(before, after):
        moved = np.flatnonzero(np.abs(now - was).max(1) > 1e-6)
        own = np.flatnonzero(labels == p["i"]) if kind == "ring" else [p["i"]]
        assert moved.tolist() == list(own)
        np.testing.assert_allclose((now**2).sum(1), 1, atol=1e-9)
    if kind == "ring":
        to = [now[labels == p["i"]].sum(0) for now in after]
        to = [v / np.linalg.norm(v) for v in to]
        np.testing.assert_allclose(*to, atol=1e-9)
        inside = [x[labels == p["i"]] @ x[labels == p["i"]].T for x in (was, now)]
        np.testing.assert_allclose(*inside, atol=1e-9)
    else:
        np.testing.assert_allclose(*[now[p["i"]] for now in after], atol=1e-12)
    told = chosen(page, "prototypes" if kind == "arrow" else "features")
    np.testing.assert_allclose(told, after[0], atol=1e-12)
    assert chosen(page, "at") == -1 and main(page).inner_text() == "Go on"
    page.watch.assert_clean()


def test_carried_prototypes_take_their_class_along(page, show):
    show(page, loss="supcon", against="supcon", at=5)
    labels = np.array(get(page, "state.y"))
    before = positions(page)
    p = drag(page, "arrow", 0)
    moved = np.flatnonzero(np.abs(positions(page) - before).max(1) > 1e-6)
    assert moved.tolist() == np.flatnonzero(labels == p["i"]).tolist()
    assert get(page, "numbers.nc3") < 1e-12
    page.watch.assert_clean()


def test_moved_by_keys(page, show):
    show(page, at=3)
    before = vectors(page, "state", "W")
    page.locator(".sp .stage").focus()
    page.keyboard.press("n")
    assert page.locator(".sp .quiet").inner_text() == "prototype 0 of class A"
    page.keyboard.press("Shift+ArrowRight")
    settle(page)
    after = vectors(page, "state", "W")
    assert np.flatnonzero(np.abs(after - before).max(1) > 1e-9).tolist() == [0]
    np.testing.assert_allclose(after[0], vectors(page, "other", "W")[0], atol=1e-12)
    page.keyboard.press("p")
    settle(page)
    assert page.locator(".sp .quiet").inner_text() == "class mean 3 of class D"
    page.keyboard.press("Shift+ArrowUp")
    settle(page)
    own = np.array(get(page, "state.y")) == 3
    moved = np.abs(positions(page) - np.reshape(chosen(page, "features"), (-1, 3)))
    assert moved.max() < 1e-12 and own.sum() == 8
    page.watch.assert_clean()


def test_a_pulled_point_comes_home(page, show):
    show(page, per_class=5)
    assert get(page, "numbers.nc1") < 1e-12
    drag(page, "arrow", 0, by=(60, 20))
    assert get(page, "numbers.nc3") > 1e-3
    main(page).click()
    page.wait_for_function(f"() => !{FIG}.playing")
    assert get(page, "state.t") == 600
    assert get(page, "numbers.nc1") + get(page, "numbers.nc3") < 1e-9
    page.get_by_label("Temperature τ").press("ArrowRight")  # in flight: no new start
    settle(page)
    assert get(page, "state.t") == 600 and get(page, "other.tau") == 0.15
    page.watch.assert_clean()


def test_scrubber_and_from_there_on(page, show):
    show(page, mode="measured")
    table = run_table(ROWS)
    assert get(page, "numbers.nc1") == pytest.approx(
        float(table[0]["gauges"][-1, 0])
    ) and "after 100 steps" in label(page)
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("Home")
    settle(page)
    assert [get(page, f"numbers.{k}") for k in NAMES] == pytest.approx(
        table[0]["gauges"][0].tolist(), rel=1e-6
    ) and get(page, "numbers.value") == pytest.approx(ROWS[0]["values"][0], rel=1e-6)
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("combobox", name="Run on the right").input_value() == "1"
    page.get_by_role("combobox", name="Run on the left").select_option("1")
    settle(page)
    assert get(page, "numbers.nc1") == pytest.approx(
        float(table[1]["gauges"][1, 0])
    ) and "Left: NTCE" in label(page)
    press(page, "Let these points go")
    assert get(page, "state.loss") == "ntce" and chosen(page, "mode") == "free"
    np.testing.assert_allclose(
        positions(page), unfold(table[1]["features"][1]), atol=1e-9
    )
    assert get(page, "other.loss") == "ntce" and chosen(page, "at") == -1
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
    line, table = page.locator(".sp .line").first, run_table(rows)
    assert "64 dimensions" in line.inner_text()  # the last run of the loss comes first
    page.get_by_role("combobox", name="Run on the left").select_option("0")
    settle(page)
    assert "dimensions" not in line.inner_text()
    for side, run in (("left", "2"), ("right", "3")):
        page.get_by_role("combobox", name=f"Run on the {side}").select_option(run)
    page.get_by_role("slider", name="Training step").press("Home")
    for f in range(3):
        settle(page)
        assert (
            f"64 dimensions, of whose squared length the drawing keeps {100 * rows[0]['kept'][f]:.0f} %"
            in line.inner_text()
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
                f"() => document.querySelector('.tb-live').module.gauges({FIG}.shown[0]).nc1"
            ) < 0.1 * get(page, "numbers.nc1")  # what is drawn only looks collapsed
        page.keyboard.press("ArrowRight")
    assert page.locator(".sp .chart text").all_text_contents()[-2:] == [
        "NTCE at τ = 0.1",
        "NONL at τ = 0.1",
    ]  # runs of as many dimensions, the lowest last
    page.watch.assert_clean()


def test_both_lines_and_where_they_began_in_the_chart(page, show):
    show(page, at=0)
    lines, names = page.locator(".sp .chart polyline"), page.locator(".sp .chart text")
    for _ in range(3):
        press(page, "Step")
    assert lines.count() == 2
    assert set(names.all_text_contents()[-2:]) == {"NTCE", "NONL"}
    assert "random points" in names.all_text_contents()
    assert [lines.nth(i).get_attribute("points").count(",") for i in range(2)] == [5, 5]
    said = page.locator(".sp .chart").get_attribute("aria-label")
    assert said.count("NONL") == said.count("NTCE") == 1
    page.get_by_label("Measured runs").check()
    settle(page)
    assert "before training" in names.all_text_contents()
    page.watch.assert_clean()


def test_legend_and_notes(page, show):
    show(page, classes=4)
    legend, note = page.locator(".sp .legend"), page.locator(".sp .note")
    assert legend.inner_text().split("\n") == [
        "feature",
        "class mean",
        "prototype (weights)",
        "nearest simplex",
    ]
    page.get_by_label("Non-negative features").check()
    settle(page)
    assert "orthant" in legend.inner_text()
    assert "do not fit in three dimensions" in note.inner_text()
    page.get_by_role("combobox", name="Classes").select_option("3")
    settle(page)
    assert f"{orthant_gap(3):.3f}" in note.inner_text()
    names = ["<b>x</b> & y", "coat", "shoe", "hat"]
    rows = [{**ROWS[0], "title": "<b>x</b> & y", "names": names}]
    show(page, rows=rows, mode="measured", remark="One < training.")
    assert note.inner_text() == "One < training."
    assert "<b>x</b> & y" in page.locator(".sp .now").inner_text()
    assert "A <b>x</b> & y" in legend.inner_text() and "D hat" in legend.inner_text()
    assert page.get_by_role("combobox", name="Run on the left").inner_text() == names[0]
    page.watch.assert_clean()


def test_python_drives_it(page, show):
    show(page)
    u, w, y = random_points([4, 3], seed=7)
    live = bind(sphere(ROWS, ""), u, w, y)
    page.evaluate(
        "state => document.querySelector('.tb-live').model.set(state)",
        {k: live._state[k] for k in ("features", "prototypes", "labels", "mode", "at")},
    )
    settle(page)
    np.testing.assert_allclose(positions(page), u, atol=1e-12)
    np.testing.assert_allclose(vectors(page, "other", "U"), u, atol=1e-12)
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
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
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
        "live = sphere([follow(FreePoints([5]*3, loss='ntce'), [0, 10])], caption='A sphere.')\nlive",
        "heard = []\non_drag(live, lambda u, w, y: heard.append(len(u)))\nbind(live, *random_points([4, 3], seed=7));",
        "u, w, y = points_of(live)\nprint(heard[-1], bool((u - random_points([4, 3], seed=7)[0]).abs().max() > 1e-3))",
    ]
    lab = jupyterlab({"sphere.ipynb": cells})
    opened = lab.open(page, "sphere.ipynb")
    opened.run_cell(0)
    opened.run_cell(1)
    page.locator(".sp canvas").wait_for()
    opened.run_cell(2)
    page.wait_for_function(f"() => {FIG}?.state.U.length === 21")
    page.locator(".sp").get_by_role("button", name="Step").click()
    opened.run_until(3, "7 True")
    assert opened.errors() == [] and page.watch.errors == []
