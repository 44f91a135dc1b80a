"""From the request through the approval to the dose: each act, its refusals, and who was first (DOMAIN 2 and 3)."""

import uuid
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.models import Signature, SignatureMethod
from accounts.roles import Role
from core.errors import Conflict, Forbidden, Kind, NotFound, Refused
from infusion.actions import (
    allow_restart,
    decrease,
    end_course,
    override_gate,
    reject_request,
    stop_infusion,
    withdraw_request,
)
from infusion.domain.words import ApprovalKind, Stage
from infusion.models import Approval, DeliveryEvent, DoubleCheck, IncreaseRequest, Override
from infusion.policies import gate
from infusion.selectors import live_approval
from monitoring.models import Alert, LiverPanel
from patients.actions import record_weight
from patients.models import WeightSource
from tests.factories import HOUR, MINUTE, actor, person, signed, stay
from tests.integration.infusion.a_course import TEN, a_course, reading

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return a_course()


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value


def codes(error):
    return {reason.code for reason in error.reasons}


def names(row):
    found = Signature.objects.filter(table_name=row._meta.db_table, row_id=row.pk)
    return sorted(found.values_list("user_id", "meaning", "method"))


def another_physician(course):
    return actor(person(Role.PHYSICIAN, ward=course.stay.ward))


def test_a_request_is_approved_and_carried_out(course):
    request = course.request(note="pain is coming back")
    approval = course.approve(request_id=request.pk, at=TEN + MINUTE)
    event = course.execute(at=TEN + 2 * MINUTE, pump="pump 7")
    request.refresh_from_db()
    approval.refresh_from_db()
    assert (request.state, request.closed_by_id, request.note) == (
        "approved",
        course.stay.physician.pk,
        "pain is coming back",
    )
    assert (approval.state, approval.requested_by_id) == ("used", course.stay.nurse.pk)
    assert approval.expires_at == TEN + MINUTE + 2 * HOUR
    assert (event.approval_id, event.second_checker_id, event.pump) == (approval.pk, course.second.pk, "pump 7")
    # 0.15 x 70 / 2 = 5.25, which the pump takes as 5.2.
    assert (event.rate_ml_per_h, event.dose_mg_per_kg_h) == (D("5.2"), D("0.15"))
    assert course.course.dose_mg_per_kg_h == D("0.15")
    assert names(request) == [(course.stay.nurse.pk, "requested", "session")]
    assert names(approval) == [(course.stay.physician.pk, "approved", "password")]
    assert names(event) == sorted(
        [(course.stay.nurse.pk, "administered", "session"), (course.second.pk, "witnessed", "pin")]
    )


def test_what_was_seen_is_frozen_with_request_and_approval(course):
    request = course.request()
    approval = course.approve(request_id=request.pk, at=TEN + 3 * MINUTE)
    for view, age in ((request.view, 5), (approval.view, 8)):
        assert view["dose_mg_per_kg_h"] == "0.1000"
        assert view["sedation"]["code"] == "1"
        assert view["sedation"]["age_min"] == age
        assert (view["pain"]["rating"], view["red_alerts"], view["order_version"]) == (5, [], 1)
        assert {vital["name"] for vital in view["vitals"]} >= {"Blood pressure", "SpO2"}
    stored = IncreaseRequest.objects.get(pk=request.pk)
    assert stored.view == request.view


def test_steps_within_a_ceiling_need_no_new_request(course):
    course.approve("0.20", valid_for=5 * HOUR)
    course.execute("0.15")
    later = TEN + 2 * HOUR
    course.chart(later - 5 * MINUTE)
    assert live_approval(course.id, kind=ApprovalKind.INCREASE, at=later) is not None
    assert codes(refused(course.request, "0.20", at=later)) == {"approved_already"}
    course.execute("0.20", at=later)
    assert Approval.objects.get().state == "used"


def test_a_request_is_refused_with_every_reason_and_soft_ones_alone_do_not_stop_it(course):
    LiverPanel.objects.create(
        admission_id=course.id, collected_at=TEN - HOUR, recorded_at=TEN - HOUR, recorded_by=course.stay.nurse,
        alt=D(80), alt_upper=D(40),
    )  # fmt: skip
    made = course.request("0.20")
    assert {reason["code"] for reason in made.view["reasons"]} == {"liver_raised", "step_over_increment"}
    withdraw_request(made.pk, by=course.by_nurse, at=TEN)
    error = refused(course.request, "1.20", at=TEN + 70 * MINUTE)
    assert codes(error) >= {
        "above_maximum", "step_over_largest", "full_set_old", "sedation_old", "set_overdue", "liver_raised",
    }  # fmt: skip
    assert [reason.kind for reason in error.reasons] == sorted(
        (reason.kind for reason in error.reasons), key=[Kind.HARD, Kind.SOFT].index
    )


def test_an_early_request_says_not_before_and_only_the_pump_waits():
    course = a_course(ready_at=TEN - HOUR)
    nine = TEN - HOUR
    request = course.request(at=nine)
    assert request.view["not_before"] == TEN.isoformat()
    course.approve(request_id=request.pk, at=nine)
    course.chart(TEN - 5 * MINUTE)
    error = refused(course.execute, at=TEN - MINUTE)
    assert [reason.sentence for reason in error.reasons] == ["Not before 06:00 (in 1 min): a step takes 2 h."]
    course.execute(at=TEN)


def test_a_physician_opens_soft_reasons_by_their_code(course):
    request = course.request("0.20")
    error = refused(course.approve, "0.20", request_id=request.pk)
    assert [(reason.code, reason.kind) for reason in error.reasons] == [("step_over_increment", Kind.SOFT)]
    assert codes(
        refused(course.approve, "0.20", request_id=request.pk, overrides={"step_over_increment": " ", "other": "x"})
    ) == {"overrides.step_over_increment_missing", "override_opens_nothing"}
    approval = course.approve(
        "0.20", request_id=request.pk, overrides={"step_over_increment": "earlier course took it well"}
    )
    override = Override.objects.get(approval=approval)
    assert override.reason == "earlier course took it well"
    assert override.sentence == "A step of 0.10 mg/kg/h is over the ordered increment of 0.05."
    assert (course.stay.physician.pk, "overrode", "password") in names(approval)
    course.execute("0.20")


def test_a_soft_reason_is_opened_afterwards_too(course):
    approval = course.approve("0.20")
    assert codes(refused(course.execute, "0.20")) == {"step_over_increment"}
    given = {"signed": signed(course.by_physician, at=TEN), "by": course.by_physician, "at": TEN}
    assert codes(refused(override_gate, approval.pk, code="above_ceiling", reason="x", **given)) == {
        "override_opens_nothing"
    }
    made = override_gate(approval.pk, code="step_over_increment", reason="known to tolerate it", **given)
    assert override_gate(approval.pk, code="step_over_increment", reason="known to tolerate it", **given) == made
    course.execute("0.20")
    assert codes(refused(override_gate, approval.pk, code="pain_at_goal", reason="x", **given)) == {"approval_over"}


def test_a_dose_over_the_one_to_ask_is_asked_once_for_all_versions_of_an_order(course):
    facts = {"admission_id": course.id, "order": course.order, "by": course.stay.physician, "at": TEN}
    asked = {"stage": Stage.APPROVAL, "dose": D("0.61"), "at": TEN}
    assert "dose_above_asked" in {reason.code for reason in gate(course.stay.admission, **asked).soft}
    Override.objects.create(code="dose_above_asked", sentence="x", reason="agreed", **facts)
    assert "dose_above_asked" not in {reason.code for reason in gate(course.stay.admission, **asked).soft}


def test_nobody_approves_their_own_request(course):
    request = course.request(by=course.by_physician)
    assert codes(refused(course.approve, request_id=request.pk)) == {"requester_is_approver"}
    assert codes(refused(course.approve)) == {"request_undecided"}
    course.approve(request_id=request.pk, by=another_physician(course))


def test_a_physicians_own_increase_is_carried_out_by_two_others(course):
    course.approve()
    assert codes(refused(course.execute, by=course.by_physician)) == {"executor_is_approver"}
    assert codes(refused(course.execute, witness=signed(course.by_physician, at=TEN))) == {"witness_is_approver"}
    with pytest.raises(Forbidden, match="another one than the first"):
        course.execute(witness=signed(course.by_nurse, at=TEN))
    course.execute()


def test_signing_takes_the_physicians_own_password_of_just_now(course):
    request = course.request()
    given = {"request_id": request.pk}
    for wrong in (
        signed(course.by_physician, at=TEN, method=SignatureMethod.SESSION),
        signed(course.by_physician, at=TEN - timedelta(minutes=2, seconds=1)),
        signed(another_physician(course), at=TEN),
    ):
        with pytest.raises(Forbidden, match="your own password"):
            course.approve(signed=wrong, **given)
    with pytest.raises(Forbidden, match="It takes a physician"):
        course.approve(by=course.by_nurse, **given)
    with pytest.raises(Forbidden, match="own password or PIN"):
        course.execute(witness=course.witness(at=TEN, method=SignatureMethod.SESSION))


def test_two_readings_that_differ_stop_the_increase_and_stay_recorded(course):
    course.approve()
    error = refused(course.execute, second=reading("5.3"))
    assert error.code == "double_check_differs"
    assert codes(error) == {"second_rate_differs"}
    check = DoubleCheck.objects.get()
    assert (check.agrees, check.second_rate_ml_per_h) == (False, D("5.3"))
    assert course.course.dose_mg_per_kg_h == D("0.10")
    assert Approval.objects.get().state == "live"
    course.execute()


def test_the_reasons_of_gate_and_readings_are_said_together(course):
    error = refused(course.execute, first=reading("5.2", "1"), effective_at=TEN + 3 * MINUTE)
    assert codes(error) == {"no_approval", "first_concentration_differs", "in_the_future"}
    assert not DeliveryEvent.objects.filter(kind="rate_changed").exists()


def test_an_increase_lies_neither_before_its_approval_nor_before_the_last_change(course):
    course.approve()
    error = refused(course.execute, effective_at=TEN - 3 * HOUR)
    assert codes(error) == {"before_approval", "before_last_act"}
    course.execute(effective_at=TEN, at=TEN + MINUTE)


@pytest.mark.parametrize("dose", ["NaN", "-0.1", "0", "1E+30", "0.123456"])
def test_a_dose_that_is_none_is_refused_in_words(course, dose):
    course.approve()
    right = reading("5.2")
    assert codes(refused(course.execute, dose=D(dose), first=right, second=right)) & {
        "dose_too_fine", "below_minimum", "above_maximum",
    }  # fmt: skip


def test_an_approval_lapses_at_its_end_and_is_closed_by_the_next_who_comes_by(course):
    course.approve(valid_for=10 * MINUTE)
    late = TEN + 10 * MINUTE
    error = refused(course.execute, at=late)
    assert [reason.sentence for reason in error.reasons] == [
        "No physician's approval stands. The one up to 0.15 lapsed at 06:10."
    ]
    assert live_approval(course.id, kind=ApprovalKind.INCREASE, at=late) is None
    course.request(at=late)
    approval = Approval.objects.get()
    assert (approval.state, approval.closed_at) == ("lapsed", late)


def test_an_approval_never_outlives_its_order(course):
    course.approve(valid_for=timedelta.max)
    assert Approval.objects.get().expires_at == course.order.expires_at
    assert codes(refused(course.approve, valid_for=0 * HOUR, seen_approval=Approval.objects.get().pk)) == {
        "validity_impossible"
    }


def test_the_second_physician_is_told_what_the_first_decided(course):
    request = course.request()
    other = another_physician(course)
    reject_request(
        request.pk, reason="wait for the liver enzymes", seen_version=1, signed=signed(other, at=TEN), by=other, at=TEN
    )
    with pytest.raises(Conflict) as caught:
        course.approve(request_id=request.pk, at=TEN + MINUTE)
    assert caught.value.sentence == (
        f"{other.name} rejected the request for 0.15 mg/kg/h at 2026-09-22 10:00 UTC: wait for the liver enzymes."
    )


def test_nobody_replaces_a_ceiling_unseen(course):
    first = course.approve("0.15")
    other = another_physician(course)
    with pytest.raises(Conflict, match=rf"{course.stay.physician.display_name} allowed 0.15 mg/kg/h \(increase\)"):
        course.approve("0.20", by=other)
    newer = course.approve("0.20", by=other, seen_approval=first.pk)
    first.refresh_from_db()
    assert (first.state, newer.state) == ("replaced", "live")


def test_the_second_nurse_is_told_that_the_dose_runs(course):
    course.approve("0.20")
    course.execute("0.15")
    third = person(Role.NURSE, ward=course.stay.ward)
    with pytest.raises(
        Conflict, match=rf"{course.stay.nurse.display_name} raised the dose to 0.15 mg/kg/h at .* already"
    ):
        course.execute("0.15", by=actor(third), at=TEN + MINUTE)


def test_a_dose_that_came_down_again_is_not_somebody_elses_increase(course):
    course.approve("0.15")
    course.execute("0.15")
    decrease(course.id, dose_mg_per_kg_h=D("0.12"), effective_at=TEN + MINUTE, by=course.by_nurse, at=TEN + MINUTE)
    assert "not_an_increase" in codes(refused(course.execute, "0.12", at=TEN + MINUTE))


@pytest.mark.parametrize(("act", "field"), [("approve", "reason"), ("request", "note"), ("execute", "pump")])
def test_words_that_are_too_long_are_refused_in_words(course, act, field):
    assert "too_long" in codes(refused(getattr(course, act), **{field: "x" * 501}))


def test_a_page_that_shows_an_older_order_decides_nothing(course):
    for act in (course.request, course.approve, course.execute):
        with pytest.raises(Conflict, match="version 1 now; your page showed version 2"):
            act(seen_version=2)


def test_sending_again_is_one_row_and_the_same_answer(course):
    one, two, three = (uuid.uuid4() for _ in range(3))
    request = course.request(client_id=one)
    assert course.request(client_id=one) == request
    approval = course.approve(client_id=two, request_id=request.pk)
    assert course.approve(client_id=two, request_id=request.pk) == approval
    event = course.execute(client_id=three)
    assert course.execute(client_id=three) == event
    with pytest.raises(Refused, match="used before"):
        course.execute("0.20", client_id=three)
    with pytest.raises(Refused, match="used before"):
        course.request("0.20", client_id=one)


def test_a_request_is_withdrawn_once(course):
    request = course.request()
    withdraw_request(request.pk, reason="patient sleeps", by=course.by_nurse, at=TEN)
    with pytest.raises(Conflict, match="withdrew the request"):
        withdraw_request(request.pk, by=course.by_nurse, at=TEN)
    with pytest.raises(NotFound):
        withdraw_request(0, by=course.by_nurse, at=TEN)
    with pytest.raises(NotFound):
        withdraw_request(request.pk, by=actor(person(Role.NURSE)), at=TEN)


def test_a_rejection_needs_a_reason(course):
    request = course.request()
    given = {"seen_version": 1, "signed": signed(course.by_physician, at=TEN), "by": course.by_physician, "at": TEN}
    assert codes(refused(reject_request, request.pk, reason=" ", **given)) == {"reason_missing"}
    assert codes(refused(reject_request, request.pk, reason="x" * 201, **given)) == {"too_long"}


def test_a_request_of_another_stay_is_not_found(course):
    elsewhere = a_course().request()
    with pytest.raises(NotFound):
        course.approve(request_id=elsewhere.pk)


def restart(course, dose="0.10", *, at=TEN, reason="well again", **changed):
    given = {"seen_version": 1, "signed": signed(course.by_physician, at=at), "by": course.by_physician, **changed}
    return allow_restart(course.id, dose=D(dose), reason=reason, at=at, **given)


def test_a_physician_allows_a_stopped_infusion_to_flow_again_at_the_dose_before_or_less(course):
    assert codes(refused(restart, course)) == {"running"}
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    assert codes(refused(restart, course, "0.11", reason="")) == {"above_previous", "reason_missing"}
    assert codes(refused(restart, course, "0")) == {"dose_impossible"}
    allowed = restart(course)
    assert (allowed.kind, allowed.ceiling_mg_per_kg_h, allowed.view["delivery"]) == ("restart", D("0.10"), "stopped")
    assert live_approval(course.id, kind=ApprovalKind.RESTART, at=TEN + 119 * MINUTE) == allowed
    assert live_approval(course.id, kind=ApprovalKind.RESTART, at=TEN + 120 * MINUTE) is None
    assert live_approval(course.id, kind=ApprovalKind.INCREASE, at=TEN) is None
    assert names(allowed) == [(course.stay.physician.pk, "restarted", "password")]
    assert codes(refused(restart, course, at=TEN + 80 * HOUR)) == {"order_expired"}


def test_there_is_no_restart_before_a_start():
    patient = stay()
    with pytest.raises(Refused, match="no signed order"):
        allow_restart(
            patient.id, dose=D("0.1"), reason="x", seen_version=1, signed=signed(patient.by_physician, at=TEN),
            by=patient.by_physician, at=TEN,
        )  # fmt: skip


def test_the_gate_tells_pages_what_it_would_say(course):
    answer = gate(course.stay.admission, stage=Stage.REQUEST, at=TEN)
    assert answer.is_open
    assert (answer.next_dose, answer.not_before) == (D("0.15"), None)
    stopped = a_course()
    stop_infusion(stopped.id, effective_at=TEN, by=stopped.by_nurse, at=TEN)
    answer = gate(stopped.stay.admission, stage=Stage.EXECUTION, at=TEN)
    assert {reason.code for reason in answer.reasons} == {"not_running", "no_approval"}
    assert answer.next_dose is None
    without = gate(stay().admission, stage=Stage.REQUEST, dose=D("0.10"), at=TEN)
    assert {"no_order", "not_running", "full_set_missing"} <= {reason.code for reason in without.reasons}


def test_the_gate_takes_two_statements(course, django_assert_num_queries):
    gate(course.stay.admission, stage=Stage.REQUEST, at=TEN)
    with django_assert_num_queries(2):
        gate(course.stay.admission, stage=Stage.REQUEST, at=TEN)


def test_a_red_alert_a_changed_weight_and_a_sleeping_patient_block_together(course):
    course.chart(TEN - 2 * MINUTE, spo2=88, sedation="S", pain=None, absent={})
    weighed = TEN - MINUTE
    record_weight(
        course.id, kg=D("66.5"), source=WeightSource.MEASURED, measured_at=weighed, by=course.by_nurse, at=weighed
    )
    assert Alert.objects.filter(severity="red", closed_at=None).exists()
    assert codes(refused(course.request)) >= {"red_alert", "weight_changed", "sedation_not_acceptable"}


def test_an_unmeasured_weight_of_another_basis_is_no_change(course):
    record_weight(
        course.id, kg=D(60), source=WeightSource.ESTIMATED, basis="ideal", measured_at=TEN, by=course.by_nurse, at=TEN
    )
    course.request()


def test_the_ward_may_raise_doses_by_day_only(course):
    ward = course.stay.ward
    ward.increases_from, ward.increases_until = "07:00", "21:00"
    ward.save()
    approval = course.approve()
    # 10:00 UTC is 06:00 in New York.
    assert codes(refused(course.execute)) == {"outside_window"}
    assert gate(course.stay.admission, stage=Stage.APPROVAL, dose=D("0.16"), at=TEN).not_before == TEN + HOUR
    given = {"signed": signed(course.by_physician, at=TEN), "by": course.by_physician, "at": TEN}
    override_gate(approval.pk, code="outside_window", reason="woken by pain", **given)
    course.execute()


def test_after_the_course_is_ended_nothing_is_asked_for(course):
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    end_course(
        course.id, reason="relief", seen_version=1, signed=signed(course.by_physician, at=TEN), by=course.by_physician,
        at=TEN,
    )  # fmt: skip
    with pytest.raises(Refused, match="no signed order"):
        course.request(seen_version=1)
