"""Leaving the ward for a while and coming back; while the pump runs a named escort goes along and charts (DOMAIN 4)."""

import uuid
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from accounts.actor import Actor
from accounts.models import User
from accounts.roles import GRANTS, Permission, Role
from accounts.signing import of_session
from core.errors import Conflict, NotFound, refuse_for
from core.posted import fingerprint_of, same_again
from infusion.domain.course import CourseState
from infusion.selectors import course_of
from monitoring.domain.off_ward import LeavingEntry, reasons_not_to_come_back, reasons_not_to_leave
from monitoring.models import OffWard
from monitoring.selectors.watching import absences_of
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish

_WHO_CHARTS = [role for role in Role if Permission.CHART in GRANTS[role]]


@transaction.atomic
def leave_ward(
    admission_id: int,
    *,
    destination: str,
    escort: str = "",
    left_at: datetime,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> OffWard:
    """Record that the patient left the ward for a while, with whom: somebody's sign-in name, or a name.

    Refused while the pump runs without an escort, while the patient is off the ward already, or for a time that cannot be.
    Sets go on being due.
    """
    entry = LeavingEntry(destination.strip(), left_at, escort.strip())
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    fingerprint = fingerprint_of("leave_ward", admission_id, asdict(entry))
    if made := same_again(OffWard, client_id, fingerprint):
        return made
    must_be_present(admission)
    course, absences = course_of(admission), absences_of(admission_id)
    reasons = reasons_not_to_leave(
        entry,
        pump_runs=course is not None and course.state == CourseState.RUNNING,
        last=absences[0] if absences else None,
        admitted_at=admission.admitted_at,
        at=at,
    )
    refuse_for(reasons, code="leaving_refused", sentence="The patient cannot leave the ward so.")
    person = _person_called(entry.escort)
    away = OffWard.objects.create(
        admission=admission, destination=entry.destination, escort=person,
        escort_name="" if person else entry.escort, left_at=left_at, recorded_at=at,
        recorded_by_id=of_session(by, at=at).user_id, client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    settle_and_publish(admission, by=by, at=at)
    return away


@transaction.atomic
def come_back(off_ward_id: int, *, back_at: datetime | None = None, by: Actor, at: datetime) -> OffWard:
    """Record that the patient is on the ward again; no time said is now. Once more by the same person changes nothing.

    `Conflict` where somebody recorded it first.
    """
    by.must_be_allowed(Permission.CHART)
    admission_id = OffWard.objects.filter(pk=off_ward_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("off_ward_not_found", "There is no such time off the ward on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.CHART)
    away = OffWard.objects.select_related("escort").get(pk=off_ward_id)
    if away.back_at is not None and away.back_recorded_by_id == by.user_id and back_at in (None, away.back_at):
        return away
    if away.back_at is not None:
        raise Conflict("already_back", "Somebody recorded already that the patient is back.")
    reasons = reasons_not_to_come_back(back_at or at, left_at=away.left_at, at=at)
    refuse_for(reasons, code="return_refused", sentence="The time of coming back is not right.")
    away.back_at, away.back_recorded_at = back_at or at, at
    away.back_recorded_by_id = of_session(by, at=at).user_id
    away.save(update_fields=["back_at", "back_recorded_at", "back_recorded_by"])
    settle_and_publish(admission, by=by, at=at)
    return away


def _person_called(escort: str) -> User | None:
    """Who charts under that sign-in name; None where it is somebody's name and no sign-in name."""
    if not escort:
        return None
    return User.objects.filter(username__iexact=escort, is_active=True, role__in=_WHO_CHARTS).order_by("pk").first()
