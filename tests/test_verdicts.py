"""Verdicts never get worse when the numbers get better: the rules of `transferbook.claims` against arbitrary numbers."""
import copy, math
import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from transferbook.claims import VERDICTS, Claim, Ledger, Measured, all_of, at_least, at_most, drift, equals, interval_covers, load_results, ordering, ratio_at_least, share_at_least

numbers = st.floats(-100, 100, allow_nan=False).map(lambda v: round(v, 6))
positive = st.floats(.01, 100).map(lambda v: round(v, 6))
gains = st.floats(0, 50).map(lambda v: round(v, 6))
seeds = st.lists(numbers, min_size=1, max_size=8)
lines = st.tuples(numbers, st.floats(.001, 20)).map(lambda p: (p[0], p[0] - p[1]))  # a target and a weaker line below it

def rank(rule, **values):
    verdict = rule.decide({None if k == "main" else k: Measured.of(v) for k, v in values.items()})
    assert verdict in VERDICTS[:4]
    return VERDICTS.index(verdict)

def moved(values, by): return [v + by for v in values]
def mirrored(values): return [-v for v in values]

@given(seeds, gains, lines, st.booleans())
def test_a_shift_upwards_never_hurts_at_least(values, gain, line, weaker):
    rule = at_least(line[0], direction=line[1] if weaker else None)
    # a shift changes the last digits of the interval's width: keep clear of a tie
    assume(all(abs(e - l) > 1e-9 for v in (values, moved(values, gain)) for m in [Measured.of(v)] for e in (m.low, m.high) for l in line))
    assert rank(rule, main=moved(values, gain)) <= rank(rule, main=values)

@given(seeds, lines, st.booleans())
def test_at_most_is_the_mirror_of_at_least(values, line, weaker):
    up = at_least(line[0], direction=line[1] if weaker else None)
    down = at_most(-line[0], direction=-line[1] if weaker else None)
    m = Measured.of(values)
    flipped = Measured(tuple(mirrored(values)), -m.mean, -m.high, -m.low)
    assert up.decide({None: m}) == down.decide({None: flipped})

@given(seeds, lines)
def test_a_harder_target_is_never_easier(values, line):
    assert rank(at_least(line[0]), main=values) >= rank(at_least(line[1]), main=values)

@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8), gains)
def test_beating_a_measurement_is_monotone(pairs, gain):
    ours, theirs = map(list, zip(*pairs))
    better = moved(ours, gain + .001)
    d = [Measured.of([a - b for a, b in zip(o, theirs)]) for o in (ours, better)]
    assume(all(abs(e) > 1e-9 for m in d for e in (m.low, m.high)))
    rule = at_least(1e6, direction="theirs")
    assert rank(rule, main=better, theirs=theirs) <= rank(rule, main=ours, theirs=theirs)
    assert rank(ordering(None, "theirs"), main=better, theirs=theirs) <= rank(ordering(None, "theirs"), main=ours, theirs=theirs)

@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=8), st.floats(1.001, 50), st.floats(1.5, 30))
def test_a_larger_ratio_never_hurts(pairs, factor, target):
    a, b = map(list, zip(*pairs))
    rule = ratio_at_least(target, over="b")
    log = [Measured.of(np.log(np.array(v)) - np.log(b)) for v in (a, [x*factor for x in a])]
    assume(all(abs(e - l) > 1e-9 for m in log for e in (m.low, m.high) for l in (0, math.log(target))))
    assert rank(rule, main=[x*factor for x in a], b=b) <= rank(rule, main=a, b=b)

@given(st.lists(st.integers(0, 6), min_size=1, max_size=9), st.integers(0, 8), st.integers(0, 6), st.sampled_from([.6, .8, 1.]))
def test_a_better_seed_never_lowers_a_share(values, which, new, share):
    rule, better = share_at_least(5, share=share, direction=3), list(values)
    better[which % len(values)] = max(new, values[which % len(values)])
    assert rank(rule, main=better) <= rank(rule, main=values)

@given(numbers, st.floats(0, 20), st.floats(0, 20), st.floats(.01, 5), st.floats(.01, 5))
def test_covering_worsens_with_distance_only(target, near, further, half, within):
    at = lambda distance: rank_of(interval_covers(target, within), target + distance, half)
    assert at(near) <= at(near + further)

def rank_of(rule, mean, half): return VERDICTS.index(rule.decide({None: Measured((mean, mean), mean, mean - half, mean + half)}))

@given(seeds, numbers, numbers)
def test_another_part_never_makes_it_easier(values, a, b):
    assert rank(all_of(at_least(a), at_most(b)), main=values) == max(rank(at_least(a), main=values), rank(at_most(b), main=values))

@given(numbers, st.data())
def test_one_seed_supports_nothing_but_a_count(value, data):
    target = data.draw(numbers)
    for rule in (at_least(target), at_most(target), at_least(target, direction=target - 1), interval_covers(target, 1e9), share_at_least(target), ordering(None, "b")):
        assert rank(rule, main=[value], b=[value - 1]) == VERDICTS.index("not at this scale")
    assert rank(equals(target), main=[value]) == (0 if value == target else 3)

@given(seeds, st.sampled_from(range(8)))
def test_a_failed_seed_supports_nothing(values, where):
    broken = [*values[:where], float("nan"), *values[where:]]
    for rule in (at_least(-1e9), at_most(1e9), interval_covers(0, 1e9), share_at_least(-1e9), equals(0)):
        assert rank(rule, main=broken) == VERDICTS.index("not at this scale")

RULES = dict(at_least=at_least(.5, direction=.2), at_most=at_most(.5, direction=1), ratio=ratio_at_least(2, over="b"), equals=equals(1), covers=interval_covers(.5, .1),
             ordering=ordering(None, "b"), share=share_at_least(.5, direction=.2), all_of=all_of(at_least(.5), at_most(2)))

@pytest.mark.parametrize("name", RULES)
def test_every_rule_can_pass_and_can_fail(name):
    tries = np.random.default_rng(0)
    seen = {rank(RULES[name], main=np.round(tries.uniform(.01, 3) + tries.uniform(0, .2)*tries.standard_normal(5), 2).clip(.01) if k else [1]*5, b=[.5]*5) for k in range(300)}
    assert {0, 3} <= seen

@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6), st.data())
def test_no_stored_number_can_be_edited(tmp_path_factory, values, data):
    book, folder = Ledger("holomorphic", [Claim("C1", "a", "b", at_least(.5, direction=0))]), tmp_path_factory.mktemp("results")
    book.record("C1", values, other=values[::-1])
    book.save(folder=folder)
    stored = load_results("holomorphic", folder)
    assert drift(book, stored) == []
    edited = copy.deepcopy(stored)
    row, k = edited["tiers"][book.tier]["rows"][0], data.draw(st.integers(0, len(values) - 1))
    place = data.draw(st.sampled_from([row["values"], row["also"]["other"]]))
    place[k] = place[k]*(1 + 1e-9) + 1e-9
    assert drift(book, edited) != []
