"""Delivery events, segments, sums and the dose context of an alert (DOMAIN 3 and 5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infusion.domain.delivery import (
    Change,
    DeliveryError,
    DeliveryKind,
    Event,
    SegmentFacts,
    cumulative_mg,
    dose_at,
    last_change,
    segment_at,
    segments,
)

START = datetime(2025, 10, 25, 20, 0, tzinfo=UTC)
K = DeliveryKind
MINUTE = timedelta(minutes=1)


def at(minutes):
    return START + minutes * MINUTE


def event(number, kind, minutes, rate=None, **more):
    settings = {} if rate is None else {"rate_ml_per_h": D(rate), "dose_mg_per_kg_h": D(rate) / 70}
    return Event(id=number, kind=kind, effective_at=at(minutes), recorded_at=at(minutes), **{**settings, **more})


STARTED = event(1, K.STARTED, 0, "7.0", concentration_mg_per_ml=D(1), pump="P1", dose_mg_per_kg_h=D("0.10"))
INCREASED = event(2, K.RATE_CHANGED, 120, "10.5", dose_mg_per_kg_h=D("0.15"))


def spans(found):
    return [
        ((s.start - START) / MINUTE, None if s.end is None else (s.end - START) / MINUTE, s.rate_ml_per_h)
        for s in found
    ]


def test_a_change_of_rate_closes_a_segment_and_opens_the_next():
    found = segments([STARTED, INCREASED])
    assert spans(found) == [(0, 120, D("7.0")), (120, None, D("10.5"))]
    assert found[1] == SegmentFacts(at(120), None, D("10.5"), D(1), D("0.15"), "P1", event_id=2)


def test_a_pause_is_a_gap_and_a_resume_ends_it():
    found = segments([STARTED, event(2, K.PAUSED, 60), event(3, K.RESUMED, 90)])
    assert spans(found) == [(0, 60, D("7.0")), (90, None, D("7.0"))]


def test_a_stop_ends_the_delivery():
    assert spans(segments([STARTED, event(2, K.STOPPED, 60)])) == [(0, 60, D("7.0"))]


def test_a_new_bag_of_another_concentration_opens_a_segment():
    found = segments(
        [STARTED, event(2, K.BAG_CHANGED, 60, "3.5", concentration_mg_per_ml=D(2), dose_mg_per_kg_h=D("0.1"))]
    )
    assert [(s.rate_ml_per_h, s.concentration_mg_per_ml) for s in found] == [(D("7.0"), D(1)), (D("3.5"), D(2))]


def test_a_new_pump_is_known_from_then_on():
    found = segments([STARTED, event(2, K.RESUMED, 60, pump="P2"), event(3, K.RATE_CHANGED, 90, "10.5")])
    assert [s.pump for s in found] == ["P1", "P2", "P2"]


def test_a_pump_found_at_a_wrong_rate_is_recorded_as_it_was():
    found = segments([STARTED, event(2, K.FOUND, 30, "70.0")])
    assert spans(found) == [(0, 30, D("7.0")), (30, None, D("70.0"))]


def test_a_pump_found_running_during_a_pause_flows():
    found = segments([STARTED, event(2, K.PAUSED, 30), event(3, K.FOUND, 40, "7.0")])
    assert spans(found) == [(0, 30, D("7.0")), (40, None, D("7.0"))]


def test_a_rate_set_or_a_bag_hung_while_nothing_flows_opens_nothing_but_is_remembered():
    events = [STARTED, event(2, K.PAUSED, 30), event(3, K.RATE_CHANGED, 40, "3.5"), event(4, K.BAG_CHANGED, 45)]
    assert spans(segments(events)) == [(0, 30, D("7.0"))]
    assert spans(segments([*events, event(5, K.RESUMED, 50)])) == [(0, 30, D("7.0")), (50, None, D("3.5"))]


def test_a_corrected_event_no_longer_counts_and_chains_of_corrections_neither():
    wrong = event(2, K.RATE_CHANGED, 120, "105")
    right = replace(event(3, K.RATE_CHANGED, 118, "10.5"), supersedes=2)
    better = replace(event(4, K.RATE_CHANGED, 119, "10.5"), supersedes=3)
    assert spans(segments([STARTED, wrong, right])) == [(0, 118, D("7.0")), (118, None, D("10.5"))]
    assert spans(segments([STARTED, wrong, right, better])) == [(0, 119, D("7.0")), (119, None, D("10.5"))]


def test_a_pause_tapped_by_mistake_leaves_no_gap():
    undone = replace(event(3, K.WITHDRAWN, 60), supersedes=2)
    assert spans(segments([STARTED, event(2, K.PAUSED, 60), undone])) == [(0, None, D("7.0"))]


def test_resuming_at_another_rate_without_a_gap_is_a_change():
    assert spans(segments([STARTED, event(2, K.RESUMED, 60, "3.5")])) == [(0, 60, D("7.0")), (60, None, D("3.5"))]


def test_events_count_in_the_order_in_which_they_were_done_and_then_recorded():
    same_time = [event(3, K.RATE_CHANGED, 60, "14"), event(2, K.RATE_CHANGED, 60, "10.5")]
    assert spans(segments([INCREASED, *same_time, STARTED])) == [
        (0, 60, D("7.0")),
        (60, 120, D("14")),
        (120, None, D("10.5")),
    ]


def test_nothing_flowed_before_anything_was_done():
    assert segments([]) == ()
    assert segments([event(1, K.PAUSED, 0), event(2, K.BAG_CHANGED, 5)]) == ()


@pytest.mark.parametrize("lacking", ["rate_ml_per_h", "concentration_mg_per_ml", "dose_mg_per_kg_h"])
def test_a_flow_without_its_figures_is_refused(lacking):
    with pytest.raises(DeliveryError, match="Delivery event 1 \\(started\\) has no rate, concentration or dose"):
        segments([replace(STARTED, **{lacking: None})])


def test_the_dose_at_an_instant_belongs_to_the_segment_that_begins_there():
    found = segments([STARTED, INCREASED, event(3, K.PAUSED, 180)])
    assert [dose_at(found, at(m)) for m in (-1, 0, 119, 120, 179, 180)] == [
        None,
        D("0.10"),
        D("0.10"),
        D("0.15"),
        D("0.15"),
        None,
    ]
    assert segment_at(found, at(60)) == found[0]
    assert segment_at(found, at(180)) is None


def test_milligrams_are_summed_over_segments_and_gaps_count_nothing():
    found = segments([STARTED, INCREASED, event(3, K.PAUSED, 180), event(4, K.RESUMED, 240)])
    assert cumulative_mg(found, at(0)) == 0
    assert cumulative_mg(found, at(60)) == 7
    assert cumulative_mg(found, at(120)) == 14
    assert cumulative_mg(found, at(180)) == D("24.5")
    assert cumulative_mg(found, at(240)) == D("24.5")
    assert cumulative_mg(found, at(300)) == 35
    assert cumulative_mg([], at(300)) == 0


def test_concentration_counts_in_milligrams():
    (segment,) = segments([replace(STARTED, concentration_mg_per_ml=D(2))])
    assert cumulative_mg([segment], at(90)) == 21


@st.composite
def runs(draw):
    """A course as a random list of acts at the pump, in any order of telling."""
    kinds = draw(st.lists(st.sampled_from(list(K)), max_size=8))
    moments = draw(st.lists(st.integers(0, 6000), min_size=len(kinds), max_size=len(kinds)))
    rates = draw(st.lists(st.decimals("0", "99", places=1), min_size=len(kinds), max_size=len(kinds)))
    acts = zip(kinds, moments, rates, strict=True)
    told = [event(n, kind, moment, rate) for n, (kind, moment, rate) in enumerate(acts, start=2)]
    return draw(st.permutations([STARTED, *told]))


@given(runs())
def test_segments_follow_each_other_without_overlap(events):
    for before, following in pairwise(segments(events)):
        assert before.end is not None
        assert before.start < before.end <= following.start


@given(runs(), st.integers(0, 7000), st.lists(st.integers(1, 7000), max_size=4))
def test_totals_do_not_depend_on_how_segments_are_split(events, until, cuts):
    whole = segments(events)
    pieces = list(whole)
    for cut in cuts:
        pieces = [piece for segment in pieces for piece in split(segment, at(cut))]
    assert cumulative_mg(pieces, at(until)) == cumulative_mg(whole, at(until))


def split(segment, cut):
    if segment.start < cut and (segment.end is None or cut < segment.end):
        return [replace(segment, end=cut), replace(segment, start=cut)]
    return [segment]


@given(runs(), st.integers(0, 7000), st.integers(0, 7000))
def test_the_total_never_falls_and_is_the_flow_of_every_minute(events, one, other):
    found = segments(events)
    first, second = sorted((one, other))
    by_the_minute = sum(
        (
            Fraction(s.rate_ml_per_h) * Fraction(s.concentration_mg_per_ml)
            for minute in range(first)
            if (s := segment_at(found, at(minute))) is not None
        ),
        Fraction(0),
    )
    assert abs(Fraction(cumulative_mg(found, at(first))) - by_the_minute / 60) < Fraction(1, 10**20)
    assert cumulative_mg(found, at(first)) <= cumulative_mg(found, at(second))


@given(runs())
def test_the_order_of_telling_does_not_matter(events):
    assert segments(events) == segments(sorted(events, key=lambda e: e.id))


def context(events, minutes, previous_value=None):
    found = last_change(segments(events), at(minutes))
    return None if found is None else (found.change, found.words(at=at(minutes), previous_value=previous_value))


def test_the_context_of_an_alert_names_the_increase_and_the_dose_before():
    found = last_change(segments([STARTED, INCREASED]), at(142))
    assert found.previous_dose_mg_per_kg_h == D("0.10")
    assert (found.previous_from, found.previous_until, found.changed_at) == (at(0), at(120), at(120))
    words = found.words(at=at(142), previous_value="142/84")
    assert words == "22 min after the increase to 0.15; at 0.10 it was 142/84"


@pytest.mark.parametrize(
    ("events", "minutes", "change", "words"),
    [
        ([STARTED], 5, Change.START, "5 min after the start at 0.10"),
        ([STARTED, INCREASED], 119, Change.START, "119 min after the start at 0.10"),
        ([STARTED, INCREASED], 120, Change.INCREASE, "0 min after the increase to 0.15"),
        ([STARTED, INCREASED], 245, Change.INCREASE, "2 h 05 min after the increase to 0.15"),
        (
            [STARTED, event(2, K.RATE_CHANGED, 60, "3.5", dose_mg_per_kg_h=D("0.055"))],
            70,
            Change.DECREASE,
            "10 min after the decrease to 0.055",
        ),
        ([STARTED, event(2, K.PAUSED, 60)], 70, Change.HALT, "10 min after the halt at 0.10"),
        (
            [STARTED, event(2, K.PAUSED, 60), event(3, K.RESUMED, 90)],
            100,
            Change.RESTART,
            "10 min after the restart at 0.10",
        ),
        ([STARTED, event(2, K.BAG_CHANGED, 60)], 70, Change.START, "70 min after the start at 0.10"),
    ],
)
def test_says_the_last_change_in_words(events, minutes, change, words):
    assert context(events, minutes) == (change, words)


def test_a_restart_at_a_lower_dose_remembers_the_dose_before_the_gap():
    lower = event(3, K.RESUMED, 90, "3.5", dose_mg_per_kg_h=D("0.05"))
    events = [STARTED, event(2, K.PAUSED, 60), lower]
    assert context(events, 100, "150/90") == (
        Change.RESTART,
        "10 min after the restart at 0.05; at 0.10 it was 150/90",
    )


def test_a_bag_between_two_doses_does_not_shorten_the_one_before():
    events = [STARTED, event(2, K.BAG_CHANGED, 60), replace(INCREASED, id=3)]
    found = last_change(segments(events), at(130))
    assert (found.change, found.previous_from, found.previous_until) == (Change.INCREASE, at(0), at(120))


def test_there_is_no_context_before_the_start():
    assert last_change(segments([STARTED]), at(-1)) is None
    assert last_change((), at(0)) is None
