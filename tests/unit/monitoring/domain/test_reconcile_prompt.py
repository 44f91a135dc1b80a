"""The one set prompt of a stay, on both sides of every boundary of DOMAIN 4 ("Schedule")."""

from dataclasses import replace

import pytest

from monitoring.domain.reconcile_prompt import PromptChange, reconcile_prompt
from monitoring.domain.schedule import Course, PromptFacts
from monitoring.domain.stay import Ending
from tests.unit.monitoring.domain.a_stay import (
    MINUTE,
    START,
    after,
    charted,
    minutes_of,
    only,
    prompt,
    seen,
    settled,
    stay,
)


def change(facts, minutes):
    return reconcile_prompt(facts, at=after(minutes))


def told(change):
    """A change as the ward would tell it: how the open one ends, those in between, what is open now, overdue since."""
    between = [(minutes_of(each.facts.due_at), each.ending.value) for each in change.past]
    now = change.open and (minutes_of(change.open.due_at), change.open.interval / MINUTE)
    return change.ends and change.ends.value, between, now, minutes_of(change.overdue_since)


def test_a_start_opens_the_first_prompt_a_quarter_of_an_hour_later():
    found = change(stay(), 0)
    assert told(found) == (None, [], (15, 15), None)
    assert found.acts_at == after(25)


def test_without_a_start_nothing_is_open():
    assert change(stay(course=Course(None), open_prompt=None), 0) == PromptChange()
    none = replace(stay(), course=None)
    assert change(none, 0) == PromptChange()
    assert told(change(replace(none, open_prompt=prompt(15, 15)), 5)) == ("cancelled", [], None, None)


@pytest.mark.parametrize(("minutes", "ends"), [(11.24, None), (11.25, "done"), (15, "done"), (29.5, "done")])
def test_a_set_counts_from_a_quarter_of_the_interval_early(minutes, ends):
    facts = stay(seen(1, minutes), open_prompt=prompt(15, 15))
    found = change(facts, minutes)
    assert (found.ends and found.ends.value) == ends
    if ends:
        assert found.done_by == 1
        assert told(found)[2] == (minutes + 15, 15)


@pytest.mark.parametrize(
    ("interval", "overdue"),
    [(15, 10), (20, 10), (30, 15), (60, 30), (120, 30)],
)
def test_a_set_is_overdue_at_half_the_interval_but_10_to_30_minutes_after_due(interval, overdue):
    facts = stay(open_prompt=prompt(60, interval))
    late = 60 + overdue
    assert change(facts, late - 0.01).overdue_since is None
    assert change(facts, late - 0.01).acts_at == after(late)
    found = change(facts, late)
    assert minutes_of(found.overdue_since) == late
    assert found.acts_at == after(60 + interval), "what is next is the roll"


def test_a_missed_prompt_is_overdue_at_the_latest_when_it_is_missed():
    facts = stay(open_prompt=prompt(30, 5))
    assert change(facts, 34.99).overdue_since is None
    assert told(change(facts, 35)) == ("missed", [], (35, 15), 35)


def test_a_prompt_left_open_is_missed_when_the_next_would_fall_due_and_rolls_on():
    facts = stay(open_prompt=prompt(15, 15))
    assert change(facts, 29.99).ends is None
    assert told(change(facts, 30)) == ("missed", [], (30, 15), 25)


def test_a_sleeping_scheduler_finds_every_missed_prompt_in_order():
    facts = stay(open_prompt=prompt(15, 15))
    between = [(30, "missed"), (45, "missed"), (60, "missed"), (90, "missed")]
    assert told(change(facts, 130)) == ("missed", between, (120, 30), 25)


def test_a_start_told_late_says_what_was_missed_and_takes_the_set_that_was_charted_already():
    assert told(change(stay(), 50)) == (None, [(15, "missed"), (30, "missed")], (45, 15), 25)
    assert told(change(stay(seen(1, 16)), 20)) == (None, [(15, "done")], (31, 15), None)


def test_a_set_seen_before_the_start_answers_nothing():
    assert told(change(stay(seen(1, -5), open_prompt=prompt(15, 15)), 5)) == (None, [], None, None)


@pytest.mark.parametrize("missing", ["respiratory_rate", "spo2", "sedation"])
def test_a_set_without_breathing_saturation_or_sedation_leaves_the_prompt_open(missing):
    facts = stay(seen(1, 15, **{missing: None}), open_prompt=prompt(15, 15))
    assert change(facts, 15).ends is None


def test_breathing_saturation_and_sedation_alone_end_the_prompt():
    values = {"respiratory_rate": 14, "spo2": 97, "sedation_scale": "poss", "sedation": "S"}
    assert change(stay(only(1, 15, **values), open_prompt=prompt(15, 15)), 15).ends is Ending.DONE


def test_a_set_charted_late_answers_the_prompt_that_was_open_when_it_was_seen():
    facts = stay(seen(1, 31, recorded=50), open_prompt=prompt(15, 15))
    found = change(facts, 50)
    assert told(found) == ("missed", [(30, "done")], (46, 15), None)
    assert (found.done_by, found.past[0].done_by) == (None, 1)
    assert found.was_answered


def test_a_set_charted_so_late_that_the_next_was_missed_leaves_the_ward_overdue():
    facts = stay(seen(1, 16, recorded=50), open_prompt=prompt(15, 15))
    assert told(change(facts, 50)) == ("done", [(31, "missed")], (46, 15), 41)


def test_a_set_too_early_for_the_missed_prompt_does_not_count_for_the_long_one_behind_it():
    course = Course(START, last_decrease_or_restart_at=after(3000))
    facts = stay(seen(1, 3008), course=course, open_prompt=prompt(3015, 15, opened=3000), last_done_at=after(2950))
    _, _, facts = settled(facts, at=after(3030))
    assert (minutes_of(facts.open_prompt.due_at), facts.open_prompt.interval) == (3030, 45 * MINUTE)
    assert change(facts, 3030).is_nothing
    long = replace(facts, open_prompt=prompt(3030, 120, opened=3030), missed=PromptFacts(after(3015), 15 * MINUTE))
    assert change(long, 3031).ends is None, "from 3000 on by its own quarter, but 3008 was too early for 3015"
    assert change(charted(long, seen(2, 3012, recorded=3031)), 3031).ends is Ending.DONE


def test_one_full_set_ends_only_one_prompt():
    _, _, facts = settled(stay(seen(1, 15), open_prompt=prompt(15, 15)), at=after(15))
    assert change(facts, 29).is_nothing
    assert told(change(facts, 45)) == ("missed", [], (45, 15), 40)


@pytest.mark.parametrize(
    ("course", "due", "interval"),
    [
        ({"last_increase_at": after(305)}, 320, 15),
        ({"last_decrease_or_restart_at": after(305)}, 320, 15),
        ({"paused_at": after(305)}, 335, 30),
        ({"stopped_at": after(305)}, 335, 30),
    ],
)
def test_a_change_of_the_infusion_supersedes_what_is_not_yet_due(course, due, interval):
    facts = stay(course=Course(START, **course), open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    assert told(change(facts, 306)) == ("superseded", [], (due, interval), None)


@pytest.mark.parametrize("course", [{"last_increase_at": after(355)}, {"stopped_at": after(355)}])
def test_a_change_of_the_infusion_leaves_what_is_due_already(course):
    facts = stay(course=Course(START, **course), open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    assert change(facts, 359.9).ends is Ending.SUPERSEDED
    assert change(facts, 360).ends is None


def test_an_increase_told_late_asks_for_the_set_that_is_due_already():
    course = Course(START, last_increase_at=after(305))
    facts = stay(course=course, open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    assert told(change(facts, 322)) == ("superseded", [], (320, 15), None)
    seen_since = charted(facts, seen(1, 318))
    assert told(change(seen_since, 322)) == ("superseded", [(320, "done")], (333, 15), None)


def test_a_bag_change_changes_nothing():
    facts = stay(open_prompt=prompt(360, 60, opened=300), last_done_at=after(300))
    assert change(facts, 306).is_nothing


def test_after_a_stop_the_schedule_ends_with_the_set_at_4_hours():
    course = Course(START, stopped_at=START)
    facts = stay(seen(1, 235), course=course, open_prompt=prompt(240, 120, opened=120), last_done_at=after(120))
    found, _, facts = settled(facts, at=after(235))
    assert told(found) == ("done", [], None, None)
    assert change(facts, 1000).is_nothing


def test_after_a_stop_the_last_set_may_be_missed_and_nothing_is_asked_for_again():
    course = Course(START, stopped_at=START)
    facts = stay(course=course, open_prompt=prompt(240, 120, opened=120), last_done_at=after(60))
    assert change(facts, 359).ends is None
    found, _, facts = settled(facts, at=after(360))
    assert told(found) == ("missed", [], None, 270)
    assert change(facts, 361) == PromptChange()
    assert change(facts, 5000) == PromptChange()


def test_a_restart_after_the_end_of_the_schedule_opens_a_prompt_again():
    course = Course(START, last_decrease_or_restart_at=after(1000))
    missed = PromptFacts(after(240), 120 * MINUTE)
    facts = stay(course=course, missed=missed, last_done_at=after(60))
    assert told(change(facts, 1001)) == (None, [], (1015, 15), None)


def test_a_stop_told_after_the_schedule_ended_cancels_what_is_not_yet_due():
    course = Course(START, stopped_at=after(300))
    facts = stay(course=course, open_prompt=prompt(660, 120, opened=540), last_done_at=after(540))
    found = change(facts, 550)
    assert (found.ends, found.reason) == (Ending.CANCELLED, "nothing more is due")


def test_a_discharge_cancels_and_opens_nothing():
    facts = replace(stay(seen(1, 15), open_prompt=prompt(15, 15)), is_present=False)
    found = change(facts, 200)
    assert (found.ends, found.reason, found.open) == (Ending.CANCELLED, "the patient left", None)
    assert change(replace(facts, left_as="intensive care"), 200).reason == "the patient left: intensive care"
    assert change(replace(facts, open_prompt=None), 200) == PromptChange()


def test_a_clock_behind_the_last_one_takes_nothing_back():
    rolled = stay(open_prompt=prompt(30, 15, opened=30), missed=PromptFacts(after(15), 15 * MINUTE))
    for minutes in (10, 14.5, 20, 29.9, 30):
        assert change(rolled, minutes).is_nothing


def test_what_stands_says_when_it_has_to_be_looked_at_next():
    facts = stay(open_prompt=prompt(15, 15))
    assert change(facts, 5).acts_at == after(25)
    assert change(facts, 26).acts_at == after(30)
