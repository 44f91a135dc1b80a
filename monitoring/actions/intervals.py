"""A physician's own interval between full sets; the shortest of all that apply still rules (DOMAIN 4, "Schedule")."""

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction

from accounts.actor import Actor
from accounts.models import SignatureMeaning
from accounts.roles import Permission
from accounts.signing import Signed, must_have_signed, of_session, put_names
from core.errors import Conflict, NotFound, refuse_for
from core.posted import fingerprint_of, same_again
from monitoring.domain.interval_entry import IntervalEntry, reasons_not_to_set_interval
from monitoring.models import SetInterval
from patients.models import Admission
from patients.selectors import lock_admission, must_be_present
from patients.settling import settle_and_publish


@transaction.atomic
def set_interval(
    admission_id: int,
    *,
    every_min: int,
    until: datetime | None = None,
    reason: str,
    signed: Signed,
    client_id: uuid.UUID | None = None,
    by: Actor,
    at: datetime,
) -> SetInterval:
    """Ask for a full set every so many minutes (5 to 240), until then or until it is ended; it ends the one before.

    It also answers the prompt that asks the physician for one after closer watching.
    """
    entry = IntervalEntry(timedelta(minutes=every_min), reason.strip(), until)
    admission = lock_admission(admission_id, by=by, may=Permission.SET_INTERVAL, reason=entry.reason)
    fingerprint = fingerprint_of("set_interval", admission_id, asdict(entry))
    if made := same_again(SetInterval, client_id, fingerprint):
        return made
    must_be_present(admission)
    must_have_signed(signed, by=by, at=at)
    reasons = reasons_not_to_set_interval(entry, at=at)
    refuse_for(reasons, code="interval_refused", sentence="The schedule goes on as it was.")
    _end_former(admission, by=signed, at=at)
    interval = SetInterval.objects.create(
        admission=admission, every=entry.every, reason=entry.reason, set_by_id=signed.user_id, set_at=at, until=until,
        client_id=client_id or uuid.uuid4(), fingerprint=fingerprint,
    )  # fmt: skip
    put_names(interval, admission.pk, (signed, SignatureMeaning.DECIDED))
    settle_and_publish(admission, by=by, at=at)
    return interval


@transaction.atomic
def end_interval(interval_id: int, *, by: Actor, at: datetime) -> SetInterval:
    """Go back to the protocol's schedule. Once more by the same person changes nothing.

    `Conflict` where somebody else ended it, or its time was over.
    """
    by.must_be_allowed(Permission.SET_INTERVAL)
    admission_id = SetInterval.objects.filter(pk=interval_id).values_list("admission_id", flat=True).first()
    if admission_id is None:
        raise NotFound("interval_not_found", "There is no such interval on your wards.")
    admission = lock_admission(admission_id, by=by, may=Permission.SET_INTERVAL)
    interval = SetInterval.objects.get(pk=interval_id)
    if interval.ended_at is not None and interval.ended_by_id == by.user_id:
        return interval
    if interval.ended_at is not None or (interval.until is not None and interval.until <= at):
        raise Conflict("interval_over", "This interval does not hold any more.")
    interval.ended_at, interval.ended_by_id = at, of_session(by, at=at).user_id
    interval.save(update_fields=["ended_at", "ended_by"])
    settle_and_publish(admission, by=by, at=at)
    return interval


def _end_former(admission: Admission, *, by: Signed, at: datetime) -> None:
    """One that nobody ended and whose time is over ended then, and by nobody."""
    former = SetInterval.objects.filter(admission=admission, ended_at=None).first()
    if former is None:
        return
    is_over = former.until is not None and former.until <= at
    former.ended_at, former.ended_by_id = (former.until, None) if is_over else (at, by.user_id)
    former.save(update_fields=["ended_at", "ended_by"])
