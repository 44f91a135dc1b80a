"""Laws of the reconciliation that no table can show: whatever happened before, in whatever order."""

from dataclasses import replace
from decimal import Decimal as D

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from infusion.domain.course import CourseFacts, CourseState
from infusion.domain.words import PumpCheckKind
from monitoring.domain.alert_rules import Direction, Rule
from monitoring.domain.assessments import Analyte
from monitoring.domain.conditions import next_condition_at
from monitoring.domain.judging import OF_SETS
from monitoring.domain.stay import Ending, HangingBag, OpenCheck, SeenEvent, SeenLiver, SeenMood
from tests.unit.monitoring.domain.a_stay import (
    MINUTE,
    START,
    acknowledged,
    after,
    charted,
    replaced,
    seen,
    settled,
    stay,
)

VALUES = st.fixed_dictionaries(
    {},
    optional={
        "heart_rate": st.sampled_from([None, 38, 45, 72, 115, 131, 136, 142, 150]),
        "systolic": st.sampled_from([None, 88, 95, 124, 165, 185, 196, 204]),
        "spo2": st.sampled_from([None, 84, 88, 90, 92, 97]),
        "respiratory_rate": st.sampled_from([None, 7, 10, 16, 22, 26]),
        "on_oxygen": st.booleans(),
        "sedation": st.sampled_from([None, "1", "3", "4"]),
    },
)
# What may happen, each with the minutes that pass before it.
ACTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 7, 10, 15, 40, 130]),
        st.one_of(
            st.tuples(st.just("set"), st.sampled_from([0, 0, 0, 5, 35]), VALUES),
            st.tuples(st.just("correct"), st.integers(0, 5), VALUES),
            st.tuples(st.just("look"), st.integers(0, 3)),
            st.tuples(st.sampled_from(["sweep", "increase", "pause", "stop", "leave"])),
        ),
    ),
    max_size=14,
)


def happened(facts, act, *, minutes, number):
    """The facts after one act, not yet settled."""
    match act:
        case "set", late, values:
            return charted(facts, seen(number, minutes - late, recorded=minutes, **values))
        case "correct", which, values if facts.sets:
            old = facts.sets[which % len(facts.sets)]
            new = replace(seen(number, 0, **values), recorded_at=after(minutes))
            return replaced(facts, old.id, replace(new, reading=replace(new.reading, observed_at=old.observed_at)))
        case "look", which if facts.alerts:
            known = facts.alerts[which % len(facts.alerts)]
            seen_now = acknowledged(known) if known.is_open else known
            return replace(facts, alerts=tuple(seen_now if each is known else each for each in facts.alerts))
        case ("increase",) if facts.course.stopped_at is None and facts.course.paused_at is None:
            return replace(facts, course=replace(facts.course, last_increase_at=after(minutes)))
        case ("pause",) if facts.course.stopped_at is None:
            return replace(facts, course=replace(facts.course, paused_at=after(minutes)))
        case ("stop",) if facts.course.stopped_at is None:
            return replace(facts, course=replace(facts.course, paused_at=None, stopped_at=after(minutes)))
        case ("leave",) if facts.course.stopped_at is not None:
            return replace(facts, is_present=False)
    return facts


def story(acts):
    """Every step of a stay: the minute, the facts before settling, both changes, the facts after."""
    minutes, facts = 0, stay()
    yield 0, facts, *settled(facts, at=START)
    facts = settled(facts, at=START)[2]
    for number, (passed, act) in enumerate(acts, start=100):
        minutes += passed
        before = happened(facts, act, minutes=minutes, number=number)
        of_prompt, of_alerts, facts = settled(before, at=after(minutes))
        yield minutes, before, of_prompt, of_alerts, facts


@settings(max_examples=300)
@given(ACTS)
def test_settling_again_changes_nothing(acts):
    for minutes, _before, _prompt, of_alerts, facts in story(acts):
        event(f"alerts change: {not of_alerts.is_nothing}")
        of_prompt, of_alerts, _ = settled(facts, at=after(minutes))
        assert of_prompt.is_nothing
        assert of_alerts.is_nothing


@settings(max_examples=200)
@given(ACTS)
def test_while_the_pump_runs_one_prompt_is_open_and_it_never_moves(acts):
    for _minutes, before, change, _alerts, facts in story(acts):
        was, now = before.open_prompt, facts.open_prompt
        if facts.is_present and facts.course.stopped_at is None:
            assert now is not None
        if was is not None and now is not None and change.ends is None:
            assert (was.due_at, was.interval) == (now.due_at, now.interval)
        if not facts.is_present:
            assert now is None


@settings(max_examples=200)
@given(ACTS)
def test_no_prompt_ends_twice_and_none_is_both_missed_and_done(acts):
    asked = []
    for _minutes, before, change, _alerts, _facts in story(acts):
        ended = [(change.ends, before.open_prompt.facts)] if change.ends else []
        ended += [(each.ending, each.facts) for each in change.past]
        asked += [facts.due_at for ending, facts in ended if ending in (Ending.DONE, Ending.MISSED)]
    assert len(asked) == len(set(asked))


@settings(max_examples=200)
@given(ACTS, st.integers(0, 400), st.integers(0, 400))
def test_time_going_on_never_unmisses_and_it_does_not_matter_how_often_one_looks(acts, first, second):
    minutes, *_, facts = list(story(acts))[-1]
    between, at = minutes + first, minutes + first + second
    one, _, halfway = settled(facts, at=after(between))
    two, _, by_steps = settled(halfway, at=after(at))
    straight, _, at_once = settled(facts, at=after(at))

    def missed(change, of):
        own = [of.open_prompt.facts] if change.ends is Ending.MISSED else []
        return own + [each.facts for each in change.past if each.ending is Ending.MISSED]

    assert missed(one, facts) + missed(two, halfway) == missed(straight, facts)
    assert at_once.open_prompt is by_steps.open_prompt is None or (
        at_once.open_prompt.facts == by_steps.open_prompt.facts
    )
    assert {each.rule for each in by_steps.alerts if each.is_open} == {
        each.rule for each in at_once.alerts if each.is_open
    }


@settings(max_examples=200)
@given(ACTS, VALUES)
def test_acknowledging_never_hides_a_worsening(acts, values):
    minutes, *_, facts = list(story(acts))[-1]
    assume(facts.is_present)
    looked = replace(facts, alerts=tuple(acknowledged(each) if each.is_open else each for each in facts.alerts))
    looked = settled(looked, at=after(minutes))[2]
    newest = seen(999, minutes + 5, **values)
    rung = {
        each.finding.key for each in settled(charted(looked, newest), at=after(minutes + 5))[1].raised if each.rings
    }
    for known in looked.alerts:
        if known.is_open and known.number is not None and known.rule in (Rule.HEART_RATE, Rule.SPO2):
            value = getattr(newest.reading.values, known.rule.value)
            worse_by = {Rule.HEART_RATE: 10, Rule.SPO2: 2}[known.rule]
            beyond = value is not None and (
                value <= known.number - worse_by
                if known.direction is Direction.LOW
                else value >= known.number + worse_by
            )
            assert known.key in rung or not beyond


SICKER = [("heart_rate", 72, 220), ("spo2", 97, 70), ("respiratory_rate", 16, 2), ("systolic", 124, 60)]


@settings(max_examples=200)
@given(ACTS, VALUES, st.data())
def test_a_sicker_newest_set_never_leaves_fewer_alerts_open(acts, values, data):
    minutes, *_, facts = list(story(acts))[-1]
    assume(facts.is_present)
    field, well, ill = data.draw(st.sampled_from(SICKER))
    span = st.integers(min(well, ill), max(well, ill))
    milder, sicker = sorted((data.draw(span), data.draw(span)), reverse=ill < well)

    def standing(value):
        newest = seen(999, minutes + 5, **{**values, field: value})
        after_it = settled(charted(facts, newest), at=after(minutes + 5))[2]
        return {each.key: each.severity.rank for each in after_it.alerts if each.is_open and not each.recovered_at}

    mild, sick = standing(milder), standing(sicker)
    assert all(sick.get(key, 0) >= rank for key, rank in mild.items())


@given(st.integers(1, 30))
def test_sets_in_time_leave_no_prompt_missed(count):
    facts = settled(stay(), at=START)[2]
    for number in range(count):
        at = facts.open_prompt.due_at
        change, _, facts = settled(charted(facts, seen(number, (at - START) / MINUTE)), at=at)
        assert (change.ends, change.past, facts.last_done_at) == (Ending.DONE, (), at)
        assert facts.open_prompt.due_at > at


@settings(max_examples=150)
@given(ACTS, st.integers(1, 20_000))
def test_an_alert_about_a_value_that_stands_is_never_closed_by_time(acts, later):
    minutes, *_, facts = list(story(acts))[-1]
    assume(facts.is_present)
    looked = replace(facts, alerts=tuple(acknowledged(each) if each.is_open else each for each in facts.alerts))
    looked = settled(looked, at=after(minutes))[2]
    _, of_alerts, then = settled(looked, at=after(minutes + later))
    about_values = {each.id for each in looked.alerts if each.is_open and each.rule in OF_SETS}
    assert about_values.isdisjoint(of_alerts.closed)
    assert about_values <= {each.id for each in then.alerts if each.is_open}


RECORDS = st.fixed_dictionaries(
    {},
    optional={
        "events": st.lists(st.sampled_from([Rule.FALL, Rule.SEIZURE]), max_size=3).map(
            lambda kinds: tuple(SeenEvent(n, kind, START, START) for n, kind in enumerate(kinds, start=40))
        ),
        "vomited": st.sampled_from([(), ((1, START),), ((1, START), (2, after(90))), ((1, START), (2, after(400)))]),
        "mood": st.frozensets(st.integers(1, 6)).map(lambda yes: SeenMood(50, START, START, yes, six_is_recent=True)),
        "liver": st.sampled_from([40, 101, 155, 260]).map(
            lambda alt: SeenLiver(60, START, {Analyte.ALT: D(alt)}, {Analyte.ALT: D(alt) / 50})
        ),
        "bag": st.builds(HangingBag, st.just(70), st.sampled_from([D(5), D(60)]), st.just(START), st.sampled_from([None, D(7)])),
        "differs_since": st.sampled_from([None, after(3)]),
        "checks": st.sampled_from([(), (OpenCheck(80, PumpCheckKind.SINGLE_SIGNED, START),)]),
        "delivery": st.sampled_from(CourseState).map(
            lambda state: CourseFacts(state, START, START, D("0.1"), D(7), D(1), paused_at=START, paused_until=after(45))
        ),
    },
)  # fmt: skip
PASSED = st.sampled_from([0, 5, 44, 50, 200, 460, 12_000, 14_000])


@settings(max_examples=300)
@given(st.lists(st.tuples(PASSED, RECORDS, st.sampled_from(["", "look", "close"])), min_size=1, max_size=5))
def test_settling_other_records_again_changes_nothing_and_the_clock_goes_on(steps):
    minutes, facts = 0, stay()
    for passed, changed, act in steps:
        minutes += passed
        alerts = facts.alerts
        if act == "look":
            alerts = tuple(acknowledged(each) if each.is_open else each for each in alerts)
        if act == "close":
            alerts = tuple(replace(each, is_open=False, closed_by_hand=True) for each in alerts)
        facts = settled(replace(facts, **changed, alerts=alerts), at=after(minutes))[2]
        assert settled(facts, at=after(minutes))[1].is_nothing
        keys = [each.key for each in facts.alerts if each.is_open]
        assert len(keys) == len(set(keys))
        acts_at = next_condition_at(facts, at=after(minutes))
        assert acts_at is None or acts_at > after(minutes)
