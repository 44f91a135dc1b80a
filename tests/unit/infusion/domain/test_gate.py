"""The gate for an increase: every reason on both sides of its boundary (DOMAIN 3, "The gate for an increase")."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest

from core.errors import Kind
from infusion.domain.course import CourseState
from infusion.domain.gate import next_dose, not_before, reasons_not_to_increase
from infusion.domain.question import Ceiling, Stretch, Weighed, Window, lowest_in_24_h
from infusion.domain.readiness import LiverEnzymes, RedAlert
from infusion.domain.words import Stage
from tests.unit.infusion.domain.a_question import (
    AT,
    DELIVERY,
    HOUR,
    MINUTE,
    NURSE,
    PHYSICIAN,
    RULES,
    SECOND,
    SEEN,
    question,
)

SECOND_OF_TIME = timedelta(seconds=1)
EXECUTION, REQUEST, APPROVAL = Stage.EXECUTION, Stage.REQUEST, Stage.APPROVAL


def codes(asked):
    return [reason.code for reason in reasons_not_to_increase(asked)]


def hard(asked):
    return [reason.code for reason in reasons_not_to_increase(asked) if reason.kind is Kind.HARD]


def soft(asked):
    return [reason.code for reason in reasons_not_to_increase(asked) if reason.kind is Kind.SOFT]


@pytest.mark.parametrize("stage", list(Stage))
def test_nothing_stands_against_an_ordinary_step(stage):
    assert codes(question(stage)) == []


def recent(*doses, hours=2):
    """Stretches of so many hours each until now, the last of them running."""
    starts = [AT - hours * HOUR * (len(doses) - n) for n in range(len(doses))]
    ends = [*starts[1:], None]
    return tuple(Stretch(start, end, D(dose)) for start, end, dose in zip(starts, ends, doses, strict=True))


# Reason, what just passes, what just does not. All at the execution.
HARD = [
    ("order_expired", {"order_expires_at": AT + SECOND_OF_TIME}, {"order_expires_at": AT}),
    ("not_running", {}, {"delivery_state": CourseState.PAUSED}),
    ("not_running", {}, {"delivery_state": CourseState.STOPPED}),
    ("pump_differs", {}, {"delivery_found_differing_at": AT - HOUR}),
    ("concentration_differs", {}, {"delivery_concentration_mg_per_ml": D(5)}),
    ("not_an_increase", {"dose": D("0.2001")}, {"dose": D("0.20")}),
    ("not_an_increase", {"dose": D("0.21")}, {"dose": D("0.19")}),
    ("above_ceiling", {"dose": D("0.25"), "ceiling": Ceiling(D("0.25"), AT + HOUR, PHYSICIAN)},
     {"dose": D("0.25"), "ceiling": Ceiling(D("0.2499"), AT + HOUR, PHYSICIAN)}),
    ("no_approval", {"ceiling": Ceiling(D("0.30"), AT + SECOND_OF_TIME, PHYSICIAN)},
     {"ceiling": Ceiling(D("0.30"), AT, PHYSICIAN)}),
    ("no_approval", {}, {"ceiling": None}),
    ("above_maximum", {"order_maximum": D("0.25")}, {"order_maximum": D("0.2499")}),
    ("below_minimum", {"delivery_dose": D("0.02"), "delivery_recent": recent("0.02"), "dose": D("0.05")},
     {"delivery_dose": D("0.02"), "delivery_recent": recent("0.02"), "dose": D("0.0499")}),
    ("step_over_largest", {"dose": D("0.30"), "opened": frozenset({"step_over_increment"})},
     {"dose": D("0.3001"), "ceiling": Ceiling(D("0.5"), AT + HOUR, PHYSICIAN)}),
    ("dose_too_fine", {"dose": D("0.2345")}, {"dose": D("0.23456")}),
    ("dose_too_fine", {"dose": D("0.25000")}, {"dose": D("NaN")}),
    ("red_alert", {"readiness_yellow_alerts": ("x",)}, {"readiness_red_alerts": (RedAlert("SpO2 88", AT),)}),
    ("full_set_old", {"readiness_full_set_at": AT - 30 * MINUTE},
     {"readiness_full_set_at": AT - 30 * MINUTE - SECOND_OF_TIME}),
    ("full_set_missing", {}, {"readiness_full_set_at": None}),
    ("set_overdue", {}, {"readiness_set_overdue_since": AT - MINUTE}),
    ("sedation_missing", {}, {"readiness_sedation": None}),
    ("sedation_old", {"readiness_sedation_at": AT - 30 * MINUTE},
     {"readiness_sedation_at": AT - 30 * MINUTE - SECOND_OF_TIME}),
    ("sedation_not_acceptable", {"readiness_sedation": "2"}, {"readiness_sedation": "3"}),
    ("sedation_not_acceptable", {"readiness_sedation": "1"}, {"readiness_sedation": "S"}),
    ("sedation_not_acceptable", {"readiness_sedation": "1"}, {"readiness_sedation": "4"}),
    ("sedation_not_acceptable", {"readiness_sedation_scale": "rass", "readiness_sedation": "-1"},
     {"readiness_sedation_scale": "rass", "readiness_sedation": "-2"}),
    ("sedation_not_acceptable", {"readiness_sedation_scale": "rass", "readiness_sedation": "+1"},
     {"readiness_sedation_scale": "rass", "readiness_sedation": "+2"}),
    ("sedation_not_acceptable", {"readiness_sedation_scale": "rass", "readiness_sedation": "0"},
     {"readiness_sedation_scale": "rass", "readiness_sedation": "0", "readiness_asleep": True}),
    ("sedation_not_acceptable", {"readiness_consciousness": "A"}, {"readiness_consciousness": "V"}),
    ("sedation_not_acceptable", {"readiness_consciousness": None}, {"readiness_consciousness": "C"}),
    ("sedation_not_acceptable", {}, {"readiness_sedation_scale": "rass", "readiness_sedation": "calm"}),
    ("sedation_not_acceptable", {}, {"readiness_sedation_scale": "other", "readiness_sedation": "1"}),
    ("psychotomimetic_missing", {}, {"readiness_psychotomimetic": None}),
    ("psychotomimetic_high", {"readiness_psychotomimetic": 1}, {"readiness_psychotomimetic": 2}),
    ("psychotomimetic_old", {"readiness_psychotomimetic_at": AT - 30 * MINUTE},
     {"readiness_psychotomimetic_at": AT - 30 * MINUTE - SECOND_OF_TIME}),
    ("weight_changed", {"newest_weight": Weighed(D("73.49"), True)}, {"newest_weight": Weighed(D("73.5"), True)}),
    ("weight_changed", {"newest_weight": Weighed(D("66.51"), True)}, {"newest_weight": Weighed(D("66.5"), True)}),
    ("liver_high", {"readiness_liver": LiverEnzymes(AT, D("2.99"), "ALT"), "opened": frozenset({"liver_raised"})},
     {"readiness_liver": LiverEnzymes(AT, D("3.00"), "ALT")}),
    ("consent_withdrawn", {}, {"consent_withdrawn": True}),
    ("executor_is_approver", {"by": NURSE}, {"by": PHYSICIAN}),
    ("witness_is_approver", {"witness": SECOND}, {"witness": PHYSICIAN}),
    ("witness_is_executor", {"witness": SECOND}, {"witness": NURSE}),
]  # fmt: skip

UNWEIGHED = {"order_weight_is_measured": False, "order_reweigh_by": AT, "newest_weight": Weighed(D(70), False)}
UP_TO = Ceiling(D("0.50"), AT + HOUR, PHYSICIAN)
NEAR_THIRTY = {"delivery_dose": D("0.26"), "delivery_recent": recent("0.26"), "ceiling": UP_TO}
HARD += [
    ("weight_unmeasured", {**UNWEIGHED, **NEAR_THIRTY, "dose": D("0.30")}, {**UNWEIGHED, **NEAR_THIRTY, "dose": D("0.3001")}),
    ("weight_unmeasured", {**UNWEIGHED, **NEAR_THIRTY, "dose": D("0.31"), "newest_weight": Weighed(D(71), True)},
     {**UNWEIGHED, **NEAR_THIRTY, "dose": D("0.31"), "newest_weight": None}),
    ("reweighing_overdue", UNWEIGHED, {**UNWEIGHED, "order_reweigh_by": AT - SECOND_OF_TIME}),
    ("reweighing_overdue", {**UNWEIGHED, "order_reweigh_by": AT - HOUR, "newest_weight": Weighed(D(70), True)},
     {**UNWEIGHED, "order_reweigh_by": AT - HOUR}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "passes", "fails"), HARD)
def test_a_hard_reason_stands_from_its_boundary_on_and_is_never_opened(code, passes, fails):
    assert code not in codes(question(**passes))
    assert code in hard(question(**fails))
    assert code in hard(question(**{**fails, "opened": frozenset({code})}))


CLIMB = {"dose": D("0.50"), "delivery_dose": D("0.45"), "ceiling": UP_TO}
HIGH = {"ceiling": Ceiling(D("0.70"), AT + HOUR, PHYSICIAN), "delivery_dose": D("0.56")}
SOFT = [
    ("step_over_increment", {"dose": D("0.25")}, {"dose": D("0.2501")}),
    ("step_over_increment", {"dose": D("0.25")}, {"dose": D("0.30")}),
    ("step_interval_running", {"delivery_dose_changed_at": AT - 2 * HOUR},
     {"delivery_dose_changed_at": AT - 2 * HOUR + SECOND_OF_TIME, "delivery_recent": ()}),
    ("hold_running",
     {"delivery_target_declared_at": AT - 6 * HOUR, "delivery_held": 0 * HOUR, "delivery_held_until": AT - 6 * HOUR,
      "delivery_hold_is_counting": True},
     {"delivery_target_declared_at": AT - 6 * HOUR, "delivery_held": 0 * HOUR,
      "delivery_held_until": AT - 6 * HOUR + SECOND_OF_TIME, "delivery_hold_is_counting": True}),
    ("hold_running",
     {"delivery_target_declared_at": AT - 9 * HOUR, "delivery_held": 6 * HOUR, "delivery_held_until": AT - HOUR},
     {"delivery_target_declared_at": AT - 9 * HOUR, "delivery_held": 6 * HOUR - SECOND_OF_TIME,
      "delivery_held_until": AT - HOUR}),
    ("hold_running",
     {"delivery_target_declared_at": AT - HOUR, "delivery_held_until": AT - HOUR, "delivery_hold_ended_at": AT},
     {"delivery_target_declared_at": AT - HOUR, "delivery_held_until": AT - HOUR, "delivery_hold_is_counting": True}),
    ("outside_window", {"window": Window(time(10), time(21))}, {"window": Window(time(10, 1), time(21))}),
    ("outside_window", {"window": Window(time(7), time(10, 1))}, {"window": Window(time(7), time(10))}),
    ("liver_missing", {}, {"readiness_liver": None}),
    ("liver_old", {"readiness_liver": LiverEnzymes(AT - 48 * HOUR, D(1), "ALT")},
     {"readiness_liver": LiverEnzymes(AT - 48 * HOUR - SECOND_OF_TIME, D(1), "ALT")}),
    ("liver_old", {"readiness_liver": LiverEnzymes(AT - 72 * HOUR, D(1), "ALT"), "order_liver_max_age": 72 * HOUR},
     {"readiness_liver": LiverEnzymes(AT - 72 * HOUR, D(1), "ALT"), "order_liver_max_age": 71 * HOUR}),
    ("liver_raised", {"readiness_liver": LiverEnzymes(AT, D("1.99"), "AST")},
     {"readiness_liver": LiverEnzymes(AT, D("2.00"), "AST")}),
    ("pain_at_goal", {"readiness_pain": 4}, {"readiness_pain": 3}),
    ("pain_not_rated", {"readiness_pain": 10}, {"readiness_pain": None}),
    ("pain_not_rated", {"readiness_pain_at": AT - 30 * MINUTE},
     {"readiness_pain_at": AT - 30 * MINUTE - SECOND_OF_TIME}),
    ("rise_in_24_h", {**CLIMB, "delivery_recent": recent("0.20", "0.45")},
     {**CLIMB, "delivery_recent": recent("0.1999", "0.45")}),
    ("rise_in_24_h", {**CLIMB, "delivery_recent": recent("0.1", "0.45", hours=24)},
     {**CLIMB, "delivery_recent": (Stretch(AT - 30 * HOUR, AT - 24 * HOUR + SECOND_OF_TIME, D("0.1")),)}),
    ("dose_above_asked", {**HIGH, "dose": D("0.60"), "delivery_recent": recent("0.56")},
     {**HIGH, "dose": D("0.6001"), "delivery_recent": recent("0.56")}),
    ("weight_large", {"order_dosing_weight_kg": D("119.99"), "newest_weight": None},
     {"order_dosing_weight_kg": D(120), "newest_weight": None}),
    ("pump_tick_coarse", {"order_dosing_weight_kg": D(40), "newest_weight": None},
     {"order_dosing_weight_kg": D("39.9"), "newest_weight": None}),
    ("fluid_large",
     {"order_dosing_weight_kg": D(100), "order_concentration_mg_per_ml": D("0.2"), "newest_weight": None},
     {"order_dosing_weight_kg": D("100.1"), "order_concentration_mg_per_ml": D("0.2"), "newest_weight": None}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "passes", "fails"), SOFT)
def test_a_soft_reason_stands_from_its_boundary_on_and_is_opened_by_its_own_code_alone(code, passes, fails):
    assert code not in codes(question(**passes))
    assert code in soft(question(**fails))
    assert code not in codes(question(**{**fails, "opened": frozenset({code})}))
    assert code in codes(question(**{**fails, "opened": frozenset({"another"})}))


def test_no_order_and_no_delivery_are_said_beside_everything_else():
    asked = replace(question(), order=None, delivery=None, readiness=replace(SEEN, psychotomimetic=3))
    assert set(hard(asked)) == {"no_order", "not_running", "psychotomimetic_high"}


def test_every_reason_is_said_at_once_hard_ones_first():
    asked = question(
        dose=D("0.30"), order_expires_at=AT, readiness_pain=2, readiness_psychotomimetic=2,
        readiness_red_alerts=(RedAlert("SpO2 88.", AT), RedAlert("Heart rate 140", AT)), by=PHYSICIAN,
    )  # fmt: skip
    kinds = [reason.kind for reason in reasons_not_to_increase(asked)]
    assert kinds == sorted(kinds, key=[Kind.HARD, Kind.SOFT].index)
    assert codes(asked) == [
        "executor_is_approver", "order_expired", "red_alert", "red_alert", "psychotomimetic_high",
        "step_over_increment", "pain_at_goal",
    ]  # fmt: skip


def test_every_sentence_is_plain_and_ends_with_a_full_stop():
    for code, _passes, fails in [*HARD, *SOFT]:
        for reason in reasons_not_to_increase(question(**fails)):
            assert reason.sentence.endswith("."), code
            assert not reason.sentence.endswith(".."), code
            assert "None" not in reason.sentence
            assert "Decimal" not in reason.sentence


AGE_LIMITS = [(REQUEST, 60), (APPROVAL, 60), (EXECUTION, 30)]


@pytest.mark.parametrize(("stage", "minutes"), AGE_LIMITS)
@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("full_set_at", "full_set_old"),
        ("sedation_at", "sedation_old"),
        ("psychotomimetic_at", "psychotomimetic_old"),
        ("pain_at", "pain_not_rated"),
    ],
)
def test_what_was_seen_may_be_older_before_the_execution(stage, minutes, fact, code):
    assert code not in codes(question(stage, **{f"readiness_{fact}": AT - minutes * MINUTE}))
    assert code in codes(question(stage, **{f"readiness_{fact}": AT - minutes * MINUTE - SECOND_OF_TIME}))


@pytest.mark.parametrize("stage", [REQUEST, APPROVAL])
def test_time_binds_the_execution_alone_and_is_said_before_as_not_before(stage):
    early = {"delivery_dose_changed_at": AT - HOUR, "delivery_recent": recent("0.20")}
    asked = question(stage, **early)
    assert codes(asked) == []
    assert not_before(asked) == AT + HOUR
    at_the_pump = question(EXECUTION, **early)
    assert soft(at_the_pump) == ["step_interval_running"]
    (reason,) = reasons_not_to_increase(at_the_pump)
    assert reason.sentence == "Not before 11:00 (in 60 min): a step takes 2 h."


def test_the_requester_is_not_the_approver():
    assert codes(question(APPROVAL, requested_by=PHYSICIAN)) == ["requester_is_approver"]
    assert codes(question(APPROVAL, requested_by=None)) == []
    assert "requester_is_approver" not in codes(question(REQUEST, by=NURSE, requested_by=NURSE))


def test_a_request_is_not_needed_under_a_ceiling_and_not_made_twice():
    standing = Ceiling(D("0.25"), AT + HOUR, PHYSICIAN)
    assert hard(question(REQUEST, ceiling=standing)) == ["approved_already"]
    assert hard(question(REQUEST, ceiling=replace(standing, dose=D("0.2499")))) == []
    assert hard(question(REQUEST, ceiling=replace(standing, expires_at=AT))) == []
    assert hard(question(REQUEST, request_waits_for=D("0.25"))) == ["request_waiting"]


def test_a_bag_of_another_concentration_binds_the_execution_alone():
    for stage in (REQUEST, APPROVAL):
        assert codes(question(stage, delivery_concentration_mg_per_ml=D(5))) == []


def test_a_ceiling_of_several_steps_is_judged_step_by_step_at_the_pump():
    assert codes(question(APPROVAL, dose=D("0.40"), first_step=None)) == []
    assert codes(question(APPROVAL, dose=D("0.40"), first_step=D("0.25"))) == []
    assert codes(question(APPROVAL, dose=D("0.30"), first_step=D("0.30"))) == ["step_over_increment"]
    assert codes(question(APPROVAL, dose=D("0.25"), first_step=D("0.30"))) == []
    assert codes(question(APPROVAL, dose=D("0.40"), first_step=D("0.31"))) == ["step_over_largest"]


def test_a_lapsed_approval_is_named():
    (reason,) = reasons_not_to_increase(question(ceiling=Ceiling(D("0.30"), AT - 5 * MINUTE, PHYSICIAN)))
    assert reason.sentence == "No physician's approval stands. The one up to 0.30 lapsed at 09:55."


PAUSED_AN_HOUR = (
    Stretch(AT - 5 * HOUR, AT - 3 * HOUR, D("0.20")),
    Stretch(AT - 2 * HOUR, None, D("0.20")),
)


@pytest.mark.parametrize(
    ("resumed", "waits_until"),
    [(AT - 2 * HOUR, None), (AT - 2 * HOUR + SECOND_OF_TIME, AT + SECOND_OF_TIME)],
)
def test_the_step_interval_counts_anew_after_a_pause_of_over_an_hour(resumed, waits_until):
    flows = (PAUSED_AN_HOUR[0], replace(PAUSED_AN_HOUR[1], start=resumed))
    asked = question(delivery_recent=flows, delivery_dose_changed_at=AT - 5 * HOUR)
    assert not_before(asked) == waits_until


def test_a_pause_of_an_hour_keeps_the_step_interval():
    flows = (PAUSED_AN_HOUR[0], replace(PAUSED_AN_HOUR[1], start=AT - 2 * HOUR))
    later = question(delivery_recent=flows, delivery_dose_changed_at=AT - 5 * HOUR, at=AT - HOUR)
    assert not_before(later) is None


HOLD = {
    "delivery_target_declared_at": AT - 5 * HOUR,
    "delivery_held": 2 * HOUR,
    "delivery_held_until": AT - HOUR,
    "delivery_hold_is_counting": True,
}


def test_not_before_is_the_latest_of_all_clocks_and_leaves_out_what_was_opened():
    asked = question(**HOLD, delivery_dose_changed_at=AT - HOUR, delivery_recent=recent("0.20"))
    assert not_before(asked) == AT + 3 * HOUR
    assert not_before(replace(asked, opened=frozenset({"hold_running"}))) == AT + HOUR
    both = frozenset({"hold_running", "step_interval_running"})
    assert not_before(replace(asked, opened=both)) is None


def test_a_hold_whose_clock_stands_still_has_no_time():
    asked = question(**{**HOLD, "delivery_hold_is_counting": False})
    assert not_before(asked) is None
    assert [each.sentence for each in reasons_not_to_increase(asked)] == ["Not yet: the target is held for 6 h."]


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("at", "opens", "closes", "first"),
    [
        ("2026-09-22 10:59", 7, 21, "2026-09-22 11:00"),
        ("2026-09-22 11:00", 7, 21, None),
        ("2026-09-23 00:59", 7, 21, None),
        ("2026-09-23 01:00", 7, 21, "2026-09-23 11:00"),
        ("2026-09-22 12:00", 22, 6, "2026-09-23 02:00"),
        ("2026-09-22 08:00", 22, 6, None),
        ("2026-09-22 12:00", 9, 9, None),
        # The nights on which the clock is changed: the day begins by the clock on the wall.
        ("2026-03-08 06:30", 7, 21, "2026-03-08 11:00"),
        ("2026-11-01 05:30", 7, 21, "2026-11-01 12:00"),
        ("2026-11-01 01:30", 7, 21, "2026-11-01 12:00"),
    ],
)
def test_the_ward_raises_doses_by_its_own_clock(at, opens, closes, first):
    def instant(text):
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    window, now = Window(time(opens), time(closes)), instant(at)
    expected = now if first is None else instant(first)
    assert window.next_open(now, NEW_YORK) == expected
    assert window.is_open(expected.astimezone(NEW_YORK))


def test_the_window_is_waited_for_after_the_step_interval():
    asked = question(
        window=Window(time(7), time(10, 30)), delivery_dose_changed_at=AT - HOUR, delivery_recent=recent("0.20")
    )
    assert not_before(asked) == datetime(2026, 9, 23, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "0.25"),
        ({"ceiling": Ceiling(D("0.23"), AT + HOUR, PHYSICIAN)}, "0.23"),
        ({"ceiling": Ceiling(D("0.20"), AT + HOUR, PHYSICIAN)}, "0.25"),
        ({"ceiling": Ceiling(D("0.23"), AT, PHYSICIAN)}, "0.25"),
        ({"order_maximum": D("0.22")}, "0.22"),
        ({"order_maximum": D("0.20")}, None),
        ({"delivery_dose": D("0")}, "0.05"),
        ({"delivery_dose": D("0.13")}, "0.18"),
        ({"delivery_state": CourseState.PAUSED}, None),
        ({"delivery": None}, None),
        ({"order": None}, None),
    ],
)
def test_the_next_dose_is_one_ordered_step_within_maximum_and_ceiling(changed, expected):
    assert next_dose(question(**changed)) == (None if expected is None else D(expected))


def test_the_lowest_dose_of_24_h_leaves_out_what_ended_before():
    flows = (
        Stretch(AT - 40 * HOUR, AT - 24 * HOUR, D("0.05")),
        Stretch(AT - 24 * HOUR, AT - 10 * HOUR, D("0.15")),
        Stretch(AT - 9 * HOUR, None, D("0.20")),
    )
    assert lowest_in_24_h(replace(DELIVERY, recent=flows), at=AT) == D("0.15")
    assert lowest_in_24_h(replace(DELIVERY, recent=flows), at=AT - SECOND_OF_TIME) == D("0.05")
    assert lowest_in_24_h(replace(DELIVERY, recent=()), at=AT) == DELIVERY.dose


def test_the_limits_are_those_of_the_protocol():
    strict = replace(RULES, gate=replace(RULES.gate, psychotomimetic_most=0, poss=frozenset({"1"})))
    assert codes(question(rules=strict, readiness_psychotomimetic=1, readiness_sedation="2")) == [
        "sedation_not_acceptable",
        "psychotomimetic_high",
    ]
