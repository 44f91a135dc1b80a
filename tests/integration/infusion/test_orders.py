"""Signing, renewing and ending orders through the real actions (DOMAIN 3)."""

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from accounts.models import Signature, SignatureMethod
from accounts.roles import Role
from core.errors import Conflict, Forbidden, NotFound, Refused
from infusion.actions import end_course, sign_order, stop_infusion
from infusion.domain.order import OrderElements
from infusion.domain.words import OrderEnd
from infusion.models import Approval, IncreaseRequest, Order, Protocol
from infusion.seed import shipped_contents
from infusion.selectors import dose_rules
from patients.actions import record_weight
from patients.models import WeightSource
from tests.factories import HOUR, MINUTE, MORNING, actor, person, protocol, signed, stay
from tests.integration.infusion.a_course import TEN, a_course

pytestmark = pytest.mark.django_db

AT = MORNING - 30 * MINUTE


def elements(rules=None, **changed):
    content = dose_rules((rules or protocol()).pk)
    return replace(OrderElements.proposed(content, concentration_mg_per_ml=D(2)), **changed)


def sign(patient, *, at=AT, by=None, **changed):
    who = by or patient.by_physician
    usual = {"protocol": changed.get("protocol") or protocol(), "signed": signed(who, at=at)}
    usual["elements"] = changed.pop("elements", None) or elements(usual["protocol"])
    return sign_order(patient.id, **{**usual, **changed}, by=who, at=at)


def refused(act, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return {reason.code for reason in caught.value.reasons}


def weigh(patient, kg, *, at=AT, source=WeightSource.MEASURED):
    return record_weight(patient.id, kg=D(kg), source=source, measured_at=at, by=patient.by_nurse, at=at)


def test_a_signed_order_keeps_every_element_the_weight_and_the_name():
    patient = stay()
    order = Order.objects.get(pk=sign(patient, elements=elements(endpoint=" walks alone ", planned_days=9)).pk)
    assert (order.version, order.drug, order.route) == (1, dose_rules(order.protocol_id).drug, "intravenous")
    assert (order.dosing_weight_kg, order.concentration_mg_per_ml) == (D(70), D(2))
    assert (order.initial_dose_mg_per_kg_h, order.increment_mg_per_kg_h) == (D("0.10"), D("0.05"))
    assert (order.maximum_dose_mg_per_kg_h, order.limit_dose_mg_per_kg_h) == (D(1), D(1))
    assert (order.step_interval, order.liver_max_age) == (2 * HOUR, 48 * HOUR)
    assert (order.pain_goal, order.endpoint, order.planned_days) == (3, "walks alone", 9)
    assert (order.signed_at, order.expires_at, order.reweigh_by) == (AT, AT + 72 * HOUR, None)
    name = Signature.objects.get(table_name="infusion_order", row_id=order.pk)
    assert (name.user_id, name.meaning, name.method) == (patient.physician.pk, "ordered", "password")


def test_without_its_elements_an_order_is_not_signed_and_all_that_is_missing_is_said():
    patient = stay()
    assert refused(sign, patient, elements=OrderElements(concentration_mg_per_ml=D(3))) >= {
        "drug_missing", "route_missing", "initial_dose_mg_per_kg_h_missing", "increment_mg_per_kg_h_missing",
        "step_interval_missing", "maximum_dose_mg_per_kg_h_missing", "pain_goal_missing", "planned_days_missing",
        "concentration_unknown",
    }  # fmt: skip
    assert not Order.objects.exists()


def test_only_a_physician_signs_and_with_the_password_typed_for_it():
    patient = stay()
    with pytest.raises(Forbidden, match="It takes a physician"):
        sign(patient, by=patient.by_nurse)
    with pytest.raises(Forbidden, match="your own password"):
        sign(patient, signed=signed(patient.by_physician, at=AT, method=SignatureMethod.SESSION))
    with pytest.raises(NotFound):
        sign(patient, by=actor(person(Role.PHYSICIAN)))


def test_an_unmeasured_weight_takes_a_reason_and_is_weighed_within_a_day():
    patient = stay()
    weigh(patient, 80, source=WeightSource.STATED)
    assert refused(sign, patient) == {"unmeasured_weight_reason_missing"}
    order = sign(patient, unmeasured_weight_reason=" cannot stand ")
    assert (order.unmeasured_weight_reason, order.reweigh_by) == ("cannot stand", AT + 24 * HOUR)
    later = AT + 20 * HOUR
    renewed = sign(patient, at=later, replaces_version=1, unmeasured_weight_reason="still not")
    assert renewed.reweigh_by == AT + 24 * HOUR
    weigh(patient, 79, at=later)
    assert sign(patient, at=later, replaces_version=2).reweigh_by is None


def test_the_physician_may_name_another_weight_of_the_stay():
    patient = stay()
    first = patient.admission.weights.get()
    weigh(patient, 90)
    assert sign(patient, weight_id=first.pk).dosing_weight_kg == D(70)
    with pytest.raises(NotFound):
        sign(patient, weight_id=stay().admission.weights.get().pk, replaces_version=1)


def test_a_new_version_ends_the_one_before_and_never_touches_the_running_rate():
    course = a_course()
    request = course.request()
    approval = course.approve(request_id=request.pk)
    waiting = course.request("0.20")
    before = course.course
    weigh(course.stay, 80, at=TEN)
    new = sign(
        course.stay, at=TEN, replaces_version=1,
        elements=elements(concentration_mg_per_ml=D(5), maximum_dose_mg_per_kg_h=D("0.5")),
    )  # fmt: skip
    old = Order.objects.get(version=1)
    assert (old.ended_at, old.end_cause, old.ended_by_id) == (TEN, OrderEnd.REPLACED, course.stay.physician.pk)
    assert (new.version, new.replaces_id, new.dosing_weight_kg) == (2, old.pk, D(80))
    after = course.course
    assert (after.rate_ml_per_h, after.dose_mg_per_kg_h, after.order_id) == (
        before.rate_ml_per_h,
        before.dose_mg_per_kg_h,
        old.pk,
    )
    assert Approval.objects.get(pk=approval.pk).state == "voided"
    assert IncreaseRequest.objects.get(pk=waiting.pk).state == "voided"
    # The bag that hangs still holds the old concentration.
    course.approve(seen_version=2, overrides={"pump_tick_coarse": "the bag is at hand"})
    assert "concentration_differs" in refused(course.execute, seen_version=2)


def test_an_expired_order_is_renewed_as_a_new_version():
    course = a_course()
    late = MORNING + 73 * HOUR
    assert "order_expired" in refused(course.request, at=late)
    renewed = sign(course.stay, at=late, replaces_version=1)
    assert renewed.expires_at == late + 72 * HOUR


def test_nobody_signs_beside_or_behind_a_version_that_they_did_not_see():
    patient = stay()
    with pytest.raises(Conflict, match="ended meanwhile"):
        sign(patient, replaces_version=1)
    sign(patient)
    with pytest.raises(Conflict, match="open for this stay already: version 1"):
        sign(patient)
    sign(patient, replaces_version=1)
    with pytest.raises(Conflict, match="version 2 now; your page showed version 1"):
        sign(patient, replaces_version=1)


def test_a_version_stays_with_its_protocol():
    patient = stay()
    sign(patient)
    other = shipped_contents()[1]
    second = Protocol.objects.create(
        code=other["code"], version=1, name=other["name"], drug=other["drug"], content=other,
        status=Protocol.Status.ACTIVE, signed_by=patient.physician, signed_at=AT,
    )  # fmt: skip
    mine = replace(OrderElements.proposed(dose_rules(second.pk), concentration_mg_per_ml=D(4)))
    assert refused(sign, patient, protocol=second, elements=mine, replaces_version=1) == {"other_protocol"}
    order = sign(stay(), protocol=second, elements=mine)
    assert (order.initial_dose_mg_per_kg_h, order.expires_at) == (D("0.80"), AT + 48 * HOUR)
    second.status = Protocol.Status.RETIRED
    assert refused(sign, stay(), protocol=second, elements=mine) == {"protocol_not_active"}


def test_a_protocol_signed_before_a_section_existed_is_read_with_the_shipped_default():
    known = protocol()
    content = {name: part for name, part in known.content.items() if name not in ("gate", "bag", "order")}
    content["approval"] = {"valid_min": 60, "restart_valid_min": 30}
    old = Protocol.objects.create(
        code="older", version=1, name="x", drug=known.drug, content=content, status=Protocol.Status.ACTIVE,
        signed_by=known.signed_by, signed_at=AT,
    )  # fmt: skip
    rules = dose_rules(old.pk)
    assert (rules.gate, rules.bag, rules.order) == tuple(
        getattr(dose_rules(known.pk), name) for name in ("gate", "bag", "order")
    )
    assert rules.approval.valid == HOUR


def test_sending_an_order_again_is_one_row():
    patient, sent = stay(), uuid.uuid4()
    first = sign(patient, client_id=sent)
    assert sign(patient, client_id=sent) == first
    with pytest.raises(Refused, match="used before"):
        sign(patient, client_id=sent, elements=elements(planned_days=3))
    assert Order.objects.count() == 1


def end(course, *, at=TEN, **changed):
    usual = {"reason": "relief", "seen_version": 1, "signed": signed(course.by_physician, at=at)}
    return end_course(course.id, **{**usual, **changed}, by=course.by_physician, at=at)


def test_a_course_is_ended_after_the_stop_and_only_then():
    course = a_course()
    assert refused(end, course, reason=" ") == {"infusion_not_stopped", "reason_missing"}
    course.approve()
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    with pytest.raises(Conflict, match="version 1 now"):
        end(course, seen_version=2)
    order = end(course)
    assert (order.ended_at, order.end_cause, order.end_reason) == (TEN, OrderEnd.COURSE_ENDED, "relief")
    assert Approval.objects.get().state == "voided"
    name = Signature.objects.get(table_name="infusion_order", row_id=order.pk, meaning="ended")
    assert name.user_id == course.stay.physician.pk
    assert end(course).pk == order.pk, "the same sent again"
    with pytest.raises(Refused, match="no signed order"):
        end(course, reason="another")


def test_after_a_course_another_order_begins_at_version_one():
    course = a_course()
    stop_infusion(course.id, effective_at=TEN, by=course.by_nurse, at=TEN)
    end(course)
    later = TEN + timedelta(days=1)
    assert sign(course.stay, at=later).version == 1
