"""The memory chapter's figure in a real browser: its episodes against Python, step for step, and an episode that a reader decides."""

import numpy as np
import pytest

from transferbook.live import encode
from transferbook.memory.encoders import QNet
from transferbook.memory.environment import World, make_layout
from transferbook.memory.episodes import Episode
from transferbook.memory.figure import (
    Stream,
    keep_or_drop,
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
FIG = "document.querySelector('.kd').figure"
RULES = dict(all="all", novel="novel", location="location", learned=learned_rule(NET))


@pytest.fixture
def arithmetic(page, call):
    "Call an export of the module with JSON arguments; `data` is the opened world"

    def give(world=WORLD, net=NET, seed=0):
        state = {
            k: encode(v)
            for k, v in (
                tables(world)
                | dict(stream=random_stream(seed), weights=weights_of(net))
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
    seen = call("() => figure.play(data, {rule: 'location'}).steps.map(s => s.adv)")
    for ours in seen:
        np.testing.assert_allclose(ours, advantages(NET, [[e]])[0, 0], atol=1e-5)
        e.act()
        e.store([r == 4 for _, r, _ in e.short])


@pytest.fixture
def show(tmp_path):
    "Open the figure as one offline file"

    def show(page, **choices):
        path = keep_or_drop(WORLD, NET, **choices).save_html(tmp_path / "figure.html")
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


def step(page):
    return page.evaluate(
        f"() => ({{t: {FIG}.step.t, score: {FIG}.step.score, keep: {FIG}.step.keep, short: {FIG}.step.short}})"
    )


def test_a_reader_decides_a_whole_episode(page, show):
    "Every fact of every step is chosen by hand, by mouse or by key: keep objects, drop everything else"
    show(page, rule="decide")
    for t in range(WORLD.last + 1):
        now = step(page)
        assert now["t"] == t
        for i, (h, r, _) in enumerate(now["short"]):
            wanted = r == 4 and h != WORLD.agent
            if now["keep"][i] == wanted:
                continue
            if t % 2:
                page.locator(f".kd-facts [data-i='{i}']").click()
            else:
                page.locator(f".kd-facts [data-i='{i}']").press(str(i + 1))
        assert step(page)["keep"] == [
            r == 4 and h != WORLD.agent for h, r, _ in now["short"]
        ]
        if t < WORLD.last:
            page.get_by_role("button", name="One step on").press(
                "n" if t % 3 else "Enter"
            )
    theirs, _ = python(WORLD, "objects")
    assert step(page)["score"] == theirs[-1][-1]
    assert f"{theirs[-1][-1]} of 100" in page.locator(".kd-score").inner_text()
    page.get_by_role("button", name="Forget my choices").click()
    assert chosen(page, "choices") == {} and step(page)["t"] == 0
    page.watch.assert_clean()


def test_controls_and_keys(page, show):
    show(page)
    scrub = page.get_by_role("slider", name="Step")
    scrub.press("End")
    assert chosen(page, "t") == 99 and step(page)["t"] == 99
    before = page.locator(".kd-held").inner_text()
    page.get_by_role("slider", name="Capacity").press("Home")
    assert (
        chosen(page, "capacity") == 16
        and "of 16" in page.locator(".kd-held").inner_text() != before
    )
    page.get_by_label("Who decides what is kept").select_option("all")
    assert (
        all(step(page)["keep"]) and page.locator(".kd-facts button").first.is_disabled()
    )
    page.get_by_label("Who goes when memory is full").select_option("random")
    assert (
        chosen(page, "evict") == "random"
        and "Forgotten" in page.locator(".kd-gone").inner_text()
    )
    page.locator("summary", has_text="What is remembered").press("Enter")
    page.locator(
        ".kd-list li"
    ).first.wait_for()  # the browser tells of an opened <details> a moment later
    assert page.locator(".kd-list li").count() == 16
    scrub.press("p")
    assert step(page)["t"] == 98
    page.watch.assert_clean()


def test_it_plays_and_stops_at_the_end(page, show):
    show(page)
    page.get_by_role("slider", name="Step").press("End")
    page.get_by_role("slider", name="Step").press("ArrowLeft")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"() => {FIG}.step.t === 99")
    page.get_by_role("button", name="Play").wait_for()
    page.watch.assert_clean()


def test_a_choice_in_the_past_forgets_the_later_ones(page, show):
    show(page, rule="decide")
    for _ in range(3):
        page.get_by_role("button", name="One step on").click()
    page.locator(".kd-facts button").first.click()
    assert list(chosen(page, "choices")) == ["3"]
    page.get_by_role("slider", name="Step").press("Home")
    page.locator(".kd-facts button").first.click()
    assert list(chosen(page, "choices")) == ["0"]
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
