"""The target dose: declared from now on, held for six hours of infusion, ended early by a physician with a reason."""

import uuid
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, of_session, put_names
from core.errors import Reason, Refused, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.domain.course import CourseState
from infusion.domain.hold import Target
from infusion.domain.words import TargetKind
from infusion.models import Course, HoldEnd, Order, TargetDeclaration
from infusion.policies.delivery import must_be_started, plain
from infusion.policies.orders import must_have_seen
from infusion.projection import project
from infusion.selectors.pump import pump_of
from patients.selectors import lock_admission, must_be_present, stamp
from patients.settling import settle_and_publish


@transaction.atomic
def declare_target(
    admission_id: int,
    *,
    kind: TargetKind,
    pain: int | None,
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> TargetDeclaration:
    """Declare the running dose the target: relief, highest tolerated, or maximum. The hold counts from now, never backwards.

    `pain` is the last value of an awake patient (0 to 10), None where it is not known. After a dose change or a long pause
    it takes a new declaration.
    """
    admission = lock_admission(admission_id, by=by, may=Permission.DECLARE_TARGET)
    fingerprint = fingerprint_of("declare_target", admission_id, {"kind": kind, "pain": pain})
    if made := same_again(TargetDeclaration, client_id, fingerprint):
        return made
    must_be_present(admission)
    pump = pump_of(admission_id)
    course, order = must_be_started(pump), must_have_seen(pump.order, seen_version)
    signed = of_session(by, at=at)
    reasons = _reasons_not_to_declare(course, order, kind=kind, pain=pain)
    refuse_for(reasons, code="target_refused", sentence="The target cannot be declared.")
    declaration = TargetDeclaration.objects.create(
        admission=admission, order=order, dose_mg_per_kg_h=course.dose_mg_per_kg_h, kind=kind.value, pain=pain,
        declared_at=at, recorded_at=at, declared_by_id=signed.user_id, client_id=client_id or uuid.uuid4(),
        fingerprint=fingerprint,
    )  # fmt: skip
    target = Target(course.dose_mg_per_kg_h, kind, at)
    project(admission, order=course.order, pump=replace(pump, target=target))
    put_names(declaration, admission.pk, (signed, SignatureMeaning.DECLARED))
    settle_and_publish(admission, by=by, at=at)
    return declaration


def _reasons_not_to_declare(course: Course, order: Order, *, kind: TargetKind, pain: int | None) -> list[Reason]:
    reasons = []
    if course.state != CourseState.RUNNING:
        reasons.append(Reason("not_running", f"The pump is {course.state}: a target is declared while it runs."))
    if course.found_differing_at is not None:
        sentence = "The pump was found at a rate that nobody ordered. Set it first."
        reasons.append(Reason("pump_differs", sentence))
    if course.dose_mg_per_kg_h == 0:
        reasons.append(Reason("no_dose", "Nothing is given: 0 mg/kg/h is no target."))
    if pain is not None and not 0 <= pain <= 10:
        reasons.append(Reason("pain_impossible", "Pain goes from 0 to 10.", "pain"))
    if kind is TargetKind.MAXIMUM and course.dose_mg_per_kg_h < order.maximum_dose_mg_per_kg_h:
        sentence = f"The order's maximum is {plain(order.maximum_dose_mg_per_kg_h)} mg/kg/h; less runs."
        reasons.append(Reason("not_the_maximum", sentence, "kind"))
    if course.target_declared_at is not None and course.hold_ended_at is None:
        sentence = (
            f"{plain(course.dose_mg_per_kg_h)} mg/kg/h is the target since {stamp(course.target_declared_at)}; "
            "its hold counts."
        )
        reasons.append(Reason("already_declared", sentence))
    return reasons


@transaction.atomic
def end_hold_early(
    admission_id: int,
    *,
    reason: str,
    signed: Signed,
    seen_version: int,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> HoldEnd:
    """A physician ends the hold before its time, with a reason and their password; then the dose may be raised again."""
    admission = lock_admission(admission_id, by=by, may=Permission.END_HOLD, reason=reason)
    fingerprint = fingerprint_of("end_hold_early", admission_id, {"reason": reason})
    if made := same_again(HoldEnd, client_id, fingerprint):
        return made
    must_be_present(admission)
    must_have_signed(signed, by=by, at=at)
    pump = pump_of(admission_id)
    course = must_be_started(pump)
    must_have_seen(pump.order, seen_version)
    reasons = []
    if pump.target is None or course.hold_ended_at is not None:
        reasons.append(Reason("no_hold", "No target is held now."))
    if not reason.strip():
        reasons.append(Reason("reason_missing", "Ending the hold early needs a reason.", "reason"))
    refuse_for(reasons, code="hold_not_ended", sentence="The hold cannot be ended.")
    if pump.target is None or pump.declaration_id is None:
        raise Refused("no_hold", "No target is held now.")
    end = HoldEnd.objects.create(
        admission=admission, declaration_id=pump.declaration_id, reason=reason, ended_by_id=signed.user_id, ended_at=at,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    project(admission, order=course.order, pump=replace(pump, target=replace(pump.target, ended_at=at)))
    put_names(end, admission.pk, (signed, SignatureMeaning.ENDED))
    settle_and_publish(admission, by=by, at=at)
    return end
