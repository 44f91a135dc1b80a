"""How a delivery stands, out of its events (DOMAIN 3): every state meeting every act, and laws over any history."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infusion.domain.course import CourseState, course, dose_context, ordered_dose
from infusion.domain.delivery import Change, DeliveryError, DeliveryKind, Event, last_change, segments
from infusion.domain.words import PauseReason

MINUTE = timedelta(minutes=1)
START = datetime(2026, 9, 22, 10, 0, tzinfo=UTC)
STARTED, CHANGED, PAUSED, RESUMED, STOPPED, BAG, FOUND, WITHDRAWN = (
    DeliveryKind.STARTED,
    DeliveryKind.RATE_CHANGED,
    DeliveryKind.PAUSED,
    DeliveryKind.RESUMED,
    DeliveryKind.STOPPED,
    DeliveryKind.BAG_CHANGED,
    DeliveryKind.FOUND,
    DeliveryKind.WITHDRAWN,
)
FLOWING = (STARTED, CHANGED, RESUMED, BAG, FOUND)


def after(minutes):
    return START + minutes * MINUTE


def act(number, kind, minutes, dose=None, *, supersedes=None, allowed=True):
    """An act at the pump; a dose brings its rate (70 kg, 2 mg/mL) along, and was allowed unless it is said that it was not."""
    rate = None if dose is None else D(dose) * 35
    return Event(
        number,
        kind,
        after(minutes),
        after(minutes),
        rate_ml_per_h=rate,
        concentration_mg_per_ml=None if dose is None else D(2),
        dose_mg_per_kg_h=None if dose is None else D(dose),
        supersedes=supersedes,
        allowed_up_to=None if dose is None or not allowed else D(dose),
    )


BEFORE = {
    "nothing": [],
    "running": [act(1, STARTED, 0, "0.10")],
    "paused": [act(1, STARTED, 0, "0.10"), act(2, PAUSED, 60)],
    "stopped": [act(1, STARTED, 0, "0.10"), act(2, STOPPED, 60)],
}
# What an act with a dose of 0.15 after 90 min makes of each state: state, dose, since when; None: no course yet.
PAIRS = {
    ("nothing", STARTED): ("running", "0.15", 90),
    ("nothing", RESUMED): ("running", "0.15", 90),
    ("nothing", FOUND): ("running", "0.15", 90),
    ("nothing", CHANGED): None,
    ("nothing", BAG): None,
    ("nothing", PAUSED): None,
    ("nothing", STOPPED): None,
    ("running", STARTED): ("running", "0.15", 90),
    ("running", RESUMED): ("running", "0.15", 90),
    ("running", FOUND): ("running", "0.15", 90),
    ("running", CHANGED): ("running", "0.15", 90),
    ("running", BAG): ("running", "0.15", 90),
    ("running", PAUSED): ("paused", "0.10", 90),
    ("running", STOPPED): ("stopped", "0.10", 90),
    ("paused", STARTED): ("running", "0.15", 90),
    ("paused", RESUMED): ("running", "0.15", 90),
    ("paused", FOUND): ("running", "0.15", 90),
    ("paused", CHANGED): ("paused", "0.10", 60),
    ("paused", BAG): ("paused", "0.10", 60),
    ("paused", PAUSED): ("paused", "0.10", 60),
    ("paused", STOPPED): ("stopped", "0.10", 90),
    ("stopped", STARTED): ("running", "0.15", 90),
    ("stopped", RESUMED): ("running", "0.15", 90),
    ("stopped", FOUND): ("running", "0.15", 90),
    ("stopped", CHANGED): ("stopped", "0.10", 60),
    ("stopped", BAG): ("stopped", "0.10", 60),
    ("stopped", PAUSED): ("stopped", "0.10", 60),
    ("stopped", STOPPED): ("stopped", "0.10", 60),
    ("nothing", WITHDRAWN): None,
    ("running", WITHDRAWN): ("running", "0.10", 0),
    ("paused", WITHDRAWN): ("paused", "0.10", 60),
    ("stopped", WITHDRAWN): ("stopped", "0.10", 60),
}


def test_the_table_has_every_pair():
    assert set(PAIRS) == {(state, kind) for state in BEFORE for kind in DeliveryKind}


@pytest.mark.parametrize(("state", "kind"), list(PAIRS))
def test_every_state_meets_every_act(state, kind):
    dose = "0.15" if kind in FLOWING else None
    facts = course([*BEFORE[state], act(9, kind, 90, dose)])
    expected = PAIRS[state, kind]
    assert expected == (facts and (facts.state.value, str(facts.dose_mg_per_kg_h), (facts.changed_at - START) / MINUTE))
    if facts is not None:
        assert (facts.paused_at is not None) is (facts.state is CourseState.PAUSED)
        assert (facts.stopped_at is not None) is (facts.state is CourseState.STOPPED)


def test_an_increase_and_a_decrease_are_counted_from_and_the_same_dose_is_not():
    events = [act(1, STARTED, 0, "0.10"), act(2, CHANGED, 60, "0.15")]
    facts = course(events)
    assert (facts.last_increase_at, facts.last_decrease_or_restart_at) == (after(60), None)
    assert (facts.previous_dose_mg_per_kg_h, facts.dose_changed_at) == (D("0.10"), after(60))
    assert course([*events, act(3, BAG, 90, "0.15")]) == facts, "a new bag at the same dose is no change"
    facts = course([*events, act(3, CHANGED, 90, "0.05")])
    assert (facts.last_increase_at, facts.last_decrease_or_restart_at) == (after(60), after(90))


@pytest.mark.parametrize("halt", [PAUSED, STOPPED])
def test_a_restart_is_counted_from_and_the_first_start_stays(halt):
    halted = [act(1, STARTED, 0, "0.10"), act(2, halt, 60)]
    same = course([*halted, act(3, RESUMED, 90)])
    assert (same.first_started_at, same.last_decrease_or_restart_at, same.changed_at) == (START, after(90), after(90))
    assert (same.dose_mg_per_kg_h, same.dose_changed_at, same.last_increase_at) == (D("0.10"), START, None)
    more = course([*halted, act(3, RESUMED, 90, "0.20")])
    assert (more.last_increase_at, more.last_decrease_or_restart_at) == (after(90), after(90))


def test_what_was_set_while_nothing_flowed_begins_with_the_resumption():
    halted = [act(1, STARTED, 0, "0.10"), act(2, PAUSED, 60), act(3, CHANGED, 70, "0.05")]
    assert course(halted).dose_mg_per_kg_h == D("0.10")
    resumed = course([*halted, act(4, RESUMED, 90)])
    assert (resumed.dose_mg_per_kg_h, resumed.rate_ml_per_h) == (D("0.05"), D("1.75"))


def test_a_flow_at_no_known_rate_is_an_error():
    with pytest.raises(DeliveryError, match="started"):
        course([act(1, STARTED, 0)])


@pytest.mark.parametrize("halt", [PAUSED, STOPPED])
def test_a_halt_tapped_by_mistake_and_withdrawn_never_was(halt):
    running = [act(1, STARTED, 0, "0.10"), act(2, CHANGED, 30, "0.15")]
    mistake = [*running, act(3, halt, 60), act(4, WITHDRAWN, 60, supersedes=3)]
    assert course(mistake) == course(running)
    assert segments(mistake) == segments(running)


def test_a_reason_said_later_keeps_the_place_of_the_pause_that_it_explains():
    events = [act(1, STARTED, 0, "0.10"), act(2, PAUSED, 60), act(3, RESUMED, 60, "0.10")]
    said = replace(act(4, PAUSED, 60, supersedes=2), pause_reason=PauseReason.LINE)
    assert course([*events, said]).state is CourseState.RUNNING
    assert course([*events[:2], said]).pause_reason == "line"


def test_a_pause_carries_its_reason_and_its_until_until_the_pump_runs():
    pause = replace(act(2, PAUSED, 60), pause_reason=PauseReason.IMAGING, until_at=after(90))
    events = [act(1, STARTED, 0, "0.10"), pause]
    facts = course(events)
    assert (facts.pause_reason, facts.paused_until) == ("imaging", after(90))
    for kind in (STOPPED, RESUMED):
        facts = course([*events, act(3, kind, 70)])
        assert (facts.pause_reason, facts.paused_until) == ("", None)


@pytest.mark.parametrize(
    ("acts", "since"),
    [
        ([(FOUND, 60, "0.10")], None),
        ([(FOUND, 60, "0.20")], 60),
        ([(FOUND, 60, "0.05")], 60),
        ([(FOUND, 60, "0.20"), (FOUND, 70, "0.30")], 60),
        ([(FOUND, 60, "0.20"), (FOUND, 70, "0.10")], None),
        ([(FOUND, 60, "0.20"), (BAG, 70, "0.20")], 60),
        ([(FOUND, 60, "0.20"), (BAG, 70, None)], 60),
        ([(FOUND, 60, "0.20"), (CHANGED, 70, "0.10")], None),
        ([(FOUND, 60, "0.20"), (CHANGED, 70, "0.05")], None),
        ([(FOUND, 60, "0.20"), (PAUSED, 70, None)], None),
        ([(FOUND, 60, "0.20"), (STOPPED, 70, None)], None),
        ([(PAUSED, 50, None), (FOUND, 60, "0.10")], 60),
        ([(STOPPED, 50, None), (FOUND, 60, "0.10")], 60),
        ([(CHANGED, 50, "0.15"), (FOUND, 60, "0.10")], 60),
        ([(CHANGED, 50, "0.15"), (FOUND, 60, "0.15")], None),
    ],
)
def test_a_pump_found_at_what_nobody_ordered_differs_until_it_is_set_or_halted(acts, since):
    events = [act(1, STARTED, 0, "0.10"), *[act(n, *each) for n, each in enumerate(acts, start=2)]]
    assert course(events).found_differing_at == (None if since is None else after(since))


def test_a_bag_that_is_said_to_have_been_hung_with_another_rate_differs():
    events = [act(1, STARTED, 0, "0.10"), act(2, BAG, 20, "0.10"), act(3, BAG, 20, "0.12", supersedes=2)]
    assert (course(events).found_differing_at, ordered_dose(events)) == (after(20), D("0.10"))


def test_a_pump_found_running_that_nobody_started_differs():
    assert course([act(1, FOUND, 5, "0.10")]).found_differing_at == after(5)


FOUND_HIGH = [act(1, STARTED, 0, "0.10"), act(2, FOUND, 10, "0.30")]


@pytest.mark.parametrize(
    ("following", "differs", "ordered"),
    [
        ([act(3, BAG, 20, "0.30")], True, "0.10"),
        ([act(3, BAG, 20, "0.30"), act(4, FOUND, 15, "0.40")], True, "0.10"),
        ([act(3, CHANGED, 20, "0.20", allowed=False)], True, "0.10"),
        ([act(3, CHANGED, 20, "0.20", allowed=False), act(4, CHANGED, 30, "0.15", allowed=False)], True, "0.10"),
        ([act(3, CHANGED, 20, "0.20")], False, "0.20"),
        ([act(3, RESUMED, 20, "0.20", allowed=False)], True, "0.10"),
        ([act(3, CHANGED, 20, "0.10")], False, "0.10"),
        ([act(3, CHANGED, 20, "0.05")], False, "0.05"),
        ([act(3, CHANGED, 20, "0.20", allowed=False), act(4, FOUND, 30, "0.10")], False, "0.10"),
        ([act(3, FOUND, 20, "0.10"), act(4, CHANGED, 30, "0.15")], False, "0.15"),
        ([act(3, CHANGED, 20, "0.20", allowed=False), act(4, PAUSED, 30)], False, "0.10"),
        ([act(3, PAUSED, 20), act(4, RESUMED, 30, "0.10"), act(5, CHANGED, 150, "0.15")], False, "0.15"),
    ],
)
def test_what_nobody_ordered_becomes_ordered_neither_by_a_bag_nor_by_being_lowered_a_little(
    following, differs, ordered
):
    events = [*FOUND_HIGH, *following]
    assert (course(events).found_differing_at == after(10)) is differs
    assert ordered_dose(events) == D(ordered)


@pytest.mark.parametrize(("ceiling", "differs"), [(None, True), ("0.15", True), ("0.19", True), ("0.20", False)])
def test_a_higher_dose_is_an_ordered_one_only_up_to_what_somebody_allowed(ceiling, differs):
    told = replace(act(2, CHANGED, 30, "0.20"), allowed_up_to=None if ceiling is None else D(ceiling))
    events = [act(1, STARTED, 0, "0.10"), told]
    assert (course(events).found_differing_at == after(30)) is differs
    assert ordered_dose(events) == (D("0.10") if differs else D("0.20"))


def test_the_ordered_dose_is_the_last_one_set_on_purpose():
    events = [act(1, STARTED, 0, "0.10"), act(2, CHANGED, 30, "0.15"), act(3, FOUND, 60, "0.70"), act(4, PAUSED, 65)]
    assert (ordered_dose([]), ordered_dose(events)) == (None, D("0.15"))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([act(1, STARTED, 0, "0.10")], "122 min after the start at 0.10"),
        ([act(1, STARTED, 0, "0.10"), act(2, CHANGED, 100, "0.15")], "22 min after the increase to 0.15"),
        ([act(1, STARTED, 0, "0.10"), act(2, CHANGED, 100, "0.05")], "22 min after the decrease to 0.05"),
        ([act(1, STARTED, 0, "0.10"), act(2, PAUSED, 100)], "22 min after the halt at 0.10"),
        ([act(1, STARTED, 0, "0.10"), act(2, STOPPED, 100)], "22 min after the halt at 0.10"),
        ([act(1, STARTED, 0, "0.10"), act(2, PAUSED, 60), act(3, RESUMED, 100)], "22 min after the restart at 0.10"),
        (
            [act(1, STARTED, 0, "0.10"), act(2, PAUSED, 60), act(3, RESUMED, 100, "0.20")],
            "22 min after the restart at 0.20",
        ),
        (
            [act(1, STARTED, 0, "0.10"), act(2, CHANGED, 100, "0.15"), act(3, BAG, 110, "0.15")],
            "22 min after the increase to 0.15",
        ),
    ],
)
def test_an_alert_says_how_long_after_which_change_it_happened(events, words):
    said = dose_context(course(events)).words(at=after(122))
    assert said == words.replace("122 min", "2 h 02 min")


KINDS = st.sampled_from(list(DeliveryKind))
DOSES = st.sampled_from(["0.05", "0.10", "0.15", "0.20"])


@st.composite
def histories(draw):
    """A start and what followed, a minute or more apart, acts that let flow naming their dose or not."""
    events, minutes = [act(1, STARTED, 0, draw(DOSES))], 0
    for number in range(2, draw(st.integers(2, 9))):
        minutes += draw(st.integers(1, 90))
        kind = draw(KINDS)
        dose = draw(st.none() | DOSES) if kind in FLOWING else None
        events.append(act(number, kind, minutes, dose))
    return events


@settings(max_examples=200)
@given(histories())
def test_the_course_says_the_same_as_the_segments(events):
    facts, flowed = course(events), segments(events)
    flowing = [segment for segment in flowed if segment.end is None]
    assert (facts.state is CourseState.RUNNING) is bool(flowing)
    assert facts.first_started_at == flowed[0].start
    if flowing:
        now = flowing[0]
        assert (facts.dose_mg_per_kg_h, facts.rate_ml_per_h) == (now.dose_mg_per_kg_h, now.rate_ml_per_h)
        assert facts.concentration_mg_per_ml == now.concentration_mg_per_ml
    else:
        assert facts.dose_mg_per_kg_h == flowed[-1].dose_mg_per_kg_h


@settings(max_examples=200)
@given(histories())
def test_the_dose_context_of_the_course_is_the_last_change_of_the_segments(events):
    facts = course(events)
    said, at = dose_context(facts), events[-1].effective_at
    last = last_change(segments(events), at)
    assert said.dose_mg_per_kg_h == last.dose_mg_per_kg_h
    if last.change is Change.RESTART and said.change is Change.DECREASE:
        assert facts.dose_mg_per_kg_h < facts.previous_dose_mg_per_kg_h, (
            "a restart at less is told as the decrease it is"
        )
    else:
        assert said.change is last.change
    if last.change is not Change.HALT:
        assert said.changed_at == last.changed_at


@settings(max_examples=200)
@given(histories(), st.randoms())
def test_the_course_does_not_depend_on_how_it_was_recorded(events, random):
    shuffled = random.sample(events, len(events))
    assert course(shuffled) == course(events)
    late = [replace(each, recorded_at=each.recorded_at + timedelta(days=1)) for each in events]
    assert course(late) == course(events)


@settings(max_examples=200)
@given(histories(), st.data())
def test_a_superseded_event_never_was_and_its_correction_always_was(events, data):
    wrong = data.draw(st.sampled_from(events[1:])) if len(events) > 1 else events[0]
    meant = act(wrong.id, STARTED, 30, "0.10") if wrong is events[0] else act(wrong.id, CHANGED, 45, "0.15")
    corrected = [*events, replace(meant, id=100, supersedes=wrong.id)]
    straight = [each for each in events if each is not wrong] + [meant]
    assert course(corrected) == course(straight)
    named = [
        replace(each, event_id=wrong.id if each.event_id == 100 else each.event_id) for each in segments(corrected)
    ]
    assert named == list(segments(straight))


@given(histories())
def test_a_bag_changed_at_what_runs_leaves_everything_as_it_is(events):
    facts = course(events)
    if facts.state is CourseState.RUNNING:
        assert course([*events, act(100, BAG, 100_000)]) == facts


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (PauseReason.LINE, PauseReason.SEDATION, "sedation"),
        (PauseReason.SEDATION, PauseReason.LINE, "sedation"),
        (PauseReason.LINE, None, "line"),
        (None, PauseReason.LINE, "line"),
        (PauseReason.LINE, PauseReason.IMAGING, "line"),
    ],
)
def test_of_two_pauses_on_end_the_first_is_the_time_and_a_clinical_reason_the_reason(first, second, expected):
    started = act(1, STARTED, 0, "0.10")
    halts = [replace(act(2, PAUSED, 60), pause_reason=first), replace(act(3, PAUSED, 90), pause_reason=second)]
    facts = course([started, *halts])
    assert (facts.pause_reason, (facts.paused_at - START) / MINUTE) == (expected, 60)
