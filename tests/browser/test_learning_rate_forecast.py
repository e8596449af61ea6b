"""The scaling chapter's figure in a real browser: its arithmetic against Python's fits, and its controls by mouse and keys."""

import json, math
from dataclasses import replace

import numpy as np
import pytest

from transferbook.live import encode
from transferbook.scaling.figure import (
    LARGEST,
    first_setting,
    fit_for,
    forecast_state,
    learning_rate_forecast,
    lowest_at,
    measured_cost,
    miss_of,
    number_of,
    numbers_of,
    outlook,
    pilot_fans,
    unpacked,
)
from transferbook.scaling.fits import PLANTED, coordinates, joint, penalty, planted
from transferbook.scaling.published import published

FIG = "document.querySelector('.lf').figure"
MODEL = "document.querySelector('.tb-live').model"


@pytest.fixture(scope="module")
def state():
    "Planted sweeps of four arms, one of their runs diverged"
    sweeps = pilot_fans()
    sweeps["SP+Embd"].losses[:, 3, -1] = np.nan
    return forecast_state(sweeps)


@pytest.fixture
def show(opened, state):
    "Open the figure as one offline file"

    def show(page, style="", **start):
        return opened(page, learning_rate_forecast(state, **start), style)

    return show


def chosen(page, name):
    return page.evaluate(f"name => {MODEL}.get(name)", name)


def get(page, what):
    return page.evaluate(f"() => {FIG}.{what}")


def knob(page, k):
    return page.locator(f".lf [data-k={k}]")


def text(page, part):
    return " ".join(page.locator(f".lf-{part}").inner_text().split())


def press(page, name):
    page.get_by_role("button", name=name).click()


def arm_of(state, **on):
    number = number_of([k for k, v in on.items() if v])
    return next(a for a in state["arms"] if a["number"] == number)


# --- arithmetic


@pytest.mark.parametrize("power", [0, 0.5, 1])
@pytest.mark.parametrize("target", [32, 256, 1000])
def test_penalty_is_pythons(arithmetic, target, power):
    law, middle = PLANTED, math.log(90)
    fit = dict(law=coordinates(law, middle).tolist(), middle=middle)
    move = dict(base=32, target=target, rate=0.013, power=power)
    ours = arithmetic("a => figure.penalty(...a)", [fit, move])
    assert ours == pytest.approx(penalty(law, **move), rel=1e-9)


def test_the_law_is_pythons(arithmetic):
    middle, x = math.log(90), -5.1
    theta = coordinates(PLANTED, middle).tolist()
    for n in (16, 90, 700):
        u = math.log(n) - middle
        loss = arithmetic("a => figure.lossOf(...a)", [theta, u, x])
        assert loss == pytest.approx(PLANTED.loss(n, x))
        parts = arithmetic("a => figure.partsOf(...a)", [theta, u])
        assert parts["optimum"] == pytest.approx(PLANTED.optimum(n))
        assert parts["reducible"] == pytest.approx(PLANTED.reducible(n))
        assert parts["curvature"] == pytest.approx(1.05 * n**-0.4)


def test_a_fixed_miss_costs_a_share_with_slope_kappa(arithmetic):
    theta = coordinates(PLANTED, 0).tolist()

    def share(n):
        x = PLANTED.optimum(n) + 0.3
        return arithmetic("a => figure.costOf(...a).share", [theta, math.log(n), x])

    slope = math.log(share(1024) / share(32)) / math.log(32)
    assert slope == pytest.approx(PLANTED.alpha + PLANTED.gamma_x)


def test_quantiles_are_numpys(arithmetic):
    values = np.random.default_rng(0).normal(size=100).tolist()
    for q in (0, 0.025, 0.4, 0.975, 1):
        ours = arithmetic("a => figure.quantile(...a)", [values, q])
        assert ours == pytest.approx(np.quantile(values, q))
    ours = arithmetic("v => figure.between(v)", values)
    rest = np.quantile(values[1:], [0.025, 0.975])
    assert ours == pytest.approx([values[0], *rest])


def test_refits_are_unpacked_as_in_python(arithmetic, state):
    fit = state["arms"][0]["fits"][0]
    ours = arithmetic("f => figure.lawsOf(f)", encode(fit))
    np.testing.assert_allclose(ours, np.vstack([fit["law"], unpacked(fit)]))


def test_what_was_run_is_pythons(arithmetic):
    x, losses = [-9, -8, -7, -6], [5.0, 4.0, 4.5, None]
    for at in (-9.5, -9, -8.3, -8, -7, -6.5, -6, -5):
        ours = arithmetic("a => figure.measuredCost(...a)", [x, losses, at])
        assert ours == pytest.approx(measured_cost(x, losses, at))


SETTINGS = [
    dict(base=32, target=256, guess=-6.2, blind=1),
    dict(base=32, target=256, guess=-6.2, blind=0),
    dict(base=64, target=128, guess=-8.0, blind=1),
    dict(base=128, target=2048, guess=-7.7, blind=1),
]


@pytest.mark.parametrize("at", SETTINGS)
@pytest.mark.parametrize("k", range(4))
def test_the_outlook_is_pythons(arithmetic, state, at, k):
    arm = state["arms"][k]
    ours = arithmetic("a => figure.outlook(...a)", [encode(arm), at])
    theirs = outlook(arm, at)
    assert ours["fit"]["widths"] == fit_for(arm, at["target"], at["blind"])["widths"]
    assert ours["best"] == pytest.approx(theirs["best"])
    assert ours["kappa"] == pytest.approx(theirs["kappa"])
    for one, other in zip(ours["ways"], theirs["ways"]):
        for name in ("x", "nats", "share", "measured", "expected"):
            assert one[name] == pytest.approx(other[name])
        miss = arithmetic("way => figure.missOf(way)", one)
        assert miss == pytest.approx(miss_of(other))


def test_a_setting_is_moved_to_what_was_measured(arithmetic, state):
    arm = encode(state["arms"][0])

    def settled(**at):
        return arithmetic("a => figure.settled(...a)", [arm, at])

    kept = dict(base=64, target=256, guess=-7)
    assert settled(**kept) == kept
    moved = settled(base=256, target=128, guess=40)
    assert (moved["base"], moved["target"]) == (256, 512)
    assert moved["guess"] == arm["x"][3][-1]
    number = arithmetic("s => figure.numberOf(s)", dict(embd=1, ln=0, attn=1, last=1))
    assert number == number_of(["embd", "attn", "last"])


# --- the figure


def test_the_first_state_shows_the_finding(page, show, state):
    show(page)
    at = first_setting(state)
    rows = numbers_of(state, at)
    ways = outlook(arm_of(state), at)["ways"]
    assert ways[1]["nats"][0] < ways[0]["nats"][0]
    said = text(page, "said")
    kept = rows[0]["nats by the forecast"].split()[0]
    assert f"kept as it is, η = 0.015: forecast {float(kept):.2f} [" in said
    assert f"measured {ways[0]['measured']:.2f}" in said
    assert "divided by 8" in said and "it has not seen width 256" in said
    best = {arm: loss for loss, arm in lowest_at(state, at)}
    short = text(page, "short")
    assert f"Best runs at width 256: SP+Embd {best['SP+Embd']:.2f} nats" in short
    assert f"SP {best['SP'] - best['SP+Embd']:.2f}" in short
    for k, way in enumerate(get(page, "seen.ways")):
        assert way["nats"] == pytest.approx(ways[k]["nats"])
    label = page.locator(".lf-fans").get_attribute("aria-label")
    assert "widths 32 and 256" in label and "kept as it is" in label
    assert page.locator(".lf-fans .lf-run").count() == 14
    page.watch.assert_clean()


def test_the_state_is_small(state):
    assert len(json.dumps(encode(state))) < LARGEST


def test_every_slider_by_keyboard(page, show, state):
    show(page)
    x = arm_of(state)["x"]
    for k, low, high in (
        ("guess", x[0][0], x[0][-1]),
        ("target", 64, 2048),
        ("base", 32, 256),
        ("decay", 0, 0.01),
    ):
        for key, value in (("End", high), ("Home", low)):
            before = text(page, "said")
            knob(page, k).press(key)
            assert chosen(page, k) == pytest.approx(value), k
            assert text(page, "said") != before, k
            shown = knob(page, k).get_attribute("aria-valuetext")
            wanted = 2**value if k == "guess" else value
            assert float(shown) == pytest.approx(wanted, rel=0.05), k
    page.watch.assert_clean()


def test_the_target_stays_above_the_base(page, show):
    show(page)
    knob(page, "base").press("End")
    assert (chosen(page, "base"), chosen(page, "target")) == (256, 512)
    assert "not measured." in text(page, "said")
    assert page.locator(".lf-fans .lf-run").count() == 7
    page.watch.assert_clean()


def test_a_switch_moves_to_another_arm(page, show, state):
    show(page)
    knob(page, "embd").press("Space")
    at = first_setting(state, embd=1) | dict(guess=chosen(page, "guess"))
    assert text(page, "said").startswith("SP+Embd at λ = 0.")
    theirs = outlook(arm_of(state, embd=1), at)
    assert get(page, "seen.kappa") == pytest.approx(theirs["kappa"])
    row = published().query("arm == 'SP+Embd' and decay == 0").iloc[0]
    assert f"κ −{-row.kappa:.2f}" in text(page, "row")
    assert page.locator(".lf-fans .lf-run").count() == 13  # one diverged
    page.watch.assert_clean()


def test_what_was_not_measured_has_its_published_point_only(page, show):
    show(page)
    knob(page, "ln").press("Space")
    assert "SP+LN at λ = 0 was not measured here" in text(page, "none")
    assert "R(∞) −2.20" in text(page, "short")
    assert "one of ten equal ones" in text(page, "row")
    assert page.locator(".lf-fans .lf-run").count() == 0
    assert knob(page, "guess").is_disabled()
    assert page.locator(".lf-plane .lf-here").count() == 1
    assert page.get_by_role("button", name="Keep my guess").is_disabled()
    knob(page, "ln").press("Space")
    knob(page, "attn").press("Space")
    assert "no row for SP+Attn at λ = 0" in text(page, "row")
    assert page.locator(".lf-plane .lf-here").count() == 0
    page.watch.assert_clean()


def test_the_way_changes_what_is_counted(page, show, state):
    show(page)
    share = text(page, "share")
    knob(page, "power").select_option("1")
    assert chosen(page, "power") == 1 and text(page, "share") != share
    bold = page.locator(".lf-said strong").inner_text()
    assert bold.startswith("divided by 8") and text(page, "quiet") == bold
    knob(page, "blind").press("Space")
    assert "it has seen width 256" in text(page, "said")
    page.watch.assert_clean()


def test_the_reader_keeps_guesses(page, show, state):
    show(page)
    knob(page, "guess").press("Home")
    press(page, "Keep my guess")
    at = first_setting(state)
    low = outlook(arm_of(state), at | dict(guess=chosen(page, "guess")))
    best = outlook(arm_of(state), at)
    cost = low["ways"][0]["nats"][0]
    line = text(page, "kept")
    assert f"forecast {cost:.{3 if cost < 0.095 else 2}f} [" in line
    word = "cheaper" if cost < best["ways"][0]["nats"][0] else "dearer"
    assert f"{word} than the base’s fitted best" in line
    assert text(page, "quiet") == f"Kept. {line}"
    assert page.locator(".lf-diamond").count() == 1
    press(page, "Fitted best at the base")
    assert chosen(page, "guess") == pytest.approx(at["guess"])
    press(page, "Keep my guess")
    items = page.locator(".lf-kept li")
    assert items.count() == 2 and "as good as the base’s fitted best" in text(
        page, "kept"
    )
    knob(page, "embd").press("Space")
    assert items.count() == 2 and page.locator(".lf-diamond").count() == 0
    knob(page, "embd").press("Space")
    for _ in range(5):
        press(page, "Keep my guess")
    assert items.count() == 5 and len(chosen(page, "kept")) == 5
    press(page, "Forget my guesses")
    assert items.count() == 0 and chosen(page, "kept") == []
    page.watch.assert_clean()


def test_the_guess_is_dragged(page, show):
    show(page)
    grip = page.locator(".lf-guess circle")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = chosen(page, "guess")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=3)
    page.mouse.up()
    after = chosen(page, "guess")
    assert after < before - 0.5
    assert float(knob(page, "guess").input_value()) == pytest.approx(after)
    assert text(page, "quiet").startswith("kept as it is")
    page.watch.assert_clean()


def test_a_published_point_sets_the_switches(page, show):
    show(page)
    rows = published()
    k = int(rows.query("arm == 'μP−Last'").E.argmax())
    row = rows[rows.arm == "μP−Last"].iloc[k]
    at = rows.index.get_loc(row.name)
    page.locator(".lf-plane .lf-point").nth(at).dispatch_event("click")
    assert chosen(page, "decay") == row.decay and chosen(page, "last") == 0
    assert knob(page, "attn").is_checked()
    assert text(page, "row").startswith("Published for μP−Last")
    page.watch.assert_clean()


def test_the_numbers_stand_in_a_table(page, show, state):
    show(page)
    page.locator(".lf summary").press("Enter")
    rows = page.locator(".lf tbody tr")
    rows.first.wait_for()
    arm = arm_of(state)
    assert rows.count() == len({*arm["x"][0], *arm["x"][3]})
    assert f"{arm['losses'][3][0]:.3f}" in rows.first.inner_text()
    assert "–" in rows.first.inner_text()
    knob(page, "embd").press("Space")
    assert "diverged" in page.locator(".lf tbody").inner_text()
    page.watch.assert_clean()


def test_python_drives_it(page, show, state):
    show(page)
    values = dict(embd=1, ln=1, attn=1, last=1, target=1024, power=1)
    page.evaluate(f"s => {MODEL}.set(s)", values)
    assert text(page, "said").startswith("μP at λ = 0.")
    assert knob(page, "target").get_attribute("aria-valuetext") == "1024"
    at = first_setting(state) | values | dict(guess=get(page, "now.guess"))
    theirs = outlook(arm_of(state, embd=1, ln=1, attn=1, last=1), at)
    assert get(page, "seen.best") == pytest.approx(theirs["best"])
    page.watch.assert_clean()


def test_three_widths_make_one_fit(page, tmp_path):
    sweep = planted(widths=(32, 64, 128), noise=0.01, seeds=2)
    live = learning_rate_forecast(forecast_state({"SP": sweep}))
    page.goto(live.save_html(tmp_path / "figure.html").as_uri())
    page.wait_for_function(
        "() => document.querySelector('.tb-live').dataset.host === 'ready'"
    )
    assert "it has seen width 128" in text(page, "said")
    best = joint(sweep).law.optimum(128) / math.log(2)
    assert get(page, "seen.best")[0] == pytest.approx(best)
    page.watch.assert_clean()


def test_an_arm_without_a_law_says_why(page, tmp_path):
    rising = planted(PLANTED, rates=2.0 ** np.arange(-3, 4))
    live = learning_rate_forecast(forecast_state({"SP": rising}))
    page.goto(live.save_html(tmp_path / "figure.html").as_uri())
    page.wait_for_function(
        "() => document.querySelector('.tb-live').dataset.host === 'ready'"
    )
    assert "SP at λ = 0 has no law that fits here (sweep: got 0" in text(page, "none")
    assert page.locator(".lf-none button").count() == 0
    knob(page, "embd").press("Space")
    assert "SP+Embd at λ = 0 was not measured here" in text(page, "none")
    page.watch.assert_clean()


# --- what a reader has to be told


@pytest.fixture
def astray(tmp_path):
    "Planted fans whose widest has its bottom an octave away from the law"
    sweep = planted(noise=0.01, seeds=2)
    sweep.losses[:, -1] = np.roll(sweep.losses[:, -1], 1, axis=-1)
    state = forecast_state({"SP": sweep})
    return learning_rate_forecast(state).save_html(tmp_path / "figure.html"), state


def open_file(page, path):
    page.goto(path.as_uri())
    page.wait_for_function(
        "() => document.querySelector('.tb-live').dataset.host === 'ready'"
    )


def test_a_miss_of_the_law_is_told_where_it_happens(page, astray):
    path, state = astray
    open_file(page, path)
    ways = outlook(arm_of(state), first_setting(state))["ways"]
    assert all(miss_of(way) for way in ways)
    lines = page.locator(".lf-said li")
    for k, way in enumerate(ways):
        line = " ".join(lines.nth(k).inner_text().split())
        run = way["measured"]
        said = f"measured {run:.{3 if run < 0.095 else 2}f}: the law misses here"
        assert said in line, line
    said = text(page, "said")
    best = said.split("Best rate there")[1].split("The law")[0]
    assert "the law misses here, too low by a factor" in best
    assert page.locator(".lf-fans .lf-x").count() == 2
    press(page, "Keep my guess")
    assert "the law misses here" in text(page, "kept")
    page.watch.assert_clean()


def test_a_law_that_holds_is_not_called_a_miss(page, show, state):
    show(page)
    said = text(page, "said")
    assert not any(
        miss_of(w) for w in outlook(arm_of(state), first_setting(state))["ways"]
    )
    assert "the law misses here" not in said
    page.watch.assert_clean()


def test_both_slopes_of_the_best_rate_are_told(page, show, state):
    show(page)
    arm = arm_of(state)
    law = fit_for(arm, 256)["law"][6]
    mean = -arm["drift"][0]
    said = text(page, "short")
    assert f"the best η falls by {law:.2f} [" in said
    assert f"in this law, by {mean:.2f} [" in said
    page.watch.assert_clean()


def test_what_has_to_follow_is_told(page, show, state):
    show(page)
    assert text(page, "moved") == ""
    knob(page, "guess").press("End")
    before = chosen(page, "guess")
    knob(page, "base").press("End")
    arm = arm_of(state)
    assert chosen(page, "guess") == arm["x"][3][-1] < before
    moved = text(page, "moved")
    assert "Target moved to 512: it has to be wider than the base." in moved
    assert f"Your rate moved to {2 ** arm['x'][3][-1]:.2g}: width 256 was run" in moved
    assert moved in text(page, "quiet")
    knob(page, "target").press("End")
    assert text(page, "moved") == ""
    page.evaluate(f"() => {MODEL}.set({{ base: 32, target: 16 }})")
    assert text(page, "moved").startswith("Target moved to 64")
    page.watch.assert_clean()


def test_hide_target_is_ticked_only_where_it_is_hidden(page, show):
    show(page)
    box = knob(page, "blind")
    assert box.is_checked() and box.is_enabled()
    knob(page, "target").press("ArrowLeft")
    assert "it has seen width 128" in text(page, "said")
    assert not box.is_checked() and box.is_disabled()
    assert text(page, "blind") == "(width 128: it needs three narrower ones)"
    knob(page, "target").press("End")
    assert box.is_checked() and box.is_disabled()
    assert text(page, "blind") == "(width 2048: it was not run)"
    page.evaluate(f"() => {MODEL}.set({{ target: 256 }})")
    assert box.is_checked() and box.is_enabled()
    page.watch.assert_clean()


def test_m_counts_from_the_narrowest_width(page, show):
    show(page)
    for base in (32, 64):
        page.evaluate(f"b => {MODEL}.set({{ base: b }})", base)
        assert text(page, "ratio") == "m = n/32, whatever the base: 8 at width 256"


def test_the_fitted_best_says_what_it_is(page, show):
    show(page)
    words = "the bottom of a cubic through the runs"
    assert words in text(page, "said").split("At width")[0]
    knob(page, "guess").press("Home")
    assert words not in text(page, "said").split("At width")[0]
    press(page, "Fitted best at the base")
    assert words in text(page, "said").split("At width")[0]


def test_nothing_jumps_without_a_measurement_and_there_is_a_way_back(page, show):
    show(page)

    def places():
        parts = [".lf-fans", ".lf-shares", "[data-k=guess]", "[data-k=target]"]
        return [page.locator(f".lf {part}").bounding_box() for part in parts]

    def values():
        return [
            knob(page, k).input_value() for k in ("guess", "base", "target", "power")
        ]

    boxes, numbers = places(), values()
    knob(page, "ln").press("Space")
    assert (places(), values()) == (boxes, numbers)
    for part in ("fans", "shares"):
        label = page.locator(f".lf-{part}").get_attribute("aria-label")
        assert label.startswith("SP+LN at λ = 0 was not measured")
    page.locator(".lf-none").get_by_role("button", name="μP", exact=True).click()
    assert text(page, "none") == ""
    assert [chosen(page, k) for k in ("embd", "ln", "attn", "last")] == [1] * 4
    assert text(page, "said").startswith("μP at λ = 0.")
    assert text(page, "quiet").startswith("kept as it is")
    assert (
        page.evaluate("document.activeElement.dataset.k") == "guess"
    )  # the button is gone
    page.watch.assert_clean()


def test_labels_follow_every_change(page, show):
    show(page)
    before = {}
    for key, value in (("target", 128), ("embd", 1), ("power", 1), ("guess", -7.0)):
        page.evaluate(f"s => {MODEL}.set(s)", {key: value})
        label = page.locator(".lf-fans").get_attribute("aria-label")
        assert label not in before.values(), key
        before[key] = label
        assert f"At width {get(page, 'now.target')} it costs" in label
        if key == "embd":
            assert "SP+Embd at λ = 0" in label


def test_what_is_not_identified_has_no_line_that_looks_sure(page, tmp_path):
    flat = planted(replace(PLANTED, A=0.001), noise=0.02, seeds=2)
    live = learning_rate_forecast(forecast_state({"SP": flat}, draws=50))
    assert (
        "not identified"
        in live.html().split('class="tb-stage"')[1].split("</table>")[0]
    )
    open_file(page, live.save_html(tmp_path / "figure.html"))
    assert "not identified" in text(page, "share")
    assert "not identified: shape only" in page.locator(".lf-shares").text_content()
    assert page.locator(".lf-shares [fill-opacity]").count() == 0
    page.watch.assert_clean()


def test_lines_below_the_plot_run_along_its_edge(page, show):
    show(page)
    page.evaluate(f"() => {MODEL}.set({{ power: 1, target: 2048, blind: 0 }})")
    low, paths = page.evaluate(
        """() => {
          const svg = document.querySelector('.lf-shares svg');
          const paths = [...svg.querySelectorAll('path:not([fill-opacity])')];
          const numbers = paths.map(p => p.getAttribute('d').match(/-?[\\d.]+/g).map(Number));
          return [svg.height.baseVal.value, numbers.map(n => Math.max(...n.filter((_, i) => i % 2)))];
        }"""
    )
    assert len(paths) >= 3 and max(paths) <= low
    assert "lower edge: 0.01 % or less" in text(page, "lines")
    assert "twice the best rate" in text(page, "lines")


@pytest.mark.parametrize("width", [360, 380, 1280])
def test_every_plot_fits_and_the_first_stands_above_the_controls(new_page, show, width):
    page = show(new_page(viewport=dict(width=width, height=740)))
    room = page.locator(".lf").bounding_box()
    for part in ("fans", "shares", "plane"):
        box = page.locator(f".lf-{part}").bounding_box()
        assert box["x"] >= room["x"] - 1
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
    plot = page.locator(".lf-fans").bounding_box()
    slider = knob(page, "guess").bounding_box()
    assert plot["y"] < room["y"] + 120
    assert plot["y"] + plot["height"] < slider["y"] < 740
    knob(page, "ln").press("Space")
    there, room = page.locator(".lf-none").evaluate(
        "e => [e.scrollHeight, e.clientHeight]"
    )
    assert there <= room
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1200])
def test_fits_and_is_accessible(new_page, show, assert_fits, ground, width, scheme):
    page = show(
        new_page(viewport=dict(width=width, height=900), color_scheme=scheme),
        style=ground,
    )
    press(page, "Keep my guess")
    assert_fits(page, ".lf", width, scheme)
    page.locator(".lf summary").press("Enter")
    page.locator(".lf tbody tr").first.wait_for()
    assert_fits(page, ".lf", width, scheme)
    knob(page, "ln").press("Space")
    assert_fits(page, ".lf", width, scheme)
