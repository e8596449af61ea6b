"""Verdicts that say what they mean: the rules of `transferbook.claims` against arbitrary numbers and planted effects"""

import copy
import dataclasses
import importlib
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from transferbook import claims as c
from transferbook.claims import Claim, Gate, Ledger, Measured, Question

settings.register_profile("patient", deadline=None)  # the machine may be busy
settings.load_profile("patient")
ROOT = Path(__file__).resolve().parent.parent
numbers = st.floats(-100, 100, allow_nan=False).map(lambda v: round(v, 6))
positive = st.floats(0.01, 100).map(lambda v: round(v, 6))
gains = st.floats(0, 50).map(lambda v: round(v, 6))
seeds = st.lists(numbers, min_size=1, max_size=8)
lines = st.tuples(numbers, st.floats(0.001, 20)).map(lambda p: (p[0], p[0] - p[1]))


def measured(values):
    return {None if k == "main" else k: Measured.of(v) for k, v in values.items()}


def rank(rule, **values):
    "Place of what is found among the four words: 0 is best"
    return c.WORDS.index(rule.decide(measured(values)))


def spread(*several):
    "No list has equal values: a flat interval may satisfy and never excludes"
    return all(np.ptp(v) > 0 for v in several if len(v) > 1)


def moved(values, by):
    return [v + by for v in values]


# ---- better numbers never read worse


@given(seeds, gains, lines, st.booleans())
def test_a_shift_upwards_never_hurts_at_least(values, gain, line, weaker):
    rule = c.at_least(line[0], direction=line[1] if weaker else None)
    better = moved(values, gain)
    ends = [
        e for v in (values, better) for m in [Measured.of(v)] for e in (m.low, m.high)
    ]
    # a shift changes the last digits of the interval's width: keep clear of a tie
    assume(all(abs(e - edge) > 1e-9 for e in ends for edge in line))
    assume(spread(values))
    assert rank(rule, main=better) <= rank(rule, main=values)


@given(seeds, lines, st.booleans())
def test_at_most_is_the_mirror_of_at_least(values, line, weaker):
    up = c.at_least(line[0], direction=line[1] if weaker else None)
    down = c.at_most(-line[0], direction=-line[1] if weaker else None)
    m = Measured.of(values)
    flipped = Measured(tuple(-v for v in values), -m.mean, -m.high, -m.low)
    assert up.decide({None: m}) == down.decide({None: flipped})


@given(seeds, lines)
def test_a_harder_target_is_never_easier(values, line):
    assume(spread(values))
    assert rank(c.at_least(line[0]), main=values) >= rank(
        c.at_least(line[1]), main=values
    )


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8), gains)
def test_beating_a_measurement_is_monotone(pairs, gain):
    ours, theirs = map(list, zip(*pairs))
    better = moved(ours, gain + 0.001)
    differences = [[a - b for a, b in zip(o, theirs)] for o in (ours, better)]
    bars = [Measured.of(d) for d in differences]
    assume(spread(*differences) and not any(b.flat for b in bars))
    assume(all(abs(e) > 1e-9 for b in bars for e in (b.low, b.high)))
    for rule in (c.at_least(1e6, direction="theirs"), c.ordering(None, "theirs")):
        now = rank(rule, main=better, theirs=theirs)
        assert now <= rank(rule, main=ours, theirs=theirs)


@given(
    st.lists(st.tuples(positive, positive), min_size=2, max_size=8),
    st.floats(1.001, 50),
    st.floats(1.5, 30),
)
def test_a_larger_ratio_never_hurts(pairs, factor, target):
    a, b = map(list, zip(*pairs))
    larger = [x * factor for x in a]
    logs = [np.log(np.array(v)) - np.log(b) for v in (a, larger)]
    bars = [Measured.of(v) for v in logs]
    assume(all(np.ptp(v) > 1e-6 for v in logs))
    edges = (0, math.log(target))
    assume(all(abs(e - x) > 1e-9 for m in bars for e in (m.low, m.high) for x in edges))
    rule = c.ratio_at_least(target, over="b")
    assert rank(rule, main=larger, b=b) <= rank(rule, main=a, b=b)


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=9),
    st.integers(0, 8),
    st.integers(0, 6),
    st.sampled_from([0.6, 0.8, 1.0]),
)
def test_a_better_seed_never_lowers_a_share(values, which, new, share):
    rule, better = c.share_at_least(5, share=share, direction=3), list(values)
    better[which % len(values)] = max(new, values[which % len(values)])
    assert rank(rule, main=better) <= rank(rule, main=values)


@given(
    numbers, st.floats(0, 20), st.floats(0, 20), st.floats(0.01, 5), st.floats(0.01, 5)
)
def test_covering_worsens_with_distance_only(target, near, further, half, within):
    assume(abs(half - within) > 1e-9)  # else rounding decides which is wider
    rule = c.interval_covers(target, within)

    def at(distance):
        mean = target + distance
        bar = Measured((mean - 1, mean + 1), mean, mean - half, mean + half)
        return c.WORDS.index(rule.decide({None: bar}))

    assert at(near) <= at(near + further)


@given(seeds, numbers, numbers)
def test_another_part_never_makes_it_easier(values, a, b):
    parts = c.at_least(a), c.at_most(b)
    worst = max(rank(p, main=values) for p in parts)
    assert rank(c.all_of(*parts), main=values) == worst


@given(numbers, st.data())
def test_one_seed_supports_nothing_but_a_count(value, data):
    target = data.draw(numbers)
    rules = (
        c.at_least(target),
        c.at_most(target),
        c.at_least(target, direction=target - 1),
        c.interval_covers(target, 1e9),
        c.share_at_least(target),
        c.ordering(None, "b"),
    )
    for rule in rules:
        assert rule.decide(measured(dict(main=[value], b=[value - 1]))) == "undecided"
    same = value == target
    expected = "reproduced" if same else "opposite here"
    assert c.equals(target).decide(measured(dict(main=[value]))) == expected


@given(seeds, st.sampled_from(range(8)))
def test_a_failed_seed_supports_nothing(values, where):
    broken = [*values[:where], float("nan"), *values[where:]]
    for rule in (
        c.at_least(-1e9),
        c.at_most(1e9),
        c.interval_covers(0, 1e9),
        c.share_at_least(-1e9),
        c.equals(0),
    ):
        assert rule.decide(measured(dict(main=broken))) == "undecided"


# ---- planted effects and planted nulls, with real scatter


@dataclasses.dataclass
class Case:
    "A rule, and numbers drawn so that one word is its due"

    rule: c.Rule
    draws: dict  # word → function of a generator: measurements by name
    null: object  # function of a generator: no effect at all
    scale: str = "linear"  # of every measurement


def normal(mean, sd=1.0, n=5):
    return lambda rng: dict(main=rng.normal(mean, sd, n))


def two(a, b, sd=1.0, n=5):
    "A measurement and its rival, with what the seeds have in common"

    def draw(rng):
        common = rng.normal(0, 3, n)
        main = common + rng.normal(a, sd, n)
        return dict(main=main, b=common + rng.normal(b, sd, n))

    return draw


def ratio(a, sd=0.2, n=5):
    "Two positive measurements whose ratio is `a`"

    def draw(rng):
        common = rng.lognormal(0, 1, n)
        main = a * common * rng.lognormal(0, sd, n)
        return dict(main=main, b=common * rng.lognormal(0, sd, n))

    return draw


def coin(p, n=30, low=0.0):
    return lambda rng: dict(main=np.where(rng.random(n) < p, 1.0, low))


def shares(p, n=5, trials=60):
    return lambda rng: dict(
        main=rng.binomial(trials, rng.beta(40 * p, 40 * (1 - p), n)) / trials
    )


def sets(*means, n=5):
    return lambda rng: {f"set {i}": rng.normal(m, 1, n) for i, m in enumerate(means)}


def joined(*draws):
    "Several measurements by name: the first is the main one"

    def draw(rng):
        return {k: d(rng)["main"] for k, d in zip(("main", "b"), draws)}

    return draw


BEST, SOME, OPEN, OTHER = c.WORDS
CASES = dict(
    at_least=Case(
        c.at_least(10, direction=0),
        {BEST: normal(20), SOME: normal(5, 0.7), OTHER: normal(-6)},
        normal(0),
    ),
    threshold=Case(c.at_least(0), {BEST: normal(6), OTHER: normal(-6)}, normal(0)),
    at_most=Case(
        c.at_most(-10, direction=0),
        {BEST: normal(-20), SOME: normal(-5, 0.7), OTHER: normal(6)},
        normal(0),
    ),
    rival=Case(
        c.at_least(100, direction="b"),
        {SOME: two(8, 0), OTHER: two(0, 8)},
        two(0, 0),
    ),
    ratio=Case(
        c.ratio_at_least(10, over="b"),
        {BEST: ratio(40), SOME: ratio(3.3, 0.15), OTHER: ratio(0.2)},
        ratio(1),
    ),
    ratio_at_most=Case(
        c.ratio_at_most(0.1, over="b"),
        {BEST: ratio(0.02), SOME: ratio(0.3, 0.15), OTHER: ratio(5)},
        ratio(1),
    ),
    equals=Case(
        c.equals(7),
        {
            BEST: lambda rng: dict(main=[7.0] * 3),
            OTHER: lambda rng: dict(main=[7.0, 8.0]),
        },
        normal(0),
    ),
    covers=Case(
        c.interval_covers(10, 4, paper_low=8, paper_high=12, none=0),
        {BEST: normal(10), SOME: normal(4.5, 0.8), OTHER: normal(-6)},
        normal(0),
    ),
    covers_one_side=Case(
        c.interval_covers(0.9, 0.2, side="at least"),
        {BEST: shares(0.97), OTHER: shares(0.3)},
        shares(0.5),
        scale="share",
    ),
    ordering=Case(
        c.ordering(None, "b"),
        {BEST: two(8, 0), OTHER: two(0, 8)},
        two(0, 0),
    ),
    seeds=Case(
        c.share_at_least(1, share=0.7, direction=0.5),
        {BEST: coin(0.95), OTHER: coin(0.05), SOME: coin(0.1, low=0.7)},
        coin(0.5),
    ),
    share=Case(
        c.at_least(0.7, direction=0.5),
        {BEST: shares(0.97), OTHER: shares(0.1)},
        shares(0.5),
        scale="share",
    ),
    log=Case(
        c.at_least(10, direction=1),
        {
            BEST: lambda rng: dict(main=40 * rng.lognormal(0, 0.3, 5)),
            OTHER: lambda rng: dict(main=0.2 * rng.lognormal(0, 0.3, 5)),
        },
        lambda rng: dict(main=rng.lognormal(0, 0.3, 5)),
        scale="log",
    ),
    all_of=Case(
        c.all_of(c.at_least(10, direction=0), c.at_most(-10, direction=0, of="b")),
        {
            BEST: joined(normal(20), normal(-20)),
            SOME: joined(normal(5, 0.7), normal(-20)),
            OTHER: joined(normal(20), normal(6)),
        },
        joined(normal(0), normal(0)),
    ),
    most_of=Case(
        c.most_of(3, "set", lambda name: c.at_least(0, of=name), "sets that gain"),
        {BEST: sets(6, 6, 6, -6), OTHER: sets(6, -6, -6, -6)},
        sets(0, 0, 0, 0),
    ),
)
TRIES = 200


def found(case, draw, tries=TRIES):
    "What the rule says of `tries` draws"
    rng, words = np.random.default_rng(0), []
    for _ in range(tries):
        every = {
            None if k == "main" else k: Measured.of(v, case.scale)
            for k, v in draw(rng).items()
        }
        words.append(case.rule.decide(every))
    return words


def test_no_rule_is_left_out():
    kinds = {case.rule.key[0] for case in CASES.values()}
    public = [getattr(c, n) for n in c._all_ if n[0].islower()]
    made = {f.__name__ for f in public}
    assert made == {
        *("at_least", "at_most", "ratio_at_least", "ratio_at_most", "equals"),
        *("interval_covers", "ordering", "share_at_least", "all_of", "most_of"),
    }, "a new rule needs a case here"
    assert kinds == {
        *("line", "ratio", "equals", "covers", "ordering", "seeds", "all", "most")
    }


@pytest.mark.parametrize(
    "name, word", [(n, w) for n, case in CASES.items() for w in case.draws]
)
def test_a_planted_effect_gets_its_due(name, word):
    "At least 95 % of the time; the allowance is what chance does to so many tries"
    words = found(CASES[name], CASES[name].draws[word])
    assert words.count(word) >= stats.binom.ppf(0.001, TRIES, 0.95), words


@pytest.mark.parametrize("name", CASES)
def test_a_planted_null_is_not_reproduced(name):
    words = found(CASES[name], CASES[name].null, 400)
    assert words.count(BEST) <= stats.binom.ppf(0.999, 400, 0.05)


@pytest.mark.parametrize("name", [n for n in CASES if n not in ("equals", "most_of")])
def test_a_null_is_mostly_undecided(name):
    "Both sides together are read from no effect in about one case of twenty, in a part each"
    words = found(CASES[name], CASES[name].null, 400)
    if name in ("covers_one_side",):
        assert (
            words.count(OTHER) > 200
        )  # without a line of no effect the paper's is one
    else:
        assert words.count(OPEN) >= stats.binom.ppf(0.001, 400, 0.9)


FLIPS = {n: case for n, case in CASES.items() if n not in ("covers", "covers_one_side")}


@pytest.mark.parametrize("name", FLIPS)
def test_a_flip_of_what_decides_flips_or_voids_the_verdict(name):
    "Mirror the deciding measurement at no effect: no verdict survives"
    case, rng = CASES[name], np.random.default_rng(1)
    for word, draw in case.draws.items():
        for _ in range(20):
            every = {
                None if k == "main" else k: Measured.of(v, case.scale)
                for k, v in draw(rng).items()
            }
            before = case.rule.find(every)
            if before.word == OPEN:
                continue
            assert case.rule.decide(flipped(name, every, before)) != before.word, word


def flipped(name, every, before):
    "The measurements with the deciding one mirrored"
    if name in ("rival", "ordering", "ratio", "ratio_at_most"):
        return {None: every["b"], "b": every[None]}
    if name == "equals":
        turned = before.word == BEST
        return {None: Measured.of([8.0] if turned else [7.0])}
    if name == "most_of":
        return {k: Measured.of([-v for v in m.values]) for k, m in every.items()}
    key = before.what[0]
    m = every[key]
    if m.scale == "log":
        values = [1 / v for v in m.values]
    elif name in ("seeds", "share"):
        values = [1 - v for v in m.values]
    else:
        values = [-v for v in m.values]
    return {**every, key: Measured.of(values, m.scale)}


# ---- what a verdict may say


@given(seeds, st.booleans(), st.booleans())
def test_only_the_papers_setting_contradicts(values, there, passes):
    gate = Gate("it beats chance", c.at_least(0, of="gate"))
    setting = "the paper's own" if there else ""
    claim = Claim(
        "C1", "says", "1", c.at_least(1, direction=0), setting=setting, gate=gate
    )
    shown = [1.0, 1.1, 1.2] if passes else [-1.0, 0.1, 1.2]
    verdict = c.judge(claim, values, dict(gate=shown))
    word = claim.rule.decide(measured(dict(main=values)))
    if not passes:
        assert verdict == "cannot tell here"
    elif Measured.of(values).flat:
        assert verdict == "undecided"
    elif word == "opposite here":
        assert verdict == ("contradicted" if there else word)
    else:
        assert verdict == word


@given(seeds, lines)
def test_questions_answer_and_never_judge(values, line):
    rule = c.at_least(line[0], direction=line[1])
    answer = c.judge(Question(id="Q1", says="?", rule=rule), values)
    assert answer in c.ANSWERS
    m = Measured.of(values)
    if m.low >= line[0]:
        expected = "holds"
    else:
        expected = "does not hold" if m.high < line[0] else "undecided"
    assert answer == ("undecided" if m.flat else expected)


def test_equal_seeds_need_a_reason():
    "An interval of no width decides nothing, unless the claim says where it comes from"
    rule = c.at_least(0.9)
    bare = Claim("C1", "says", "1", rule)
    told = Claim("C1", "says", "1", rule, constant="a grid of watched steps")
    assert c.judge(bare, [0.9, 0.9]) == "undecided"
    assert c.judge(told, [0.9, 0.9]) == "reproduced"
    assert c.judge(bare, [0.951, 0.952, 0.953]) == "reproduced"


def test_the_same_excuse_serves_once(tmp_path):
    "A rule that changes a second time needs a second amendment, whatever was registered in between"

    def ledger(line, amended=""):
        claim = Claim("C1", "says", "1", c.at_least(line), amended=amended)
        return c.Ledger("memory", [claim])

    c.register(ledger(1.0), tmp_path)
    c.register(ledger(2.0, "2026-11-30: a higher line"), tmp_path)
    reworded = ledger(2.0, "2026-11-30: the line of the paper")
    c.register(reworded, tmp_path)
    with pytest.raises(ValueError, match="rule changed"):
        c.register(ledger(-9.0, "2026-11-30: the line of the paper"), tmp_path)


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=8),
    st.sampled_from([None, 1, 20, 560]),
)
@example([1e-13, 1e-13], 20)  # an end that rounding put below 0
def test_the_interval_of_a_share_is_a_share(values, trials):
    m = Measured.of(values, "share", trials)
    assert 0 <= m.low <= m.mean + 1e-12 and m.mean - 1e-12 <= m.high <= 1


@given(st.lists(positive, min_size=2, max_size=8))
def test_the_interval_of_a_ratio_is_positive(values):
    m = Measured.of(values, "log")
    assert 0 < m.low <= m.mean * (1 + 1e-9) and m.mean <= m.high * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.data())
def test_no_stored_number_can_be_edited(tmp_path_factory, values, data):
    book = Ledger("holomorphic", [Claim("C1", "a", "b", c.at_least(0.5, direction=0))])
    folder = tmp_path_factory.mktemp("results")
    book.record("C1", values, other=values[::-1])
    book.save(folder=folder)
    stored = c.load_results("holomorphic", folder)
    assert c.drift(book, stored) == []
    edited = copy.deepcopy(stored)
    row = edited["tiers"][book.tier]["rows"][0]
    k = data.draw(st.integers(0, len(values) - 1))
    place = data.draw(st.sampled_from([row["values"], row["also"]["other"]]))
    place[k] = place[k] * (1 + 1e-9) + 1e-9
    assert c.drift(book, edited) != []


# ---- the chapters

CHAPTERS = [
    p.stem for p in sorted((ROOT / "results").glob("*.json")) if p.stem != "registered"
]


def ledger_of(chapter):
    return importlib.import_module(f"transferbook.{chapter}.experiments").ledger()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_rule_changes_without_an_amendment(chapter):
    assert c.unregistered(ledger_of(chapter)) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_number_of_a_table_follows_from_its_row(chapter):
    "From what `claims --json` prints, and the rules, and nothing else"
    from transferbook.cli import CLAIM_KEYS

    ledger = ledger_of(chapter)
    for at, entry in c.load_results(chapter)["tiers"].items():
        for row in entry["rows"]:
            public = {k: row[k] for k in CLAIM_KEYS}
            values = [math.nan if v is None else v for v in public["values"]]
            also = {
                k: [math.nan if x is None else x for x in v]
                for k, v in public["also"].items()
            }
            if public["note"].startswith("a new run is needed"):
                continue
            again = c.judged(ledger.claims[row["id"]], values, also, at)
            assert again["verdict"] == public["verdict"]
            for k, v in (again["decides"] or {}).items():
                stored = public["decides"][k]
                if isinstance(v, float) and not math.isnan(v) and stored is not None:
                    assert math.isclose(v, stored, rel_tol=1e-9, abs_tol=1e-12), k
