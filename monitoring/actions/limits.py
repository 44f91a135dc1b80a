"""A patient's own limits: signed by a physician with a reason, until noon of the next day at the latest (DOMAIN 5)."""

import uuid
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, of_session, put_names
from core.errors import Conflict, NotFound, refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.limit_entry import LimitEntry, latest_until, reasons_not_to_limit
from monitoring.domain.severity import Direction, Rule
from monitoring.models import PatientLimit
from monitoring.selectors.watching import protocol_side
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def set_limit(
    admission_id: int,
    *,
    rule: Rule,
    direction: Direction,
    yellow: Decimal | None,
    red: Decimal | None,
    reason: str,
    until: datetime | None = None,
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> PatientLimit:
    """Set where one value of this patient is yellow and red on one side; it ends the one before. None is the protocol's.

    No `until` is 12:00 of the next day in the ward's zone, the latest there is. `Refused` with every reason: a value that has
    no such limit, numbers that cannot be, yellow not before red, red beyond the protocol's stop limit.
    """
    entry = LimitEntry(rule, direction, yellow, red, reason.strip(), until)
    admission = lock_admission(admission_id, by=by, may=Permission.SET_LIMITS, reason=entry.reason)
    fingerprint = fingerprint_of("set_limit", admission_id, asdict(entry))
    if made := same_again(PatientLimit, client_id, fingerprint):
        return made
    must_be_present(admission)
    must_have_signed(signed, by=by, at=at)
    zone, side = admission.ward.time_zone, protocol_side(admission, rule, direction)
    reasons = reasons_not_to_limit(entry, side, zone=zone, at=at)
    refuse_for(reasons, code="limit_refused", sentence="The protocol's limits go on.")
    _end_former(admission, rule, direction, by=signed, at=at)
    limit = PatientLimit.objects.create(
        admission=admission, rule=str(rule), direction=str(direction), yellow=yellow, red=red, reason=entry.reason,
        set_by_id=signed.user_id, set_at=at, until=until or latest_until(at, zone),
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    put_names(limit, admission.pk, (signed, SignatureMeaning.DECIDED))
    settle_and_publish(admission, by=by, at=at)
    return limit


@transaction.atomic
def end_limit(limit_id: int, *, by: Actor, at: datetime) -> PatientLimit:
    """Go back to the protocol's limits before the time is over. Once more by the same person changes nothing.

    `Conflict` where somebody else ended it, or its time was over.
    """
    by.must_be_allowed(Permission.SET_LIMITS)
    admission_id = PatientLimit.objects.filter(pk=limit_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("limit_not_found", "There is no such limit on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.SET_LIMITS)
    limit = PatientLimit.objects.get(pk=limit_id)
    if limit.ended_at is not None and limit.ended_by_id == by.user_id and limit.ended_at < limit.until:
        return limit
    if limit.ended_at is not None or limit.until <= at:
        raise Conflict("limit_over", "This limit does not hold any more.")
    limit.ended_at, limit.ended_by_id = at, of_session(by, at=at).user_id
    limit.save(update_fields=["ended_at", "ended_by"])
    settle_and_publish(admission, by=by, at=at)
    return limit


def _end_former(admission: Admission, rule: Rule, direction: Direction, *, by: Signed, at: datetime) -> None:
    """One that nobody ended and whose time is over ended then, and by nobody."""
    former = PatientLimit.objects.filter(
        admission=admission, rule=str(rule), direction=str(direction), ended_at=None
    ).first()
    if former is None:
        return
    is_over = former.until <= at
    former.ended_at, former.ended_by_id = (former.until, None) if is_over else (at, by.user_id)
    former.save(update_fields=["ended_at", "ended_by"])
