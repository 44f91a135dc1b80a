"""Emergency access: a clinician of another ward lets themselves in, with a reason and for a time (DOMAIN 2, "Break-glass")."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.actor import Actor
from accounts.roles import Permission
from audit.trail import record, set_actor
from core.errors import Conflict, Forbidden, NotFound, Reason, Refused, refuse_for
from patients.models import Ward, WardMembership

LASTS = timedelta(hours=4)
LONGEST_REASON, LONGEST_NOTE = 200, 500  # characters
SHORTEST_REASON = 5


@transaction.atomic
def open_emergency_access(ward_id: int, *, reason: str, by: Actor, at: datetime) -> WardMembership:
    """Let oneself in on a ward where one does not work, for four hours; an administrator reviews it afterwards.

    Sent again while it is open, it answers the same. Refused without a reason, and where the person works anyway.
    """
    by.must_be_allowed(Permission.BREAK_GLASS)
    if by.user_id is None:
        raise Forbidden("a_person_enters", "Emergency access is a person's.")
    set_actor(by, reason=reason)
    refuse_for(_reasons_of(reason), code="emergency_refused", sentence="The access is not opened.")
    if not Ward.objects.filter(pk=ward_id).exists():
        raise NotFound("ward_not_found", "There is no such ward.")
    now = WardMembership.objects.filter(ward_id=ward_id, user_id=by.user_id, ended_at=None).first()
    if now is not None and now.emergency_until is None:
        raise Refused("works_there", "You work on this ward: its patients are yours to see.")
    if now is not None:
        return now
    try:
        with transaction.atomic():
            made = WardMembership.objects.create(
                ward_id=ward_id,
                user_id=by.user_id,
                started_at=at,
                emergency_reason=reason.strip(),
                emergency_until=at + LASTS,
            )
    except IntegrityError as error:
        raise Conflict("access_opened_meanwhile", "You were let in by another page just now.") from error
    record("emergency.opened", by=by, content={"ward": ward_id, "membership": made.pk}, reason=reason.strip())
    return made


@transaction.atomic
def close_emergency_access(membership_id: int, *, note: str = "", by: Actor, at: datetime) -> WardMembership:
    """Leave before the time is over; once more changes nothing. The note goes into the trail."""
    by.must_be_allowed(Permission.BREAK_GLASS)
    set_actor(by, reason=note)
    membership = _emergency(membership_id)
    if membership.user_id != by.user_id:
        raise NotFound("access_not_found", "There is no such access of yours.")
    if membership.ended_at is None:
        membership.ended_at = at
        membership.save(update_fields=["ended_at"])
    return membership


@transaction.atomic
def review_emergency_access(membership_id: int, *, note: str, by: Actor, at: datetime) -> WardMembership:
    """An administrator has looked at it, and says what they found. Once: a second review is a `Conflict`."""
    by.must_be_allowed(Permission.REVIEW_EMERGENCIES)
    set_actor(by, reason=note)
    reasons = []
    if not note.strip():
        reasons.append(Reason("missing", "Say what you found.", "note"))
    elif len(note) > LONGEST_NOTE:
        reasons.append(Reason("too_long", f"The note is longer than {LONGEST_NOTE} characters.", "note"))
    refuse_for(reasons, code="review_refused", sentence="The review is not saved.")
    membership = _emergency(membership_id)
    if membership.reviewed_at is not None:
        raise Conflict("reviewed_already", "This access was reviewed already.")
    membership.reviewed_at, membership.reviewed_by_id = at, by.user_id
    membership.review_note = note.strip()
    membership.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
    return membership


@transaction.atomic
def end_emergency_access_in_time(*, by: Actor, at: datetime) -> int:
    """End every access whose time is over; how many there were. One statement on a partial index when there are none."""
    by.must_be_allowed(Permission.END_EMERGENCIES)
    over = WardMembership.objects.filter(ended_at=None, emergency_until__lte=at)
    if not over.exists():
        return 0
    set_actor(by)
    return over.update(ended_at=at)


def _emergency(membership_id: int) -> WardMembership:
    found = (
        WardMembership.objects.select_for_update(no_key=True)
        .filter(pk=membership_id, emergency_until__isnull=False)
        .first()
    )
    if found is None:
        raise NotFound("access_not_found", "There is no such emergency access.")
    return found


def _reasons_of(reason: str) -> list[Reason]:
    if len(reason.strip()) < SHORTEST_REASON:
        return [Reason("reason_missing", "Say in a few words what the emergency is.", "reason")]
    if len(reason) > LONGEST_REASON:
        return [Reason("too_long", f"The reason is longer than {LONGEST_REASON} characters.", "reason")]
    return []
