"""The small figure of the front page: a dot for each run, a slider that picks one out"""

import pytest

from transferbook.live import Live

ARMS = [
    dict(name="ours <1>", values=[3.0, 5.0, 4.0]),
    dict(name="theirs", values=[1.0, 2.0, 3.0]),
]


@pytest.fixture
def mini(page, tmp_path):
    state = dict(arms=ARMS, unit="points", low=0, high=10, digits=1, run=0)
    figure = Live("miniature", "Each dot is a run.", alt="Dots", **state)
    page.goto(figure.save_html(tmp_path / "mini.html").as_uri())
    page.wait_for_selector(".mini circle")
    return page


def test_its_first_state_is_the_mean_of_all_runs(mini):
    assert mini.locator("output").inner_text() == (
        "Mean of 3 runs: ours <1> 4.0, theirs 2.0 points"
    )
    assert mini.locator(".mini circle").count() == 6
    assert mini.locator(".mini path[stroke-width='3']").count() == 2
    mini.watch.assert_clean()


def test_the_keyboard_picks_a_run_and_it_is_told(mini):
    slider = mini.get_by_role("slider", name="Run")
    slider.focus()
    mini.keyboard.press("ArrowRight")
    mini.keyboard.press("ArrowRight")
    told = "Run 2: ours <1> 5.0, theirs 2.0 points"
    assert mini.locator("output").inner_text() == told
    assert mini.locator(".mini svg").get_attribute("aria-label") == told
    assert slider.get_attribute("aria-valuetext") == "run 2"
    chosen = mini.locator(".mini circle[r='6']")
    assert chosen.count() == 2
    mini.watch.assert_clean()


def test_dots_stand_where_their_values_are(mini):
    across = [float(dot.get_attribute("cx")) for dot in mini.locator("circle").all()]
    steps = [b - a for a, b in zip(across, across[1:])]
    unit = steps[0] / 2  # from 3 to 5
    assert steps[1] == pytest.approx(-unit) and steps[3] == pytest.approx(unit)
