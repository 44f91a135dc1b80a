"""A second person: called to the bed, or looking at the pump afterwards."""

import uuid
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import of_session, put_names
from core.errors import Conflict, Forbidden, NotFound
from core.posted import fingerprint_of, same_again
from infusion.checking import refuse_unreadable
from infusion.domain.course import CourseState
from infusion.domain.double_check import PumpReading
from infusion.domain.words import CheckedAct
from infusion.models import Course, PumpCheck, SecondPersonCall
from infusion.selectors import course_of
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def call_second_person(
    admission_id: int, *, act: CheckedAct, client_id: uuid.UUID | None = None, by: Actor, at: datetime
) -> SecondPersonCall:
    """Ask for a second person for this act. When nobody came for ten minutes, two acts may be signed by one alone."""
    admission = lock_admission(admission_id, by=by, may=Permission.HANG_BAG)
    fingerprint = fingerprint_of("call_second_person", admission_id, {"act": act})
    if made := same_again(SecondPersonCall, client_id, fingerprint):
        return made
    must_be_present(admission)
    call = SecondPersonCall.objects.create(
        admission=admission, act=act.value, asked_by_id=of_session(by, at=at).user_id, asked_at=at,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    settle_and_publish(admission, by=by, at=at)
    return call


@transaction.atomic
def check_pump(check_id: int, *, reading: PumpReading, by: Actor, at: datetime) -> PumpCheck:
    """Another person than the one who acted looked at the pump: what they read, and whether it is what should run.

    A reading that differs is kept as such (`agrees` False): then the pump is to be recorded as found. `Conflict` where
    somebody looked first; the same look sent again changes nothing.
    """
    by.must_be_allowed(Permission.WITNESS)
    admission_id = PumpCheck.objects.filter(pk=check_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("check_not_found", "There is no such look at a pump on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.WITNESS)
    check = PumpCheck.objects.select_related("event").get(pk=check_id)
    signed = of_session(by, at=at)
    read = PumpReading(reading.rate_ml_per_h, reading.concentration_mg_per_ml)
    if check.closed_by_id == signed.user_id and read == PumpReading(check.rate_ml_per_h, check.concentration_mg_per_ml):
        return check
    if check.closed_at is not None:
        raise Conflict("check_closed", "Somebody looked at the pump already, or nobody needs to any more.")
    if by.user_id in (check.event.recorded_by_id, check.event.second_checker_id):
        raise Forbidden("same_person", "Somebody else than those who acted looks at the pump.")
    refuse_unreadable(reading, "reading")
    check.closed_at, check.closed_by_id = at, signed.user_id
    check.rate_ml_per_h, check.concentration_mg_per_ml = reading.rate_ml_per_h, reading.concentration_mg_per_ml
    check.agrees = reading in _should_run(course_of(admission), reading)
    check.save(update_fields=["closed_at", "closed_by", "rate_ml_per_h", "concentration_mg_per_ml", "agrees"])
    put_names(check, admission.pk, (signed, SignatureMeaning.COUNTERSIGNED))
    settle_and_publish(admission, by=by, at=at)
    return check


def _should_run(course: Course | None, reading: PumpReading) -> list[PumpReading]:
    """What the pump should show: the recorded setting; a pump that is halted may show that or a rate of 0."""
    if course is None:
        return []
    setting = PumpReading(course.rate_ml_per_h, course.concentration_mg_per_ml)
    still = PumpReading(reading.rate_ml_per_h * 0, reading.concentration_mg_per_ml)
    return [setting] if course.state == CourseState.RUNNING else [setting, still]
