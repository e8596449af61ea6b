"""The transport chapter's figure in a real browser: its arithmetic against SciPy, POT and closed forms, and its controls by mouse and keys."""

import math

import numpy as np
import ot
import pytest
from scipy.optimize import linear_sum_assignment

from transferbook.live import Live, encode

FIG = "document.querySelector('.tp').figure"
RNG = np.random.default_rng(3)
ANGLE = np.linspace(0, math.pi, 40)
SOURCE = np.c_[
    1.5 * np.cos(ANGLE), 1.8 * np.sin(ANGLE) - 0.9
] + 0.12 * RNG.standard_normal((40, 2))
LABELS = np.linspace(0, 1, 40)
TARGET = (RNG.uniform(-1, 1, (60, 2)) * [1.6, 0.9] + [0.1, -0.2]).round(3).tolist()
SIZES = [50, 200, 800, 3200]


def curve(route, slope, same=0, start=0.3, **where):
    "A measured curve that falls as m to the power -slope"
    error = [start * (m / 50) ** -slope for m in SIZES]
    more = dict(who="a neighbour") if route == "direct" else dict(inputs=1)
    return dict(route=route, m=SIZES, error=error, flat=0.5, same=same, **more, **where)


CELL = dict(d=4, alpha=1.0, s=0.5, p=0.5)
MEASURED = [
    curve("transfer", 0.2, same=1, start=0.33, **CELL),
    curve("direct", 0.25, same=1, **CELL),
    curve("transfer", 0.9, **CELL),
    curve("transfer", 0.1, **(CELL | dict(s=0.25, p=0.25))),
    curve("direct", 0.1, d=4, p=0.5),
    curve("direct", 0.07, d=2, p=0.5),
]
IMAGES = [
    dict(name="the recipe", mean=-5.0, low=-7.0, high=-3.0),
    dict(name="random features", mean=1.5, low=0.5, high=2.5),
]


def figure(**changes):
    "The figure with fixed clouds; `changes` of its state"
    state = dict(
        source=SOURCE,
        labels=LABELS,
        target=TARGET,
        m=50,
        shear=0.3,
        spread=1.2,
        eps=0.05,
        alpha=1.0,
        s=0.5,
        p=0.5,
        d=4,
        ratio=1.0,
        error=0.25,
        textbook=0,
        view="tasks",
        measured=MEASURED,
        images=IMAGES,
    )
    return Live(
        "transport_plan",
        caption="Transfer wins where the target is rougher than the way to it.",
        **{**state, **changes},
    )


def rates(alpha, s, p, d):
    return dict(
        direct=p / d,
        abstract=(alpha + 1) / d,
        transfer=min(s, 1) * (alpha + 1) / d,
        map=min(s, 1) * min(0.5, (alpha + 1) / (2 * alpha + d)),
        regression=p / (2 * p + d),
    )


def place(target, m, shear, spread):
    Y = np.array(target)[:m]
    c = Y.mean(0)
    return c + spread * (Y - c) @ np.array([[1, shear], [0, 1]]).T


@pytest.fixture
def show(tmp_path):
    "Open the figure as one offline file"

    def show(page, style="", **changes):
        path = figure(**changes).save_html(tmp_path / "figure.html")
        path.write_text(
            path.read_text().replace("</head>", f"<style>{style}</style></head>")
        )
        page.goto(path.as_uri())
        page.wait_for_function(
            "() => document.querySelector('.tb-live').dataset.host === 'ready'"
        )
        return page

    return show


def chosen(page, name):
    return page.evaluate(
        "name => document.querySelector('.tb-live').model.get(name)", name
    )


def get(page, what):
    return page.evaluate(f"() => {FIG}.{what}")


def knob(page, k):
    return page.locator(f".tp [data-k={k}]")


def read_outs(page):
    "What the right half says, and what the left half does"
    left = page.locator(".tp-need").inner_text() + page.locator(".tp-wins").inner_text()
    plot = page.locator(".tp-plot").get_attribute("aria-label")
    return page.locator(".tp-said").inner_text(), left + plot


def need(page):
    return page.locator(".tp-need").inner_text()


@pytest.mark.parametrize("seed", range(4))
def test_assignment_is_scipys(arithmetic, seed):
    rng = np.random.default_rng(seed)
    C = (
        rng.integers(0, 6, (40, 40)).astype(float)
        if seed == 3
        else rng.random((40, 40)) * [1, 100, 1e-3][seed]
    )  # whole numbers: ties
    columns = arithmetic(
        "C => figure.assign(Float64Array.from(C.flat()), C.length)", C.tolist()
    )
    rows, theirs = linear_sum_assignment(C)
    assert sorted(columns) == list(range(40)) and C[
        rows, columns
    ].sum() == pytest.approx(C[rows, theirs].sum(), rel=1e-12)
    assert arithmetic("() => figure.assign([7], 1)") == [0]


SINKHORN = "([C, eps, o]) => { const s = figure.sinkhorn(Float64Array.from(C.flat()), C.length, C[0].length, eps, o); return {...s, plan: [...s.plan]} }"


@pytest.mark.parametrize("share", [0.1, 0.02])
def test_sinkhorn_is_pots(arithmetic, share):
    rng = np.random.default_rng(5)
    X, Y = rng.standard_normal((40, 2)), rng.uniform(-2, 2, (55, 2))
    C = ((X[:, None] - Y) ** 2).sum(-1)
    np.testing.assert_allclose(
        arithmetic("([X, Y]) => [...figure.cost(X, Y)]", [X.tolist(), Y.tolist()]),
        C.flatten(),
        rtol=1e-12,
    )
    a, b = np.full(40, 1 / 40), np.full(55, 1 / 55)
    theirs = ot.sinkhorn(
        a,
        b,
        C,
        share * C.mean(),
        method="sinkhorn_log",
        stopThr=1e-12,
        numItermax=50000,
    )
    ours = arithmetic(
        SINKHORN, [C.tolist(), share * C.mean(), dict(tol=1e-12, steps=50000)]
    )
    plan = np.reshape(ours["plan"], C.shape)
    np.testing.assert_allclose(plan, theirs, atol=1e-6)
    assert (
        ours["marginal"]
        == pytest.approx(
            max(abs(plan.sum(1) - a).sum(), abs(plan.sum(0) - b).sum()), abs=1e-15
        )
        and ours["marginal"] < 1e-11
    )
    assert ours["cost"] == pytest.approx((plan * C).sum(), rel=1e-12)
    fast = arithmetic(
        SINKHORN, [C.tolist(), share * C.mean(), {}]
    )  # as the figure calls it
    assert fast["marginal"] < 1e-6 and fast["steps"] < 2000


def test_sinkhorn_survives_little_regularisation(arithmetic):
    rng = np.random.default_rng(6)
    X, Y = rng.standard_normal((40, 2)), rng.standard_normal((55, 2)) + [6, 0]
    C = ((X[:, None] - Y) ** 2).sum(-1)
    ours = arithmetic(SINKHORN, [C.tolist(), 1e-3 * C.max(), {}])
    plan = np.reshape(ours["plan"], C.shape)
    exact = ot.emd2(np.full(40, 1 / 40), np.full(55, 1 / 55), C)
    assert (
        np.isfinite(plan).all()
        and (plan >= 0).all()
        and plan.sum() == pytest.approx(1)
        and 0 < ours["marginal"] < 0.05
        and ours["steps"] <= 2000
    )
    assert ours["cost"] == pytest.approx(exact, rel=0.01)
    for few in (1, 3):
        assert math.isfinite(
            arithmetic(SINKHORN, [C.tolist(), 1e-6 * C.max(), dict(steps=few)])[
                "marginal"
            ]
        )  # stopped early, it still says how far off
    assert arithmetic(SINKHORN, [np.zeros((3, 4)).tolist(), 1, {}])[
        "plan"
    ] == pytest.approx([1 / 12] * 12)


def test_carried_values_and_images_equal_numpy(arithmetic):
    rng = np.random.default_rng(7)
    P, X, values = rng.random((5, 8)), rng.standard_normal((5, 2)), rng.random(5)
    weights = P / P.sum(0)
    np.testing.assert_allclose(
        arithmetic(
            "([p, v]) => figure.carry(p.flat(), 5, 8, v)", [P.tolist(), values.tolist()]
        ),
        weights.T @ values,
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        arithmetic(
            "([p, X]) => figure.images(p.flat(), 5, 8, X)", [P.tolist(), X.tolist()]
        ),
        weights.T @ X,
        rtol=1e-12,
    )
    for m in (40, 50):
        s = arithmetic(
            "([X, Y]) => { const s = figure.solve(X, Y, .1); return {...s, plan: [...s.plan]} }",
            [SOURCE.tolist(), TARGET[:m]],
        )
        assert (
            s["exact"] == (m == 40)
            and s["marginal"] < 1e-6
            and sum(s["plan"]) == pytest.approx(1)
        )
    assert arithmetic(
        "a => figure.decode(a)", encode(np.arange(6.0).reshape(3, 2))
    ) == [[0, 1], [2, 3], [4, 5]]
    assert arithmetic(
        "a => figure.decode(a)", encode(np.arange(3, dtype=np.float32))
    ) == [0, 1, 2] and arithmetic("a => figure.decode(a)", [[1, 2]]) == [[1, 2]]


@pytest.mark.parametrize("m,shear,spread", [(2, -1, 2.0), (13, 0.7, 0.3), (60, 0, 1.0)])
def test_what_is_shown_is_stored(arithmetic, m, shear, spread):
    state = dict(target=TARGET, m=m, shear=shear, spread=spread)
    np.testing.assert_allclose(
        arithmetic("s => figure.shown(s)", state), place(**state), atol=1e-12
    )
    moved = arithmetic("s => figure.stored(s, 1, [.4, -1.1])", state)
    np.testing.assert_allclose(
        arithmetic("s => figure.shown(s)", {**state, "target": moved})[1],
        [0.4, -1.1],
        atol=1e-12,
    )
    assert [i for i, (a, b) in enumerate(zip(moved, TARGET)) if a != b] == [1]


@pytest.mark.parametrize(
    "alpha,s,p,d", [(0, 1, 3, 3), (1, 0.5, 0.5, 8), (2.5, 3, 3, 12), (0.5, 0.5, 0.5, 2)]
)
def test_rates_are_closed_forms(arithmetic, alpha, s, p, d):
    from transferbook.transport.figure import exponents

    e, state = rates(alpha, s, p, d), dict(alpha=alpha, s=s, p=p, d=d)
    assert arithmetic("s => figure.exponents(s)", state) == pytest.approx(e)
    assert exponents(alpha, s, p, d) == pytest.approx(e)
    a, b = e["transfer"], e["direct"]
    star = arithmetic("a => figure.crossover(...a)", [a, b, 3])
    if a == b:
        assert star is None
    else:
        assert 3 * star**-a == pytest.approx(star**-b)
    m = arithmetic("a => figure.needed(...a)", [0.2, a, 3])
    assert 3 * m**-a == pytest.approx(0.2)


def test_small_arithmetic_is_pythons(arithmetic):
    from transferbook.transport import figure as book

    counts = [0.3, 1.4, 89.2, 1634.2, 9.9e8, 1.1e9]
    ours = arithmetic("v => v.map(figure.count)", counts)
    assert ours == ["1", "2", "90", "1,600", "990,000,000", "more than a billion"]
    assert ours == [book.counted(v) for v in counts]
    for row in MEASURED:
        slope = arithmetic("r => figure.slopeOf(r)", row)
        x, y = np.log(row["m"]), np.log(row["error"])
        assert slope == pytest.approx(-np.polyfit(x, y, 1)[0])
        for error in (0.9, 0.21, 0.17, 0.001):
            got = arithmetic("a => figure.reached(...a)", [row, error])
            m, beyond = book.reached(row, error)
            assert (got["m"], got["beyond"]) == (pytest.approx(m), beyond)


SMOOTH = [0.25, 0.5, 1, 1.5, 2, 3]
TRIPLES = [(a, s, p) for a in (0, 0.5, 1, 3) for s in SMOOTH for p in SMOOTH]


def test_only_pairs_that_exist_can_be_reached(arithmetic):
    from transferbook.transport.figure import is_possible

    for alpha, s, p in TRIPLES:
        state = dict(alpha=alpha, s=s, p=p)
        ours = arithmetic("s => figure.isPossible(s)", state)
        assert ours == is_possible(alpha, s, p), state
        for moved in ("s", "p", "alpha"):
            more = arithmetic("a => figure.follow(...a)", [state, moved])
            assert moved not in more and (more == {}) == ours
            after = state | more
            assert is_possible(after["alpha"], after["s"], after["p"])


@pytest.mark.parametrize(
    "at",
    [CELL, CELL | dict(s=0.25, p=0.25), CELL | dict(d=2), CELL | dict(d=7)],
)
def test_what_was_measured_at_a_setting_is_pythons(arithmetic, at):
    from transferbook.transport.figure import measured_at, starts_of

    ours = arithmetic("a => figure.measuredAt(...a)", [MEASURED, at])
    theirs = measured_at(MEASURED, at)
    assert {k: v for k, v in ours.items() if v} == theirs
    begins = arithmetic("a => figure.startsOf(...a)", [ours, 2])
    for route, (m, error) in starts_of(theirs, 2).items():
        assert begins[route] == pytest.approx(dict(m=m, error=error))


def test_every_slider_by_keyboard(page, show):
    show(page, d=7)
    limits = dict(
        s=(0.25, 4),
        p=(0.25, 4),
        alpha=(0, 3),
        d=(1, 12),
        ratio=(0.1, 10),
        error=(0.02, 0.9),
        m=(2, 60),
        shear=(-1, 1),
        spread=(0.3, 2),
        eps=(0.005, 1),
    )
    for k, (lo, hi) in limits.items():
        right = k in ("m", "shear", "spread", "eps")
        for key, value in (("End", hi), ("Home", lo)):
            before = read_outs(page)
            knob(page, k).press(key)
            after = read_outs(page)
            assert chosen(page, k) == pytest.approx(value), k
            changed = after[0] != before[0], after[1] != before[1]
            assert changed == (right, not right), k
        knob(page, k).press("ArrowRight")
        told = knob(page, k).get_attribute("aria-valuetext").replace("−", "-")
        assert lo < chosen(page, k) < hi
        assert float(told) == pytest.approx(chosen(page, k), rel=0.01)
    page.watch.assert_clean()


def test_the_first_state_shows_the_finding(page, show):
    show(page)
    start = 0.33 * 50**0.5, 0.3 * 50**0.125
    promised = (start[0] / 0.25) ** 2, (start[1] / 0.25) ** 8
    got = get(page, "rates.needed")
    assert (got["abstract"], got["direct"]) == pytest.approx(promised)
    assert "the abstract asks for 88 target samples with transfer" in need(page)
    assert "and 210 without. Measured: 200 with transfer, 100 without." in need(page)
    wins = page.locator(".tp-wins").inner_text()
    assert "cross at m* = 110: direct learning is ahead before it" in wins
    assert "transfer is ahead at 0 of 4 sizes from 50 to 3,200" in wins
    star = get(page, "rates.crossover")
    law = 0.33 * (star / 50) ** -0.25, 0.3 * (star / 50) ** -0.125
    assert law[0] == pytest.approx(law[1])
    drawn = page.locator(".tp-plot").text_content()
    for name in ("m* = 110", "always the mean", "transfer, abstract", "wanted: 0.25"):
        assert name in drawn
    for route in ("direct", "transfer"):
        dots = page.locator(f".tp-plot .tp-dot[data-route={route}]")
        assert dots.count() == 4
    assert knob(page, "ratio").is_hidden()
    page.watch.assert_clean()


def test_the_target_follows_the_source(page, show):
    show(page)
    knob(page, "s").press("Home")
    assert (chosen(page, "s"), chosen(page, "p")) == (0.25, 0.25)
    assert page.locator(".tp-quiet").inner_text() == "p follows: 0.25."
    assert page.locator(".tp-plot .tp-dot[data-route=transfer]").count() == 4
    assert page.locator(".tp-plot .tp-dot[data-route=direct]").count() == 0
    assert (
        "Direct learning was not measured here" in page.locator(".tp-note").inner_text()
    )
    assert knob(page, "ratio").is_visible()
    knob(page, "p").press("End")
    assert (chosen(page, "s"), chosen(page, "p")) == (2, 4)
    knob(page, "alpha").press("Home")
    assert (chosen(page, "s"), chosen(page, "p")) == (1, 4)
    assert "Not measured here" in need(page)
    model = "document.querySelector('.tb-live').model"
    page.evaluate(f"() => {model}.set({{ s: .5 }})")
    assert (chosen(page, "s"), chosen(page, "p")) == (0.5, 0.5)
    page.watch.assert_clean()


def test_the_wanted_error_is_dragged(page, show):
    show(page)
    grip = page.locator(".tp-want circle")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 30, steps=3)
    page.mouse.up()
    error = chosen(page, "error")
    assert 0.02 <= error < 0.2
    assert need(page).startswith(f"For an error of {error}")
    assert page.locator(".tp-quiet").inner_text() == need(page)
    assert float(knob(page, "error").input_value()) == error
    page.watch.assert_clean()


def test_textbook_rates_are_added(page, show):
    show(page)
    lines = page.locator(".tp-keys > span")
    before = lines.count()
    page.get_by_label("Textbook rates").press("Space")
    assert chosen(page, "textbook") == 1 and lines.count() == before + 2
    e = rates(**CELL)
    drawn = page.locator(".tp-keys").inner_text()
    for name in ("map", "regression"):
        assert f"{e[name]:.2f}" in drawn
    page.watch.assert_clean()


def test_images_are_shown(page, show):
    show(page)
    page.get_by_label("Measured on").select_option("images")
    assert chosen(page, "view") == "images" and knob(page, "s").is_hidden()
    drawn = page.locator(".tp-plot").text_content()
    for words in ("the recipe", "−5.0 [−7.0, −3.0]", "random features", "1.5 ["):
        assert words in drawn
    assert "the recipe is 5.0 points below" in need(page)
    assert page.locator(".tp-quiet").inner_text() == need(page)
    page.get_by_label("Measured on").select_option("tasks")
    assert knob(page, "s").is_visible()
    show(page, images=[])
    assert page.get_by_label("Measured on").is_hidden()
    page.watch.assert_clean()


def test_the_errors_stand_in_a_table(page, show):
    show(page)
    page.locator(".tp-numbers summary").press("Enter")
    rows = page.locator(".tp-numbers tbody tr")
    rows.first.wait_for()
    assert rows.count() == 4 and rows.first.inner_text().split() == [
        "50",
        "0.330",
        "0.300",
    ]
    knob(page, "s").press("Home")
    assert "–" in rows.first.inner_text()
    page.watch.assert_clean()


@pytest.mark.parametrize(
    "more,said",
    [
        (dict(alpha=0, s=1, p=1), "parallel: they have no m*"),
        (dict(alpha=0, s=1, p=2), "transfer is ahead before it, direct learning after"),
        (dict(alpha=1, s=1, p=1, ratio=0.5), "direct learning is ahead before it"),
        (dict(alpha=0.25, s=1, p=1, ratio=9), "m* = more than a billion"),
        (dict(alpha=3, s=2, p=2, ratio=0.1), "m* = below 1"),
    ],
)
def test_who_wins_where(page, show, more, said):
    show(page, measured=[], **more)
    assert said in page.locator(".tp-wins").inner_text()
    assert "heights are made up" in page.locator(".tp-note").inner_text()
    page.watch.assert_clean()


def test_the_plan_and_its_table(page, show):
    show(page)
    solved, Y = get(page, "solved"), place(TARGET, 50, 0.3, 1.2)
    np.testing.assert_allclose(get(page, "shown"), Y, atol=1e-12)
    plan = np.reshape(solved["plan"], (40, 50))
    assert (
        not solved["exact"]
        and solved["marginal"] < 1e-6
        and solved["cost"]
        == pytest.approx((plan * ((SOURCE[:, None] - Y) ** 2).sum(-1)).sum())
    )
    np.testing.assert_allclose(
        solved["carried"], (plan / plan.sum(0)).T @ LABELS, rtol=1e-9
    )
    page.locator(".tp-carried summary").press("Enter")
    rows = page.locator(".tp-carried tbody tr")
    rows.first.wait_for()  # the browser tells of an opened <details> a moment later
    assert (
        rows.count() == 50 and f"{solved['carried'][0]:.2f}" in rows.first.inner_text()
    )
    knob(page, "m").fill("40")
    solved, C = (
        get(page, "solved"),
        ((SOURCE[:, None] - place(TARGET, 40, 0.3, 1.2)) ** 2).sum(-1),
    )
    assert (
        rows.count() == 40
        and solved["exact"]
        and page.locator(".tp-said").inner_text().startswith("Exact")
        and sorted(solved["carried"]) == pytest.approx(LABELS.tolist())
    )
    assert solved["cost"] == pytest.approx(C[linear_sum_assignment(C)].mean())
    page.watch.assert_clean()


def test_a_point_is_dragged(page, show):
    show(page)
    before, shown = get(page, "solved.plan"), np.array(get(page, "shown"))
    gap = ((shown[:, None] - shown) ** 2).sum(-1) + 99 * np.eye(50)
    j = int(gap.min(1).argmax())  # the loneliest
    page.locator(".tp-plane").scroll_into_view_if_needed()
    mark = page.locator(".tp-target rect").nth(j)
    spot = lambda: (lambda b: (b["x"] + b["width"] / 2, b["y"] + b["height"] / 2))(
        mark.bounding_box()
    )
    x, y = spot()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=4)
    page.mouse.up()
    assert spot() == pytest.approx((x + 40, y - 30), abs=1)
    assert [
        i for i, (a, b) in enumerate(zip(chosen(page, "target"), TARGET)) if a != b
    ] == [j] and get(page, "picked") == j
    assert np.abs(
        np.subtract(get(page, "solved.plan"), before)
    ).max() > 1e-4 and page.get_by_label(
        "Target point", exact=True
    ).input_value() == str(j + 1)
    knob(page, "shear").press("Home")
    page.get_by_role("button", name="Put the points back").click()
    assert chosen(page, "target") == TARGET and (
        chosen(page, "shear"),
        chosen(page, "spread"),
    ) == (0.3, 1.2)
    np.testing.assert_allclose(get(page, "solved.plan"), before, atol=1e-12)
    page.watch.assert_clean()


def test_a_point_is_moved_by_keys(page, show):
    show(page)
    number, plane = (
        page.get_by_label("Target point", exact=True),
        page.locator(".tp-plane"),
    )
    number.fill("7")
    number.press("Tab")
    before = np.array(get(page, "shown"))
    plane.press("ArrowRight")
    plane.press("ArrowUp")
    plane.press("Shift+ArrowUp")
    np.testing.assert_allclose(
        np.array(get(page, "shown"))[6] - before[6], [0.1, 0.12], atol=1e-9
    )
    assert [
        i for i, (a, b) in enumerate(zip(chosen(page, "target"), TARGET)) if a != b
    ] == [6] and "Target point 7" in page.locator(".tp-plane svg").get_attribute(
        "aria-label"
    ) == page.locator(".tp-plane svg").get_attribute("aria-label")
    plane.press("n")
    assert (
        get(page, "picked") == 7
        and number.input_value() == "8"
        and "Target point 8" in page.locator(".tp-quiet").inner_text()
    )
    plane.press("p")
    plane.press("p")
    assert get(page, "picked") == 5
    number.fill("99")
    number.press("Tab")
    assert get(page, "picked") == 5 and number.input_value() == "6"
    knob(page, "m").press("Home")
    assert get(page, "picked") == 1 and number.input_value() == "2"
    page.watch.assert_clean()


def test_python_drives_it(page, show):
    show(page)
    moved = (np.array(TARGET) + [0.5, 0]).tolist()
    page.evaluate(
        "s => document.querySelector('.tb-live').model.set(s)",
        dict(target=moved, d=2, m=40),
    )
    assert (
        get(page, "solved.exact")
        and knob(page, "d").input_value() == "2"
        and get(page, "rates.exponents.direct") == 0.25
    )
    page.locator(".tp-plane").press("ArrowLeft")
    page.evaluate("() => document.querySelector('.tb-live').model.set('alpha', 2)")
    page.get_by_role("button", name="Put the points back").click()
    assert chosen(page, "target") == moved
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1200])
def test_fits_and_is_accessible(new_page, show, assert_fits, ground, width, scheme):
    page = show(
        new_page(viewport=dict(width=width, height=900), color_scheme=scheme),
        style=ground,
        textbook=1,
    )
    assert_fits(page, ".tp", width, scheme)
    for name in ("carried", "numbers"):
        page.locator(f".tp-{name} summary").press("Enter")
        page.locator(f".tp-{name} tbody tr").first.wait_for()
    assert_fits(page, ".tp", width, scheme)
    page.get_by_label("Measured on").select_option("images")
    assert_fits(page, ".tp", width, scheme)


@pytest.mark.parametrize(
    "start", [dict(), dict(m=40, shear=-0.5, spread=1.4), dict(m=7, eps=0.3)]
)
def test_the_books_figure_is_pythons(page, tmp_path, start):
    "What Python draws for the poster is what the page solves"
    from transferbook.transport.figure import (
        START,
        carried,
        clouds,
        seen,
        solve,
        transport_plan,
    )

    page.goto(transport_plan(**start).save_html(tmp_path / "figure.html").as_uri())
    page.wait_for_function(
        "() => document.querySelector('.tb-live').dataset.host === 'ready'"
    )
    s, c = START | start, clouds()
    Y = seen(c["target"], s["m"], s["shear"], s["spread"])
    theirs, ours = solve(c["source"], Y, s["eps"]), get(page, "solved")
    np.testing.assert_allclose(get(page, "shown"), Y, atol=1e-9)
    np.testing.assert_allclose(
        np.reshape(ours["plan"], theirs.plan.shape), theirs.plan, atol=1e-5
    )
    np.testing.assert_allclose(
        ours["carried"], carried(theirs.plan, c["labels"]), atol=1e-3
    )
    assert ours["cost"] == pytest.approx(theirs.cost, rel=1e-4) and ours["exact"] == (
        s["m"] == 40
    )
    page.watch.assert_clean()
