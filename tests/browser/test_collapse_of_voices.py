"""The ensembles chapter's figure in a real browser: its arithmetic against torch, and its controls by mouse and keys."""

import numpy as np
import pytest
import torch

from transferbook.ensembles.diversity import disagreement
from transferbook.ensembles.uncertainty import auroc, decompose, nll
from transferbook.live import Live, encode

FIG = "document.querySelector('.cv').figure"
RNG = np.random.default_rng(4)
A = np.linspace(0, 1, 21)


def made_up(name, levels, classes, spread, path=True, members=12, points=120):
    "A set as the state has it: bytes of random members around common logits, in equal steps of the probability"
    y = RNG.integers(0, classes, points)
    logits = 2 * RNG.standard_normal((points, classes)) + 3 * np.eye(classes)[y]
    p = (
        torch.tensor(
            logits + spread * RNG.standard_normal((levels, members, points, classes))
        )
        .softmax(-1)
        .numpy()
    )
    edges = RNG.integers(0, points, (40, 2)) if levels > 1 else np.zeros((0, 2))
    counts = lambda a: (10 + (90 * np.eye(classes)[0]) * a).astype(int).tolist()
    line = (
        dict(
            weights=(0.3 + 12 * A * (1 - A)).tolist(),
            answers=(0.3 - 0.2 * A * (1 - A)).tolist(),
            guess_weights=[counts(4 * a * (1 - a)) for a in A],
            guess_answers=[counts(0)] * 21,
        )
        if path
        else None
    )
    return dict(
        name=name,
        labels=[f"class {c}" for c in range(classes)],
        kept=[0, 25, 50, 75, 100][:levels],
        xy=RNG.integers(0, 1001, (points, 2)).astype(np.int16),
        y=y.astype(np.uint8),
        p=(255 * p).round().astype(np.uint8).ravel(),
        edges=edges.astype(np.uint8),
        edge_level=(np.arange(len(edges)) % levels).astype(np.uint8),
        path=line,
    )


SETS = [
    made_up("graph", 5, 7, 0.8),
    made_up("images", 1, 10, 1.5),
    made_up("small", 1, 2, 0.3, path=False, members=3, points=9),
]


def probabilities(s, level=-1, power=1):
    "What the module must read from a set's bytes [M, N, C]"
    p = (
        torch.tensor(
            s["p"].reshape(len(s["kept"]), -1, len(s["y"]), len(s["labels"]))[level]
        ).double()
        / 255
    ) ** power
    return p / p.sum(-1, keepdim=True)


def figure(sets=None, **changes):
    "The figure with made-up sets; `changes` of its state"
    return Live(
        "collapse_of_voices",
        caption="Members agree.",
        **{
            **dict(
                sets=SETS if sets is None else sets,
                set=0,
                members=5,
                shuffle=0,
                level=4,
                colour="EU",
                a=10,
                same=1,
            ),
            **changes,
        },
    )


@pytest.fixture
def show(opened):
    "Open the figure as one offline file"

    def show(page, style="", sets=None, **changes):
        return opened(page, figure(sets, **changes), style)

    return show


def chosen(page, name):
    return page.evaluate(
        "name => document.querySelector('.tb-live').model.get(name)", name
    )


def change(page, **state):
    page.evaluate("s => document.querySelector('.tb-live').model.set(s)", state)


def get(page, what):
    return page.evaluate(f"() => {FIG}.{what}")


def choose(page, name):
    "Press the row of a set"
    page.locator(".cv-row", has_text=name).click()


def knob(page, k):
    return page.locator(f".cv [data-k={k}]")


def read_outs(page):
    return dict(
        zip(
            page.locator(".cv dt").all_inner_texts(),
            page.locator(".cv dd").all_inner_texts(),
        )
    )


@pytest.mark.parametrize(
    "which,level,members", [(0, 0, 12), (0, 3, 5), (1, 0, 1), (1, 0, 12), (2, 0, 3)]
)
def test_uncertainty_is_torchs(arithmetic, which, level, members):
    s = SETS[which]
    p = probabilities(s, level)[:members]
    y = torch.tensor(s["y"]).long()
    ours = arithmetic(
        "([s, level, m]) => { const u = figure.unpack(s), p = u.at(level).slice(0, m); return {p, ...figure.summary(p, u.y)} }",
        [encode(s), level, members],
    )
    np.testing.assert_allclose(ours["p"], p, atol=1e-12)
    u = decompose(p)
    for k in ("TU", "AU", "EU", "mean"):
        np.testing.assert_allclose(ours[k], u[k], atol=1e-4)
    assert ours["ratio"] == pytest.approx(
        float(u["EU"].mean() / u["AU"].mean()), abs=1e-4
    )
    assert ours["nll"] == pytest.approx(float(nll(u["mean"], y)), abs=1e-6) and ours[
        "single"
    ] == pytest.approx(float(np.mean([nll(q, y) for q in p])), abs=1e-6)
    assert ours["accuracy"] == pytest.approx(
        float((u["mean"].argmax(-1) == y).double().mean())
    )
    if members == 1:
        assert (
            ours["disagreement"] is None
            and ours["relative"] is None
            and ours["means"]["EU"] == pytest.approx(0, abs=1e-12)
        )
    else:
        assert ours["disagreement"] == pytest.approx(disagreement(p), abs=1e-6)


def test_the_area_under_the_curve_is_scikit_learns(arithmetic):
    scores, wrong = RNG.integers(0, 9, 60) / 8, RNG.random(60) < 0.3
    ours = "([s, w]) => figure.areaUnder(s, w)"
    assert arithmetic(ours, [scores.tolist(), wrong.tolist()]) == pytest.approx(
        auroc(scores, wrong)
    )
    assert arithmetic("() => figure.areaUnder([1, 2], [false, false])") is None
    assert arithmetic("() => figure.commonest([2, 2, 0, 1, 2])") == pytest.approx(0.6)


def test_shares_of_every_level_are_pythons(arithmetic):
    from transferbook.ensembles.figure import as_set, shares

    p = torch.tensor(RNG.standard_normal((3, 6, 20, 4)))
    s = as_set(
        "s",
        "abcd",
        RNG.integers(0, 1001, (20, 2)),
        RNG.integers(0, 4, 20),
        p,
        kept=(0, 50, 100),
    )
    ours = arithmetic("s => figure.unpack(s).ratios(2, 9)", encode(s))
    assert ours == pytest.approx(shares(s, 9, 2), abs=1e-6)


def test_two_certain_opponents_have_log_two(arithmetic):
    u = arithmetic("() => figure.decompose([[[1, 0], [.5, .5]], [[0, 1], [.5, .5]]])")
    np.testing.assert_allclose(u["EU"], [np.log(2), 0], atol=1e-4)
    np.testing.assert_allclose(u["AU"], [0, np.log(2)], atol=1e-4)
    assert (
        arithmetic("() => figure.disagreement([[[1, 0], [1, 0]], [[0, 1], [1, 0]]])")
        == 0.5
    )
    assert arithmetic("() => figure.disagreement([[[1, 0]]])") is None


def test_arrays_are_decoded(arithmetic):
    assert arithmetic(
        "a => figure.decode(a)", encode(np.arange(6, dtype=np.int16).reshape(3, 2))
    ) == [[0, 1], [2, 3], [4, 5]]
    assert arithmetic(
        "a => [...figure.decode(a)]", encode(np.arange(3, dtype=np.uint8))
    ) == [0, 1, 2]
    assert arithmetic(
        "a => figure.decode(a).length", encode(np.zeros((0, 2), np.uint8))
    ) == 0 and arithmetic("a => figure.decode(a)", [7]) == [7]
    roots = arithmetic("b => figure.restore(b, 1, 1, 3, 2)", [0, 51, 204])[0][0]
    assert roots == pytest.approx([0, 1 / 17, 16 / 17])
    assert arithmetic("() => figure.restore([0, 0], 1, 1, 2)") == [[[0.5, 0.5]]]
    assert arithmetic("() => [0, .5, 1, 7, NaN].map(figure.shade)") == [
        "rgb(0,34,78)",
        "rgb(124,123,120)",
        "rgb(254,232,56)",
        "rgb(254,232,56)",
        "rgb(0,34,78)",
    ]


def test_the_order_is_pythons(arithmetic):
    from transferbook.ensembles.figure import drawn

    for shuffle in (0, 1, 2, 77, 10**6):
        assert arithmetic("([k, m]) => figure.pick(k, m)", [shuffle, 7]) == drawn(
            shuffle, 7
        )
    assert sorted(arithmetic("() => figure.pick(5, 3, 3)")) == [0, 1, 2] and arithmetic(
        "() => figure.pick(0, 4)"
    ) == [0, 1, 2, 3]


def test_members_by_keyboard(page, show):
    show(page)
    p, y = probabilities(SETS[0], 4), torch.tensor(SETS[0]["y"]).long()
    before = read_outs(page)
    knob(page, "members").press("End")
    u = decompose(p)
    ratio = float(u["EU"].mean() / u["AU"].mean())
    said, outs = page.locator(".cv-say"), read_outs(page)
    assert (
        chosen(page, "members") == 12
        and get(page, "who.length") == 12
        and outs != before
    )
    assert (
        float(outs["EU/AU"][:-2]) / 100 == pytest.approx(ratio, abs=0.006)
        and outs["EU/AU"] in said.inner_text()
        and float(outs["Mean NLL, ensemble"])
        == pytest.approx(float(nll(u["mean"], y)), abs=6e-4)
    )
    assert said.get_attribute("aria-live") == "polite"
    knob(page, "members").press("Home")
    outs = read_outs(page)
    assert (
        chosen(page, "members") == 1
        and outs["EU/AU"] == "0 %"
        and outs["Disagreement / error"] == "needs two"
        and "EU is 0" in said.inner_text()
    )
    assert outs["Mean NLL, ensemble"] == outs["Mean NLL, one member"]
    knob(page, "members").press("ArrowRight")
    assert (
        chosen(page, "members") == 2
        and knob(page, "members").get_attribute("aria-valuetext") == "2"
    )
    page.watch.assert_clean()


def test_reshuffle_by_mouse_and_keys(page, show):
    show(page)
    button, seen = page.get_by_role("button", name="Reshuffle"), [get(page, "who")]
    button.click()
    seen.append(get(page, "who"))
    button.press("Enter")
    seen.append(get(page, "who"))
    button.press("Space")
    seen.append(get(page, "who"))
    assert (
        chosen(page, "shuffle") == 3
        and len({tuple(w) for w in seen}) == 4
        and all(len(set(w)) == 5 for w in seen)
    )
    assert "Now speak members" in page.locator(".cv-quiet").inner_text()
    again = show(page, shuffle=2)
    assert get(again, "who") == seen[2]
    p = probabilities(SETS[0])[seen[2]]
    np.testing.assert_allclose(get(page, "read.EU"), decompose(p)["EU"], atol=1e-4)
    page.watch.assert_clean()


def test_edges_and_sets(page, show):
    show(page)
    drawn = lambda: (page.locator(".cv-edges").get_attribute("d") or "").count("M")
    assert drawn() == 40
    knob(page, "level").press("Home")
    assert (
        chosen(page, "level") == 0
        and drawn() == 8
        and knob(page, "level").get_attribute("aria-valuetext") == "0 %"
    )
    np.testing.assert_allclose(
        get(page, "read.AU"), decompose(probabilities(SETS[0], 0)[:5])["AU"], atol=1e-4
    )
    choose(page, "images")
    assert (
        chosen(page, "set") == 1
        and knob(page, "level").is_disabled()
        and drawn() == 0
        and page.locator(".cv-keyedge").is_hidden()
    )
    np.testing.assert_allclose(
        get(page, "read.AU"), decompose(probabilities(SETS[1])[:5])["AU"], atol=1e-4
    )
    choose(page, "graph")
    assert chosen(page, "level") == 4 and drawn() == 40  # all edges again
    choose(page, "small")
    assert (
        get(page, "voices.length") == 3
        and knob(page, "members").get_attribute("max") == "3"
        and page.locator(".cv-plot").is_hidden()
        and page.locator(".cv-dots > g").count() == 9
    )
    page.watch.assert_clean()


def test_colours_and_rings(page, show):
    show(page)
    fills = lambda: page.evaluate(
        "() => [...document.querySelectorAll('.cv-dots > g')].map(g => g.lastChild.style.fill)"
    )
    seen = {"EU": fills()}
    for k in ("AU", "TU"):
        page.get_by_label(k, exact=True).check()
        assert (
            chosen(page, "colour") == k
            and f"coloured by {k}"
            in page.locator(".cv-plane svg").get_attribute("aria-label")
            and k in page.locator(".cv-high").inner_text()
        )
        seen[k] = fills()
    assert seen["EU"] != seen["AU"] != seen["TU"]
    page.get_by_label("TU", exact=True).press("ArrowLeft")
    assert chosen(page, "colour") == "AU"
    wrong = int(
        (
            decompose(probabilities(SETS[0])[:5])["mean"].argmax(-1)
            != torch.tensor(SETS[0]["y"]).long()
        ).sum()
    )
    assert (
        page.evaluate(
            "() => [...document.querySelectorAll('.cv-dots > g')].filter(g => g.firstChild.style.display !== 'none').length"
        )
        == wrong
    )
    assert f"{wrong} wrong" in page.locator(".cv-plane svg").get_attribute("aria-label")
    page.watch.assert_clean()


def test_one_scale_for_all_sets(page, show):
    "The end of the colours is Python's, the same in all sets until the reader says so"
    from transferbook.ensembles.figure import scale_end

    show(page)
    ours = [{**s, "power": 1} for s in SETS]
    same = page.get_by_label("one scale for all data sets")
    high = lambda: page.locator(".cv-high").inner_text()
    assert same.is_checked()
    assert high() == f"{scale_end(ours):.2f} nats EU or more"
    choose(page, "images")
    assert high() == f"{scale_end(ours):.2f} nats EU or more"
    same.press("Space")
    assert chosen(page, "same") == 0
    assert high() == f"{scale_end(ours[1:2]):.2f} nats EU or more"
    choose(page, "small")
    alone = scale_end(ours[2:])
    assert alone < 0.9 * scale_end(ours)
    change(page, same=1)
    assert same.is_checked() and f"{scale_end(ours):.2f}" in high()
    page.watch.assert_clean()


def test_rows_compare_the_sets(page, show):
    show(page)
    rows = page.locator("button.cv-row")
    assert rows.count() == 3
    pressed = lambda: [r.get_attribute("aria-pressed") for r in rows.all()]
    lefts = lambda k: rows.nth(k).evaluate(
        "e => [...e.querySelectorAll('i')].map(i => parseFloat(i.style.left))"
    )
    ratio = lambda k, l, m=5: (lambda u: float(u["EU"].mean() / u["AU"].mean()))(
        decompose(probabilities(SETS[k], l)[:m])
    )
    where = lambda v: 100 * (1 + np.log10(v) / 4)  # four tens, from .01 to 100 %
    assert pressed() == ["true", "false", "false"]
    assert lefts(0) == pytest.approx([where(ratio(0, l)) for l in range(5)], abs=0.1)
    assert lefts(1) == pytest.approx([where(ratio(1, 0))], abs=0.1)
    rows.nth(1).press("Enter")
    assert chosen(page, "set") == 1 and pressed() == ["false", "true", "false"]
    focused = "() => document.activeElement.dataset.set"
    assert page.evaluate(focused) == "1"  # rows were drawn anew
    rows.nth(0).press("Space")
    assert chosen(page, "set") == 0 and chosen(page, "level") == 4
    before = lefts(1)
    knob(page, "members").press("End")
    assert lefts(1) != before
    assert lefts(1) == pytest.approx([where(ratio(1, 0, 12))], abs=0.1)
    page.watch.assert_clean()


def test_classes_are_named_in_the_picture(page, show):
    show(page)
    names = page.locator(".cv-names span")
    assert sorted(names.all_inner_texts()) == sorted(SETS[0]["labels"])
    choose(page, "small")
    assert sorted(names.all_inner_texts()) == sorted(SETS[2]["labels"])
    box = page.locator(".cv-plane").bounding_box()
    for name in names.all():
        inner = name.bounding_box()
        assert box["x"] <= inner["x"]
        assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    page.watch.assert_clean()


def test_controls_that_the_reader_can_compare_with(page, show):
    "Always one class, and a coin at finding errors"
    show(page)
    u = decompose(probabilities(SETS[0])[:5])
    y = SETS[0]["y"]
    wrong = u["mean"].argmax(-1).numpy() != y
    outs = read_outs(page)
    common = np.bincount(y).max() / len(y)
    assert float(outs["Accuracy, always the commonest class"]) == pytest.approx(
        common, abs=6e-4
    )
    areas = outs["Finds wrong answers: EU, AU (a coin 0.50)"].split(", ")
    for key, area in zip(("EU", "AU"), areas):
        assert float(area) == pytest.approx(auroc(u[key], wrong), abs=0.011)
    assert "no idea: log 7" in page.locator(".cv-plot").inner_html()
    page.watch.assert_clean()


def test_a_point_by_hover_number_and_arrows(page, show):
    show(page)
    EU = decompose(probabilities(SETS[0])[:5])["EU"]
    assert get(page, "picked") == int(EU.argmax())  # the loudest quarrel
    number, plane = (
        page.get_by_label("Test point", exact=True),
        page.locator(".cv-plane"),
    )
    number.fill("7")
    number.press("Tab")
    assert (
        get(page, "picked") == 6
        and "Test point 7" in page.locator(".cv-quiet").inner_text()
        and f"class {SETS[0]['y'][6]}" in page.locator(".cv-truth").inner_text()
    )
    number.fill("999")
    number.press("Tab")
    assert get(page, "picked") == 6 and number.input_value() == "7"
    mean, guesses = (
        decompose(probabilities(SETS[0])[:5])["mean"][6],
        probabilities(SETS[0])[:5, 6].argmax(-1).tolist(),
    )
    cells = page.locator(".cv-voices > *").all_inner_texts()[3:]
    assert [float(v) for v in cells[2::4]] == pytest.approx(mean.tolist(), abs=0.006)
    assert [v for v in cells[3::4]] == [
        ", ".join(str(m + 1) for m, g in enumerate(guesses) if g == c) or "–"
        for c in range(7)
    ]
    x = lambda i: int(SETS[0]["xy"][i][0])
    plane.press("ArrowRight")
    right = get(page, "picked")
    assert x(right) > x(6)
    plane.press("ArrowLeft")
    assert x(get(page, "picked")) < x(right)
    plane.press("ArrowUp")
    plane.press("ArrowDown")
    plane.scroll_into_view_if_needed()
    xy = SETS[0]["xy"].astype(float)
    far = np.linalg.norm(xy[:, None] - xy, axis=-1) + 1e4 * np.eye(120)
    lone = int(far.min(1).argmax())
    box = page.locator(".cv-dots > g").nth(lone).locator("circle").last.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert get(page, "picked") == lone and number.input_value() == str(lone + 1)
    page.watch.assert_clean()


def test_the_two_paths(page, show):
    show(page)
    path, text = SETS[0]["path"], page.locator(".cv-path")
    assert (
        "At a = 0.50 the loss is 3.30 along mixed weights and 0.25 along mixed answers"
        in text.inner_text()
        and page.locator(".cv-plot").get_attribute("aria-label") == text.inner_text()
    )
    assert "log scale" in page.locator(".cv-plot").inner_html()
    before = page.locator(".cv-hist").get_attribute("aria-label")
    assert "class 0 63 % and 14 %" in before  # 100 of 160 points
    for key, a in (("Home", 0), ("End", 20), ("ArrowLeft", 19)):
        knob(page, "a").press(key)
        assert (
            chosen(page, "a") == a
            and f"loss is {path['weights'][a]:.2f} along mixed weights and {path['answers'][a]:.2f}"
            in text.inner_text()
        )
    assert (
        page.locator(".cv-hist").get_attribute("aria-label") != before
        and page.locator(".cv-pair").count() == 7
    )
    plot = page.locator(".cv-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    at = lambda share: (box["x"] + 44 + share * (box["width"] - 54), box["y"] + 90)
    page.mouse.move(*at(0.25))
    page.mouse.down()
    assert chosen(page, "a") == 5 and knob(page, "a").input_value() == "5"
    page.mouse.move(*at(0.75))
    assert chosen(page, "a") == 15
    page.mouse.up()
    page.mouse.move(*at(0.5))
    assert chosen(page, "a") == 15  # a pointer that only passes moves nothing
    bars = page.evaluate(
        "() => [...document.querySelectorAll('.cv-pair i')].map(e => e.getBoundingClientRect().width)"
    )
    assert max(bars) > 20 and min(bars) > 0
    page.watch.assert_clean()


def test_the_bar_and_the_table(page, show):
    show(page)
    wide = lambda: page.evaluate(
        "() => [...document.querySelector('.cv-stack').children].map(e => parseFloat(e.style.width))"
    )
    u = decompose(probabilities(SETS[0])[:5])
    assert wide() == pytest.approx(
        [
            100 * float(u["AU"].mean() / u["TU"].mean()),
            100 * float(u["EU"].mean() / u["TU"].mean()),
        ],
        abs=0.01,
    )
    assert f"epistemic {float(u['EU'].mean()):.3f}" in page.locator(
        ".cv-stack"
    ).get_attribute("aria-label")
    page.locator(".cv summary").press("Enter")
    rows = page.locator(".cv tbody tr")
    rows.first.wait_for()  # the browser tells of an opened <details> a moment later
    assert rows.count() == 120 and f"{float(u['AU'][0]):.3f}" in rows.first.inner_text()
    knob(page, "members").press("Home")
    assert rows.first.inner_text().split("\t")[
        -1
    ].strip() == "0.000" and wide() == pytest.approx([100, 0], abs=1e-6)
    page.watch.assert_clean()


def test_python_drives_it(page, show):
    show(page)
    change(page, members=8, shuffle=4, level=1, colour="AU", a=3)
    assert (
        get(page, "now")
        == dict(set=0, members=8, shuffle=4, level=1, a=3, same=1, colour="AU")
        and len(get(page, "who")) == 8
    )
    assert (
        knob(page, "members").input_value() == "8"
        and page.get_by_label("AU", exact=True).is_checked()
        and knob(page, "a").input_value() == "3"
    )
    change(page, sets=encode(SETS[2:]))
    assert (
        get(page, "voices.length") == 3 and page.locator("button.cv-row").count() == 1
    )
    page.watch.assert_clean()


def test_words_in_the_text_frame_what_they_mean(page, show):
    "The part comes into the window, keeps its frame until the reader acts, and again"
    show(page)
    lit = page.locator(".cv-lit")
    assert lit.count() == 0
    for frame, words in (
        ("between", "What lies between"),
        ("relative", "Disagreement"),
    ):
        page.evaluate("() => scrollTo(0, 0)")
        change(page, frame=frame)
        page.wait_for_function(
            "() => document.querySelector('.tb-live').model.get('frame') === ''"
        )
        assert words in lit.inner_text() and lit.count() == 1
        box = lit.bounding_box()
        assert 0 <= box["y"] <= box["y"] + box["height"] <= page.viewport_size["height"]
    knob(page, "members").press("ArrowRight")
    assert lit.count() == 0
    change(page, frame="G", members=12)
    assert lit.inner_text().startswith("G = exp")
    page.wait_for_function(
        "() => document.querySelector('.tb-live').model.get('frame') === ''"
    )
    change(page, members=3)
    assert lit.count() == 0
    page.watch.assert_clean()


def test_names_cover_few_points(page, show):
    "Names stand where they cover few points, and not on one another"
    show(page)
    boxes = [n.bounding_box() for n in page.locator(".cv-names span").all()]
    for k, a in enumerate(boxes):
        for b in boxes[:k]:
            apart = abs(a["y"] - b["y"]) > 12
            assert (
                apart
                or a["x"] + a["width"] < b["x"] + 2
                or b["x"] + b["width"] < a["x"] + 2
            )
    page.watch.assert_clean()


def test_values_out_of_range_are_cut(page, show):
    show(page, set=9, members=40, level=77, colour="red", a=-4, shuffle=-2)
    assert get(page, "now") == dict(
        set=2, members=3, shuffle=0, level=0, a=0, same=1, colour="EU"
    )
    page.watch.assert_clean()


BROKEN = [
    (dict(p=np.zeros(7, np.uint8)), "probabilities do not fill"),
    (dict(y=np.zeros(0, np.uint8)), "no points"),
    (dict(xy=np.zeros((2, 2), np.int16)), "no places"),
    (dict(labels=[]), "no classes"),
    (dict(kept=[]), "no levels"),
]


@pytest.mark.parametrize("change,said", BROKEN)
def test_a_broken_set_is_said_and_others_stay(page, show, change, said):
    show(page, sets=[{**SETS[0], **change}])
    assert (
        said in page.locator(".cv-fail").inner_text()
        and page.locator(".cv-all").is_hidden()
    )
    show(page, sets=[{**SETS[0], **change}, SETS[1]])
    assert (
        said in page.locator(".cv-fail").inner_text()
        and page.locator(".cv-dots").is_hidden()
    )
    choose(page, "images")
    assert (
        page.locator(".cv-fail").is_hidden()
        and page.locator(".cv-plane").is_visible()
        and get(page, "voices.length") == 5
    )
    page.watch.assert_clean()


def test_no_set_at_all(page, show):
    show(page, sets=[])
    assert (
        "no data set" in page.locator(".cv-fail").inner_text()
        and page.locator(".cv-all").is_hidden()
    )
    change(page, sets=encode(SETS[:1]))
    assert (
        page.locator(".cv-fail").is_hidden()
        and page.locator(".cv-dots > g").count() == 120
    )
    page.watch.assert_clean()


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_reduced_motion(new_page, show, motion):
    page = show(new_page(reduced_motion=motion))
    assert page.evaluate(
        "() => getComputedStyle(document.querySelector('.cv-stack i')).transitionDuration"
    ) == ("0s" if motion == "reduce" else "0.2s")
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1200])
def test_fits_and_is_accessible(new_page, show, assert_fits, ground, width, scheme):
    page = show(
        new_page(viewport=dict(width=width, height=900), color_scheme=scheme),
        style=ground,
    )
    assert_fits(page, ".cv", width, scheme)
    page.locator(".cv summary").press("Enter")
    page.locator(".cv tbody tr").first.wait_for()
    assert_fits(page, ".cv", width, scheme)


def test_the_books_figure_is_pythons(page, tmp_path):
    "What Python writes into caption and table is what the page computes"
    from transferbook.ensembles.figure import as_set, collapse_of_voices, summary

    p = torch.tensor(RNG.standard_normal((2, 12, 30, 4)))
    s = as_set(
        "ours",
        "abcd",
        RNG.integers(0, 1001, (30, 2)),
        RNG.integers(0, 4, 30),
        p,
        kept=(50, 100),
        edges=[[0, 1]],
        edge_level=[1],
    )
    page.goto(
        collapse_of_voices([s], members=7, shuffle=3, level=0)
        .save_html(tmp_path / "figure.html")
        .as_uri()
    )
    page.wait_for_function(
        "() => document.querySelector('.tb-live').dataset.host === 'ready'"
    )
    ours, theirs = get(page, "read"), summary(s, 0, 7, 3)
    for k in ("ratio", "accuracy", "nll", "single", "G", "relative"):
        assert ours[k] == pytest.approx(theirs[k], abs=1e-4), k
    assert ours["finds"] == pytest.approx(theirs["finds"], abs=1e-4)
    np.testing.assert_allclose(
        get(page, "voices"), probabilities(s, 0, 2)[get(page, "who")], atol=1e-12
    )
    assert f"{100 * theirs['ratio']:.2g} %" in page.locator("figcaption").inner_text()
    page.watch.assert_clean()
