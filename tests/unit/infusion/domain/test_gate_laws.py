"""Laws of the gate: a worse fact never takes a hard reason away, opening opens only what is soft, order does not matter."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

from hypothesis import event, given, settings
from hypothesis import strategies as st

from core.errors import Kind
from infusion.domain.course import CourseState
from infusion.domain.gate import next_dose, not_before, reasons_not_to_increase
from infusion.domain.order import is_too_fine
from infusion.domain.question import Ceiling, Stretch, Weighed, Window
from infusion.domain.readiness import LiverEnzymes, RedAlert
from infusion.domain.restart import reasons_not_to_allow_restart
from infusion.domain.words import Stage
from tests.unit.infusion.domain.a_question import AT, HOUR, MINUTE, question

SOFT_CODES = (
    "step_over_increment", "step_interval_running", "hold_running", "outside_window", "liver_missing", "liver_old",
    "liver_raised", "pain_at_goal", "pain_not_rated", "rise_in_24_h", "dose_above_asked", "weight_large",
    "pump_tick_coarse", "fluid_large",
)  # fmt: skip

doses = st.decimals(D("0"), D("1.2"), places=2)
ages = st.integers(0, 180).map(lambda minutes: AT - minutes * MINUTE)
people = st.integers(1, 4)
stages = st.sampled_from(Stage)


@st.composite
def stretches(draw):
    """A delivery of up to six stretches within the last 30 h, some with gaps, the last running."""
    marks = sorted(draw(st.lists(st.integers(1, 1800), min_size=1, max_size=6, unique=True)), reverse=True)
    flows = []
    for before, after in zip(marks, [*marks[1:], None], strict=True):
        end = None if after is None else AT - timedelta(minutes=draw(st.integers(after, before - 1)))
        flows.append(Stretch(AT - before * MINUTE, end, draw(doses)))
    return tuple(flows)


@st.composite
def questions(draw):
    """Any question, most of them with some reasons, some with none."""
    flows = draw(stretches())
    ceiling = draw(
        st.none() | st.builds(Ceiling, doses, st.integers(-60, 120).map(lambda minutes: AT + minutes * MINUTE), people)
    )
    asked = question(
        draw(stages),
        delivery_dose=draw(st.sampled_from([D("0.20"), flows[-1].dose])),
        delivery_recent=flows,
        delivery_state=draw(st.sampled_from([CourseState.RUNNING, CourseState.RUNNING, CourseState.PAUSED])),
        delivery_dose_changed_at=draw(ages),
        delivery_target_declared_at=draw(st.none() | ages),
        delivery_held=draw(st.none() | st.integers(0, 400).map(lambda minutes: minutes * MINUTE)),
        delivery_hold_is_counting=draw(st.booleans()),
        readiness_full_set_at=draw(st.none() | ages),
        readiness_sedation=draw(st.sampled_from(["S", "1", "1", "2", "3", "4", "x", None])),
        readiness_sedation_scale=draw(st.sampled_from(["poss", "poss", "rass"])),
        readiness_psychotomimetic=draw(st.none() | st.integers(0, 3)),
        readiness_pain=draw(st.none() | st.integers(0, 10)),
        readiness_red_alerts=tuple(
            RedAlert(words, AT) for words in draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
        ),
        readiness_liver=draw(st.none() | st.builds(LiverEnzymes, ages, st.decimals(0, 6, places=2), st.just("ALT"))),
        order_expires_at=AT + draw(st.integers(-2, 2)) * HOUR,
        order_dosing_weight_kg=draw(st.decimals(30, 200, places=2)),
        order_weight_is_measured=draw(st.booleans()),
        order_reweigh_by=draw(st.none() | ages),
        newest_weight=draw(st.none() | st.builds(Weighed, st.decimals(30, 200, places=2), st.booleans())),
        window=draw(st.none() | st.builds(Window, st.times(), st.times())),
        ceiling=ceiling,
        dose=draw(doses),
        by=draw(people),
        witness=draw(st.none() | people),
        requested_by=draw(st.none() | people),
        opened=frozenset(draw(st.sets(st.sampled_from(SOFT_CODES)))),
    )
    return replace(asked, order=None) if draw(st.integers(0, 20)) == 0 else asked


def hard(asked):
    return {reason.code for reason in reasons_not_to_increase(asked) if reason.kind is Kind.HARD}


def soft(asked):
    return {reason.code for reason in reasons_not_to_increase(asked) if reason.kind is Kind.SOFT}


def worse(asked, how):
    """The same question with one fact that is worse for the patient, or one more that stands against it."""
    seen, order = asked.readiness, asked.order
    if how == "red alert":
        return replace(asked, readiness=replace(seen, red_alerts=(*seen.red_alerts, RedAlert("more", AT))))
    if how == "older set" and seen.full_set_at is not None:
        return replace(asked, readiness=replace(seen, full_set_at=seen.full_set_at - 17 * MINUTE))
    if how == "mind" and seen.psychotomimetic is not None:
        return replace(asked, readiness=replace(seen, psychotomimetic=min(3, seen.psychotomimetic + 1)))
    if how == "liver" and seen.liver is not None:
        return replace(asked, readiness=replace(seen, liver=replace(seen.liver, worst_uln=seen.liver.worst_uln * 2)))
    if how == "sleepier" and seen.sedation_scale == "poss" and seen.sedation in ("1", "2", "3"):
        return replace(asked, readiness=replace(seen, sedation=str(int(seen.sedation) + 1)))
    if how == "overdue":
        return replace(asked, readiness=replace(seen, set_overdue_since=AT - MINUTE))
    if how == "expiry" and order is not None:
        return replace(asked, order=replace(order, expires_at=order.expires_at - 3 * HOUR))
    if how == "lower maximum" and order is not None:
        return replace(asked, order=replace(order, maximum=order.maximum / 2))
    if how == "lower ceiling" and asked.ceiling is not None and asked.stage is not Stage.REQUEST:
        return replace(asked, ceiling=replace(asked.ceiling, dose=asked.ceiling.dose / 2))
    return asked


HOWS = (
    "red alert", "older set", "mind", "liver", "sleepier", "overdue", "expiry", "lower maximum", "lower ceiling",
)  # fmt: skip


@given(questions(), st.sampled_from(HOWS))
def test_a_worse_fact_never_takes_a_hard_reason_away(asked, how):
    changed = worse(asked, how)
    event(f"{how} adds a hard reason: {hard(changed) > hard(asked)}")
    assert hard(asked) <= hard(changed)


@given(questions(), st.sampled_from(SOFT_CODES))
def test_opening_a_soft_reason_takes_away_that_one_alone(asked, code):
    before, after = replace(asked, opened=frozenset()), replace(asked, opened=frozenset({code}))
    assert hard(before) == hard(after)
    assert soft(after) == soft(before) - {code}


@given(questions())
def test_everything_opened_leaves_the_hard_reasons(asked):
    everything = {reason.code for reason in reasons_not_to_increase(asked)} | set(SOFT_CODES)
    opened = replace(asked, opened=frozenset(everything))
    assert hard(opened) == hard(asked)
    assert soft(opened) == set()


@given(questions(), st.randoms(use_true_random=False))
def test_the_reasons_do_not_depend_on_the_order_of_the_facts(asked, random):
    alerts = list(asked.readiness.red_alerts)
    random.shuffle(alerts)
    shuffled = replace(asked, readiness=replace(asked.readiness, red_alerts=tuple(alerts)))
    assert set(reasons_not_to_increase(shuffled)) == set(reasons_not_to_increase(asked))


@given(questions())
def test_hard_reasons_come_first_and_none_is_said_twice(asked):
    reasons = reasons_not_to_increase(asked)
    kinds = [reason.kind for reason in reasons]
    assert kinds == sorted(kinds, key=[Kind.HARD, Kind.SOFT].index)
    assert len(set(reasons)) == len(reasons)


@given(questions())
@settings(max_examples=300)
def test_what_is_too_early_is_so_until_not_before_and_no_longer(asked):
    at_the_pump = replace(asked, stage=Stage.EXECUTION)
    until = not_before(at_the_pump)
    clocks = {"step_interval_running", "outside_window"}
    event(f"too early: {until is not None}")
    if until is None:
        assert not soft(at_the_pump) & clocks or at_the_pump.order is None
    else:
        assert until > AT
        assert not soft(replace(at_the_pump, at=until)) & clocks
        assert soft(replace(at_the_pump, at=until - timedelta(microseconds=1))) & (clocks | {"hold_running"})


@given(questions())
def test_the_next_dose_is_above_the_present_one_and_within_every_limit(asked):
    following = next_dose(asked)
    if following is None:
        return
    assert asked.delivery.dose < following <= min(asked.order.maximum, asked.rules.maximum)
    said = reasons_not_to_increase(replace(asked, dose=following, first_step=following))
    assert not {"above_maximum", "not_an_increase", "step_over_increment"} & {reason.code for reason in said} or (
        asked.delivery.dose + asked.order.increment < asked.rules.minimum
    )


WILD = st.decimals(allow_nan=True, allow_infinity=True).filter(lambda dose: not dose.is_snan())


@given(questions(), WILD)
def test_the_gate_answers_whatever_the_dose_and_keeps_all_it_says_of_the_patient(asked, dose):
    wild = replace(asked, dose=dose, first_step=dose)
    of_patient = {"red_alert", "full_set_old", "full_set_missing", "sedation_not_acceptable", "psychotomimetic_high"}
    assert hard(wild) & of_patient == hard(asked) & of_patient
    assert ("dose_too_fine" in hard(wild)) is is_too_fine(dose)
    not_before(wild)
    reasons_not_to_allow_restart(wild, ordered=asked.delivery.dose)


@given(questions(), st.none() | st.sampled_from([D("0.05"), D("0.20"), D("0.5001")]))
def test_a_restart_is_never_above_the_dose_that_was_ordered_before(asked, ordered):
    halted = replace(asked, delivery=replace(asked.delivery, state=CourseState.STOPPED))
    refused = {reason.code for reason in reasons_not_to_allow_restart(halted, ordered=ordered)}
    expected = {"above_previous"} if ordered is not None and halted.dose > max(ordered, 0) else set()
    assert refused & {"above_previous"} == expected
    assert ("dose_impossible" in refused) is (halted.dose <= 0)
