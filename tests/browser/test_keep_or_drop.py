"""The memory chapter's figure in a real browser: its episodes against Python, step for step, and an episode that a reader decides."""

import re
from functools import cache

import numpy as np
import pytest

from transferbook.live import encode
from transferbook.memory.encoders import QNet
from transferbook.memory.environment import World, make_layout
from transferbook.memory.episodes import Episode, trace
from transferbook.memory.figure import (
    NAMES,
    Stream,
    keep_or_drop,
    moment,
    random_stream,
    tables,
    weights_of,
)
from transferbook.memory.learning import advantages, learned_rule
from transferbook.memory.policies import transfer
from transferbook.memory.store import EVICT

WORLD = World("large-02-q")
NET = QNet(len(WORLD.names), seeds=(2,)).eval()
for k, p in NET.named_parameters():
    if k.endswith((".b", ".b1", ".b2")):
        p.data.add_(
            np.random.default_rng(len(k)).normal() * 0.3
        )  # biases are zero at first: give every term something to do
OTHER = QNet(len(WORLD.names), seeds=(3,)).eval()
UNSEEN = World(make_layout(3))
FIG = "document.querySelector('.kd').figure"
RULES = dict(
    all="all",
    novel="novel",
    location="location",
    learned=learned_rule(NET),
    untrained=learned_rule(OTHER),
)


@pytest.fixture
def arithmetic(page, call):
    "Call an export of the module with JSON arguments; `data` is the opened world"

    def give(world=WORLD, net=NET, seed=0):
        state = {
            k: encode(v)
            for k, v in (
                tables(world)
                | dict(stream=random_stream(seed), weights=weights_of(net))
                | dict(untrained=weights_of(OTHER))
            ).items()
        }
        page.evaluate("state => { window.data = figure.open(state) }", state)
        return call

    return give


def python(world, rule, seed=0, **options):
    "The same episode in Python: per step what is kept and forgotten, the reply, the move; and the memory at the end"
    e, keep, steps = (
        Episode(world, rng=Stream(random_stream(seed)), **options),
        transfer(rule, world),
        [],
    )
    while not e.done:
        e.act()
        short, k = e.short, [bool(v) for v in keep(e.short, e.memory, e.rng)]
        e.store(k)
        steps.append(
            [
                [list(f) for f in short],
                k,
                e.reply,
                e.move,
                [list(r.triple) for r in e.gone],
                e.score,
            ]
        )
    return steps, sorted(
        [*r.triple, r.added, r.accessed, r.recalled, r.number] for r in e.memory
    )


PLAYED = """o => { const p = figure.play(data, o); return [p.steps.map(s => [s.short, s.keep, s.reply, s.move, s.gone.map(r => [r.h, r.r, r.t]), s.score]),
    p.memory.records().map(r => [r.h, r.r, r.t, r.added, r.accessed, r.recalled, r.number]), p.score] }"""


@pytest.mark.parametrize("evict", EVICT)
@pytest.mark.parametrize("rule", RULES)
def test_an_episode_is_pythons(arithmetic, rule, evict):
    steps, memory, score = arithmetic()(PLAYED, dict(rule=rule, evict=evict))
    theirs, kept = python(WORLD, RULES[rule], evict=evict)
    assert steps == theirs and sorted(memory) == kept and score == theirs[-1][-1]


@pytest.mark.parametrize(
    "more",
    [
        dict(capacity=16),
        dict(capacity=256, answers="mfu", explores="mfu"),
        dict(answers="mra", explores="mra", evict="lfu"),
    ],
    ids=["small", "frequent", "recent"],
)
def test_other_capacities_and_policies(arithmetic, more):
    world = World(make_layout(3))
    steps, memory, _ = arithmetic(world, seed=5)(PLAYED, dict(rule="novel") | more)
    theirs, kept = python(world, "novel", 5, **more)
    assert steps == theirs and sorted(memory) == kept


def test_values_are_the_networks(arithmetic):
    call, e = arithmetic(), Episode(WORLD, rng=Stream(random_stream(0)))
    seen = call(
        "() => figure.play(data, {rule: 'location'}).steps.map(s => figure.advantages(data.learned, s.short))"
    )
    for ours in seen:
        np.testing.assert_allclose(ours, advantages(NET, [[e]])[0, 0], atol=1e-5)
        e.act()
        e.store([r == 4 for _, r, _ in e.short])


def test_own_choices_on_top_of_a_rule(arithmetic):
    "Steps without a choice follow the rule from which the reader took over"
    choices = {4: [1, 0, 1, 0, 1, 0, 1, 0, 1], 30: [0] * 9, 31: [1, 1]}
    e, keep = Episode(WORLD, rng=Stream(random_stream(0))), transfer("all", WORLD)
    kept = []
    while not e.done:
        e.act()
        own = choices.get(e.now)
        by_rule = keep(e.short, e.memory, e.rng)
        own = own and (own + [0] * 9)[: len(e.short)]
        kept.append([bool(v) for v in own or by_rule])
        e.store(kept[-1])
    steps, _, score = arithmetic()(
        PLAYED, dict(rule="decide", base="all", choices=choices)
    )
    assert [s[1] for s in steps] == kept and score == e.score
    assert not all(map(all, kept))


@pytest.mark.parametrize("rule", ["all", "location"])
def test_what_an_agent_believes_is_pythons(arithmetic, rule):
    ours = arithmetic()(
        """rule => { const { memory } = figure.play(data, { rule }, 67);
        return figure.beliefs(data, memory.records()).places.map(r => [r.h, r.t]) }""",
        rule,
    )
    assert dict(ours) == moment(WORLD, rule, random_stream(0), 67)


def test_one_room_named_always(arithmetic):
    room, right = arithmetic()("() => figure.oneRoom(data)")
    counts = np.bincount(WORLD.answers)
    assert counts[room] == counts.max() == right[-1]
    assert right == np.cumsum([a == room for a in WORLD.answers]).tolist()


MEANS = dict(all=30.2, location=41.8)


@cache
def live_of(**choices):
    "The figure with everything that it can have; playing its episodes takes a moment"
    more = dict(untrained=OTHER, means=MEANS, unseen=UNSEEN)
    return keep_or_drop(WORLD, NET, **more, **choices)


@pytest.fixture
def show(tmp_path):
    "Open the figure as one offline file"

    def show(page, **choices):
        live = live_of(**choices)
        page.goto(live.save_html(tmp_path / "figure.html").as_uri())
        page.wait_for_function(
            "() => document.querySelector('.tb-live').dataset.host === 'ready'"
        )
        page.live = live
        return page

    return show


def chosen(page, name):
    return page.evaluate(
        "name => document.querySelector('.tb-live').model.get(name)", name
    )


def tell(page, **values):
    "As a button in the text does"
    page.evaluate(
        "values => { for (const [k, v] of Object.entries(values)) document.querySelector('.tb-live').model.set(k, v) }",
        values,
    )


def text(page, name):
    return page.locator(name).inner_text()


def step(page):
    return page.evaluate(
        f"() => ({{t: {FIG}.step.t, score: {FIG}.step.score, keep: {FIG}.step.keep, short: {FIG}.step.short}})"
    )


def test_the_first_state_shows_the_finding(page, show):
    "In mid-episode the left agent knows what the right one does not; all is named"
    show(page)
    t = page.live.state["t"]
    traces = {
        k: trace(WORLD, RULES[k], Stream(random_stream(0)))
        for k in ("location", "learned")
    }
    left, right = (steps[t] for steps in traces.values())
    assert 60 <= t < WORLD.last and left["right"] > right["right"]
    assert step(page)["t"] == t
    asked, room = WORLD.names[WORLD.questions[t]], WORLD.names[WORLD.answers[t]]
    assert asked in text(page, ".kd-ask") and f"In the {room}" in text(page, ".kd-ask")
    for side, (name, steps) in zip(("left", "right"), traces.items()):
        so_far = sum(s["right"] for s in steps[: t + 1])
        at_last = sum(s["right"] for s in steps)
        assert text(page, f".kd-name-{side}") == (
            f"{side.capitalize()}: {NAMES[name]}, {so_far} of {t + 1} right, "
            f"{at_last} in the end"
            + (f"; mean of all episodes {MEANS[name]:.1f}" if name in MEANS else "")
        )
        printed = page.locator(f".kd-map-{side} text").all_text_contents()
        assert set(WORLD.names[: WORLD.n_rooms]) <= set(printed)
        assert asked in printed
        shown = page.locator(f".kd-map-{side} .kd-asked").all_text_contents()
        assert {name.strip("()") for name in shown} == {asked}
        stale = page.locator(f".kd-map-{side} .kd-stale").all_text_contents()
        assert all(re.fullmatch(r"\(.+\)", name) for name in stale)
    assert "Right" in text(page, ".kd-say-left")
    assert "Wrong" in text(page, ".kd-say-right")
    scores = text(page, ".kd-score")
    assert "41.8" in scores and "no memory: always" in scores
    page.watch.assert_clean()


def test_names_on_the_map_say_what_is_known(page, show):
    show(page, rule="all")
    t = page.live.state["t"]
    believed = moment(WORLD, "all", random_stream(0), t)
    where = dict(zip(WORLD.object_numbers, WORLD.where[t]))
    known = sorted(WORLD.names[o] for o, r in believed.items() if where[o] == r)
    printed = page.locator(".kd-map-left .kd-known").all_text_contents()
    assert sorted(printed) == known
    page.locator("summary", has_text="Where everything is").click()
    rows = page.locator(".kd-all tbody tr")
    rows.first.wait_for()
    assert rows.count() == len(WORLD.objects)
    cells = rows.nth(0).locator("td").all_text_contents()
    room = believed.get(WORLD.object_numbers[0])
    assert cells[:2] == [WORLD.objects[0], WORLD.names[WORLD.where[t][0]]]
    assert cells[2] == ("–" if room is None else WORLD.names[room])


def test_a_reader_decides_a_whole_episode(page, show):
    "Every fact of every step is chosen by hand, by mouse or by key: keep objects, drop everything else"
    show(page, rule="decide")
    page.get_by_role("slider", name="Step").press("Home")
    for t in range(WORLD.last + 1):
        now = step(page)
        assert now["t"] == t
        for i, (h, r, _) in enumerate(now["short"]):
            wanted = r == 4 and h != WORLD.agent
            if now["keep"][i] == wanted:
                continue
            if t % 2:
                page.locator(f".kd-facts-left [data-i='{i}']").click()
            else:
                page.locator(f".kd-facts-left [data-i='{i}']").press(str(i + 1))
        assert step(page)["keep"] == [
            r == 4 and h != WORLD.agent for h, r, _ in now["short"]
        ]
        if t < WORLD.last:
            page.get_by_role("button", name="One step on").press(
                "n" if t % 3 else "Enter"
            )
    theirs, _ = python(WORLD, "objects")
    assert step(page)["score"] == theirs[-1][-1]
    assert f"{theirs[-1][-1]} of 100 right" in text(page, ".kd-name-left")
    own = chosen(page, "choices")
    n = len(own)
    who = "You decided" if "99" in own else "Location decides"
    assert text(page, ".kd-note") == (
        f"{who} this step. {n} of 100 steps yours; the others follow Location."
    )
    page.get_by_role("button", name="Forget my choices").click()
    assert chosen(page, "choices") == {} and f"at {n} steps" in text(page, ".kd-note")
    page.get_by_role("button", name="Undo").click()
    assert len(chosen(page, "choices")) == n
    page.watch.assert_clean()


def test_controls_and_keys(page, show):
    show(page)
    scrub = page.get_by_role("slider", name="Step")
    scrub.press("End")
    assert chosen(page, "t") == 99 and step(page)["t"] == 99
    before = text(page, ".kd-held-left")
    page.get_by_role("slider", name="Capacity").press("Home")
    assert chosen(page, "capacity") == 16
    assert "of 16" in text(page, ".kd-held-left") != before
    assert "41.8" not in text(page, ".kd-score"), "a mean of other episodes"
    page.get_by_role("combobox", name="Left agent").select_option("all")
    assert all(step(page)["keep"])
    page.get_by_role("combobox", name="Who goes when memory is full").select_option(
        "random"
    )
    assert chosen(page, "evict") == "random"
    assert "Forgotten" in text(page, ".kd-gone-left")
    page.locator("summary", has_text="What the left agent remembers").press("Enter")
    page.locator(
        ".kd-list li"
    ).first.wait_for()  # the browser tells of an opened <details> a moment later
    assert page.locator(".kd-list li").count() == 16
    scrub.press("p")
    assert step(page)["t"] == 98
    page.get_by_role("combobox", name="Right agent").select_option("novel")
    assert text(page, ".kd-name-right").startswith("Right: Novel, ")
    page.watch.assert_clean()


def test_rooms_that_nobody_has_seen(page, show):
    show(page)
    page.get_by_role("slider", name="Step").press("End")
    page.get_by_role("combobox", name="Rooms").select_option("unseen")
    steps, _ = python(UNSEEN, "location")
    assert step(page)["score"] == steps[-1][-1]
    assert "41.8" not in text(page, ".kd-score")
    page.watch.assert_clean()


def test_it_plays_and_stops_at_the_end(page, show):
    show(page)
    page.get_by_role("slider", name="Step").press("End")
    page.get_by_role("slider", name="Step").press("ArrowLeft")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {FIG}.step.t === 99")
    page.get_by_role("button", name="Play").wait_for()
    page.watch.assert_clean()


def test_a_choice_in_the_past_says_what_it_sets_aside_and_can_be_undone(page, show):
    show(page, rule="decide")
    page.get_by_role("slider", name="Step").press("Home")
    assert page.get_by_role("button", name="Undo").is_hidden()
    for _ in range(3):
        page.get_by_role("button", name="One step on").click()
    page.locator(".kd-facts-left button").first.click()
    own = chosen(page, "choices")
    assert list(own) == ["3"] and "set aside" not in text(page, ".kd-note")
    page.get_by_role("slider", name="Step").press("Home")
    page.locator(".kd-facts-left button").first.click()
    assert list(chosen(page, "choices")) == ["0"]
    assert "Your choices at 1 step are set aside" in text(page, ".kd-note")
    assert "set aside" in page.locator(".kd-quiet").inner_text()
    page.get_by_role("button", name="Undo").click()
    assert chosen(page, "choices") == own
    page.get_by_role("slider", name="Capacity").press("ArrowRight")
    assert chosen(page, "choices") == {} and "set aside" in text(page, ".kd-note")
    page.get_by_role("slider", name="Capacity").press("u")
    assert chosen(page, "choices") == own and chosen(page, "capacity") == 128
    page.get_by_role("slider", name="Step").press("u")
    assert chosen(page, "choices") == {}
    assert page.get_by_role("button", name="Undo").is_hidden()
    page.watch.assert_clean()


def test_pressing_a_fact_takes_over_from_the_rule(page, show):
    show(page, rule="all")
    before = step(page)
    page.locator(".kd-facts-left button").first.click()
    after = step(page)
    assert after["short"] == before["short"]
    assert after["keep"] == [False, *before["keep"][1:]]
    assert (chosen(page, "rule"), chosen(page, "base")) == ("decide", "all")
    assert text(page, ".kd-note") == (
        "You decided this step. 1 of 100 steps yours; the others follow All."
    )
    page.get_by_role("button", name="One step on").click()
    assert text(page, ".kd-note").startswith("All decides this step. 1 of 100")
    page.get_by_role("button", name="One step back").click()
    page.keyboard.press("u")
    assert chosen(page, "rule") == "all" and step(page)["keep"] == before["keep"]
    page.watch.assert_clean()


def test_words_in_the_text_move_it(page, show):
    "Many values at once are one change, announced; choices that no longer fit are set aside with a word"
    show(page)
    page.locator(".kd-facts-left button").first.click()
    tell(page, rule="all", other="location", capacity=512, t=99)
    page.wait_for_function(f"() => {FIG}.step.t === 99")
    roomy, _ = python(WORLD, "all", capacity=512)
    assert step(page)["score"] == roomy[-1][-1]
    assert chosen(page, "choices") == {} and "set aside" in text(page, ".kd-note")
    assert "Left agent:" in page.locator(".kd-quiet").inner_text()
    page.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_hard_to_use(new_page, show, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed",
    ).Axe()
    page = show(
        new_page(color_scheme=scheme, viewport=dict(width=360, height=780)),
        rule="decide",
    )
    page.get_by_role("slider", name="Step").press("End")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [
        v["id"]
        for v in axe.run(page).response["violations"]
        if v["impact"] in ("serious", "critical")
    ] == []
    page.watch.assert_clean()
