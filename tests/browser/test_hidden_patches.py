"""The medical chapter's figure in a real browser: its arithmetic and its network against Python, and its controls by mouse and keys."""

import json

import numpy as np
import pytest

from transferbook.live import encode
from transferbook.medical.entropy import denoised
from transferbook.medical.figure import (
    CHOICES,
    LIMITS,
    SCORES,
    Filler,
    drawn_mask,
    fill_errors,
    fill_in,
    first_setting,
    harmonic,
    hashed,
    hidden_patches,
    map_of,
    mixing,
    packed_branches,
    packed_weights,
    patches_state,
    planted_branches,
    readout,
    shown_pictures,
    times_drawn,
    unpacked_probabilities,
    unpacked_weights,
)
from transferbook.medical.measures import confusion

FIG = "document.querySelector('.hp').figure"
MODEL = "document.querySelector('.tb-live').model"
AT = dict(patch=8, bins=16, alpha=1.0, ratio=0.6, temperature=0.08, seed=0)


def weights():
    "A network that has learnt nothing, with gains that are not those of its start"
    filler = Filler(3)
    for k, p in enumerate(filler.parameters()):
        p.data += 0.1 * np.cos(k) * p.data.std(correction=0)
    return packed_weights(filler)


@pytest.fixture(scope="module")
def state():
    return patches_state(planted_branches(), weights())


@pytest.fixture
def show(opened, state):
    "Open the figure as one offline file"

    def show(page, style="", **start):
        return opened(page, hidden_patches(state, note="A test.", **start), style)

    return show


def chosen(page, name):
    return page.evaluate(f"name => {MODEL}.get(name)", name)


def get(page, what):
    return page.evaluate(f"() => {FIG}.{what}")


def knob(page, k):
    return page.locator(f".hp [data-k={k}]")


def text(page, part):
    return " ".join(page.locator(f".hp-{part}").inner_text().split())


def pixels(page, tile):
    "Red of each pixel of a canvas"
    return page.evaluate(
        "tile => { const c = document.querySelector(`[data-tile=${tile}]`);"
        "return [...c.getContext('2d').getImageData(0, 0, 64, 64).data]"
        ".filter((_, k) => k % 4 === 0) }",
        tile,
    )


# --- arithmetic


def test_random_numbers_are_pythons(arithmetic):
    for seed in (0, 1, 99, 2**31, 2**32 - 1):
        ours = arithmetic("a => figure.hashed(...a)", [seed, 50])
        assert ours == hashed(seed, 50).tolist()


SETTINGS = [
    dict(),
    dict(mode="denoised"),
    dict(mode="low", bins=4, temperature=0.3),
    dict(mode="topk", alpha=2.0),
    dict(mode="random", patch=16, ratio=0.33),
    dict(patch=32, bins=256, alpha=0.0, ratio=0.9),
    dict(alpha=0.5, bins=64, ratio=0.1, temperature=0.01),
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_entropies_and_masks_are_pythons(arithmetic, setting):
    at = dict(mode="entropy") | AT | setting
    how = at["ratio"], at["temperature"], at["mode"]
    for image in shown_pictures()["images"]:
        pixels = image.ravel().tolist()
        ours = arithmetic("a => figure.mapOf(...a)", [pixels, at])
        theirs = map_of(image[None], at)[0].numpy()
        np.testing.assert_allclose(ours, theirs.ravel(), atol=1e-12)
        for seed in range(3):
            mask = arithmetic("a => [...figure.drawnMask(...a)]", [ours, at, seed])
            assert mask == drawn_mask(theirs, *how, seed).astype(int).ravel().tolist()


def test_lees_filter_is_pythons(arithmetic):
    images = shown_pictures()["images"]
    flat = np.full((1, 64, 64), 7, np.uint8)
    for image in np.concatenate([images, flat]):
        ours = arithmetic("x => [...figure.denoised(x)]", image.ravel().tolist())
        assert ours == denoised(image[None])[0].ravel().tolist()


@pytest.mark.parametrize("side, ratio", [(8, 0.6), (16, 0.9), (32, 0.75), (8, 0.0)])
def test_harmonic_interpolation_is_pythons(arithmetic, side, ratio):
    picture = shown_pictures()["images"][6] / 255
    hidden = drawn_mask(np.zeros((64 // side,) * 2), ratio, mode="random", seed=5)
    given = [picture.ravel().tolist(), hidden.astype(int).ravel().tolist()]
    ours = arithmetic("([x, m]) => [...figure.harmonic(x, figure.finer(m, 64))]", given)
    np.testing.assert_allclose(ours, harmonic(picture, hidden).ravel(), atol=1e-6)


@pytest.mark.parametrize("side, ratio", [(8, 0.6), (8, 0.98), (16, 0.5), (32, 0.75)])
def test_the_network_is_pythons(arithmetic, side, ratio):
    bits = weights()
    filler = unpacked_weights(bits)
    network = encode(dict(widths=[24, 40], weights=bits))
    for k in (0, 6, 7):
        image = shown_pictures()["images"][k]
        hidden = drawn_mask(np.zeros((64 // side,) * 2), ratio, mode="random", seed=k)
        given = [
            network,
            (image / 255).ravel().tolist(),
            hidden.astype(int).ravel().tolist(),
        ]
        ours = arithmetic(
            "([n, x, m]) => { const net = figure.readNetwork(n);"
            "const { fills, errors } = figure.fillsOf(net, x, m);"
            "return { fill: [...fills.network], errors, unused: net.unused } }",
            given,
        )
        assert ours["unused"] == 0
        theirs = fill_in(filler, image, hidden)
        np.testing.assert_allclose(ours["fill"], theirs.ravel(), atol=1e-3)
        assert ours["errors"] == pytest.approx(
            fill_errors(filler, image, hidden), abs=0.05
        )


def test_hidden_pixels_do_not_reach_the_network(arithmetic):
    network = encode(dict(widths=[24, 40], weights=weights()))
    hidden = drawn_mask(np.zeros((8, 8)), mode="random", seed=1)
    fine = hidden.repeat(8, 0).repeat(8, 1)
    picture = shown_pictures()["images"][0] / 255
    other = np.where(fine, 0.9, picture)
    first, second = (
        arithmetic(
            "([n, x, m]) => [...figure.believed(figure.readNetwork(n), x, m)]",
            [network, x.ravel().tolist(), hidden.astype(int).ravel().tolist()],
        )
        for x in (picture, other)
    )
    assert first == second


def test_resamples_are_pythons(arithmetic):
    groups, folds = [0, 0, 3, 1, 1, 2, 5, 4], [0, 0, 1, 1, 1, 0, 2, 0]
    ours = arithmetic(
        "a => figure.timesDrawn(...a).map(row => [...row])", [groups, folds, 40, 7]
    )
    assert ours == times_drawn(groups, folds, 40, 7).tolist()


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("share", [0.0, 0.35, 1.0])
def test_mixing_is_pythons(arithmetic, score, share):
    pack = packed_branches(planted_branches(seed=4))
    at = dict(first=0, second=3, control=1, share=share, score=score)
    ours = arithmetic(
        "([b, at]) => figure.mixing(figure.readBranches(b), at)", [encode(pack), at]
    )
    for name, value in mixing(pack, at).items():
        assert ours[name] == pytest.approx(value, abs=1e-9), name


# --- the figure


def test_the_first_state_shows_the_finding(page, show, state):
    show(page)
    at = first_setting(state)
    seen = readout(state, at)
    own, other = seen["average"]
    said = text(page, "said")
    assert f"This mask hides {100 * seen['this'][0]:.0f} % of the lesion" in said
    assert f"hide {100 * own:.0f} % of it on average" in said
    assert f"and {100 * other:.0f} % of the other phantoms" in said
    for name, value in seen["errors"].items():
        assert get(page, f"seen.errors.{name}") == pytest.approx(value, abs=0.05)
    assert f"network {seen['errors']['network']:.1f}" in said
    assert get(page, "seen.hidden") == seen["hidden"].ravel().tolist()
    ours = get(page, "mix")
    for name, value in mixing(state["branches"], at).items():
        assert ours[name] == pytest.approx(value, abs=1e-9)
    label = page.locator(".hp-tiles").get_attribute("aria-label")
    assert (
        label.startswith(state["pictures"][at["picture"]]) and "of the lesion" in label
    )
    assert "Hidden patches by entropy" in page.locator(".hp-bars").get_attribute(
        "aria-label"
    )
    assert "No medical advice" in page.locator("figcaption").inner_text()
    page.watch.assert_clean()


def test_the_parts_of_the_state_are_small(state):
    def size(*names):
        return len(json.dumps(encode({k: state[k] for k in names})))

    assert size("pictures", "images", "lesions") < LIMITS["pictures"]
    assert size("branches") < LIMITS["branches"]
    assert state["network"]["weights"].nbytes < 80_000


def test_what_is_drawn_is_what_is_known(page, show, state):
    show(page, picture=6)
    at = first_setting(state, picture=6)
    seen = readout(state, at)
    fine = seen["hidden"].repeat(8, 0).repeat(8, 1)
    image = state["images"][6]
    visible = np.array(pixels(page, "visible")).reshape(64, 64)
    assert (visible[~fine] == image[~fine]).all()
    assert set(visible[fine]) == {128}
    network = unpacked_weights(state["network"]["weights"])
    drawn = np.array(pixels(page, "network")).reshape(64, 64)
    expected = 255 * fill_in(network, image, seen["hidden"])
    assert np.abs(drawn - expected).max() < 1
    assert "no lesion is marked here" in text(page, "said")
    page.watch.assert_clean()


@pytest.mark.parametrize(
    "k, low, high",
    [
        ("ratio", 0.1, 0.9),
        ("temperature", 0.01, 1.2),
        ("alpha", 0, 4),
        ("patch", 8, 32),
        ("bins", 4, 256),
        ("seed", 0, 99),
        ("share", 0, 1),
    ],
)
def test_every_slider_by_keyboard(page, show, state, k, low, high):
    show(page)
    part = "mixed" if k == "share" else "said"
    said = []
    for key, value in (("End", high), ("Home", low)):
        knob(page, k).press(key)
        assert chosen(page, k) == pytest.approx(value)
        shown = knob(page, k).get_attribute("aria-valuetext")
        assert float(shown) == pytest.approx(value)
        said.append(text(page, part))
        quiet = text(page, "quiet")
        assert quiet and quiet in said[-1]
    assert said[0] != said[1]
    if k != "share":
        at = first_setting(state, **{k: low})
        hidden = readout(state, at)["hidden"].ravel().tolist()
        assert get(page, "seen.hidden") == hidden
    page.watch.assert_clean()


def test_nothing_hidden_is_said(page, show):
    show(page, patch=32)
    knob(page, "ratio").press("Home")
    assert "Nothing is hidden" in text(page, "said")
    assert text(page, "said").startswith("This mask hides 0 % of the lesion")
    assert "NaN" not in page.locator(".hp").inner_text()
    page.watch.assert_clean()


def test_every_choice(page, show, state):
    show(page)
    for mode in CHOICES:
        knob(page, "mode").select_option(mode)
        at = first_setting(state, mode=mode)
        hidden = readout(state, at)["hidden"].ravel().tolist()
        assert get(page, "seen.hidden") == hidden
        row = state["study"]["modes"][mode]
        assert f"lesion {100 * row['own']:.0f} %" in text(page, "said")
        assert knob(page, "temperature").is_disabled() == (mode in ("random", "topk"))
    for k in range(len(state["pictures"])):
        knob(page, "picture").select_option(str(k))
        assert chosen(page, "picture") == k
    for score in SCORES:
        knob(page, "score").select_option(score)
        for second in (1, 2):
            knob(page, "second").select_option(str(second))
            at = first_setting(state, score=score, second=second)
            theirs = mixing(state["branches"], at)
            assert get(page, "mix.gain") == pytest.approx(theirs["gain"], abs=1e-9)
    knob(page, "control").select_option("1")
    assert get(page, "mix.difference[0]") != 0
    knob(page, "control").select_option("2")
    assert get(page, "mix.difference") == [0, 0, 0]
    assert "cannot be told apart" in text(page, "mixed")
    page.watch.assert_clean()


def test_the_share_is_dragged(page, show, state):
    show(page)
    plot = page.locator(".hp-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 20, middle, steps=4)
    page.mouse.up()
    share = chosen(page, "share")
    assert share > 0.9 and float(knob(page, "share").input_value()) == share
    table = confusion(
        unpacked_probabilities(state["branches"])[3], state["branches"]["labels"]
    )
    knob(page, "share").press("End")
    first = page.locator(".hp-confusion tbody tr").first.inner_text().split()
    assert int(first[1]) == table[0, 0]
    page.watch.assert_clean()


def test_the_numbers_stand_in_tables(page, show, state):
    show(page)
    for part in ("masks", "mixes"):
        page.locator(f".hp [data-part={part}] summary").press("Enter")
    masks = page.locator("[data-part=masks] table").first.locator("tbody tr")
    assert masks.count() == 24
    cells = [row.split() for row in masks.all_inner_texts()]
    assert (
        sum(int(row[-1]) for row in cells)
        == readout(state, first_setting(state))["hidden"].sum()
    )
    assert page.locator("[data-part=mixes] tbody tr").count() == 21
    page.watch.assert_clean()


def test_python_drives_it_and_its_panel_comes_first(page, show, state):
    show(page)
    page.evaluate(f"s => {MODEL}.set(s)", dict(mode="denoised", picture=3))
    at = first_setting(state, mode="denoised", picture=3)
    hidden = readout(state, at)["hidden"].ravel().tolist()
    assert get(page, "seen.hidden") == hidden
    assert knob(page, "mode").input_value() == "denoised"
    panel = "() => document.querySelector('.hp section').className"
    assert page.evaluate(panel) == "hp-mask"
    page.evaluate(f"s => {MODEL}.set(s)", dict(share=0.2, second=2))
    assert page.evaluate(panel) == "hp-mix"
    theirs = mixing(state["branches"], first_setting(state, share=0.2, second=2))
    assert get(page, "mix.level") == pytest.approx(theirs["level"])
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1200])
def test_fits_and_is_accessible(new_page, show, assert_fits, ground, width, scheme):
    page = show(
        new_page(viewport=dict(width=width, height=900), color_scheme=scheme),
        style=ground,
    )
    assert_fits(page, ".hp", width, scheme)
    for part in ("masks", "mixes"):
        page.locator(f".hp [data-part={part}] summary").press("Enter")
    assert_fits(page, ".hp", width, scheme)


def test_a_phone_shows_every_picture_at_once(new_page, show):
    page = show(new_page(viewport=dict(width=380, height=700)))
    for values, picture in ((dict(mode="low"), "tiles"), (dict(share=0.3), "plot")):
        page.evaluate(f"s => {MODEL}.set(s)", values)
        page.locator(".tb-live").evaluate("f => f.scrollIntoView()")
        box = page.locator(f".hp-{picture}").bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] < 700
    page.watch.assert_clean()
