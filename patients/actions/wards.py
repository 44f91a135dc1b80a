"""Wards, their beds, and who works on them: an administrator's."""

from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from accounts.actor import Actor
from accounts.models import User
from accounts.roles import GRANTS, Permission, Role
from audit.trail import set_actor
from core.errors import Conflict, NotFound, Reason, Refused, refuse_for
from patients.models import Bed, Ward, WardMembership

LONGEST_WARD, LONGEST_BED = 80, 20  # characters
_LAST_POSITION = 32_767


@transaction.atomic
def found_ward(
    *,
    name: str,
    time_zone: str,
    increases_from: time | None = None,
    increases_until: time | None = None,
    keeps_bag_ledger: bool = True,
    by: Actor,
    at: datetime,
) -> Ward:
    """Found a ward with the clock on its wall (an IANA name) and, where it has one, its window for raising doses.

    Once more in the same words answers the same ward; the same name for another one is a `Conflict`.
    """
    by.must_be_allowed(Permission.MANAGE_WARDS)
    set_actor(by)
    refuse_for(
        [*_reasons_of_name(name, LONGEST_WARD), *_reasons_of_clock(time_zone, increases_from, increases_until)],
        code="ward_refused",
        sentence="The ward is not founded.",
    )
    said = {
        "time_zone": time_zone,
        "increases_from": increases_from,
        "increases_until": increases_until,
        "keeps_bag_ledger": keeps_bag_ledger,
    }
    ward, made = Ward.objects.get_or_create(name=name.strip(), defaults=said)
    if not made and any(getattr(ward, field) != value for field, value in said.items()):
        raise Conflict("ward_differs", "There is a ward of this name already, with another clock or other rules.")
    return ward


@transaction.atomic
def add_bed(ward_id: int, *, name: str, position: int = 0, by: Actor, at: datetime) -> Bed:
    """Add a bed to a ward; `position` is its place on the board. Once more in the same words answers the same bed."""
    by.must_be_allowed(Permission.MANAGE_WARDS)
    set_actor(by)
    ward = _ward(ward_id)
    reasons = _reasons_of_name(name, LONGEST_BED)
    if not 0 <= position <= _LAST_POSITION:
        reasons.append(Reason("position_impossible", f"The position is 0 to {_LAST_POSITION}.", "position"))
    refuse_for(reasons, code="bed_refused", sentence="The bed is not added.")
    bed, made = Bed.objects.get_or_create(ward=ward, name=name.strip(), defaults={"position": position})
    if not made and bed.position != position:
        raise Conflict("bed_differs", "There is a bed of this name on the ward already, at another place.")
    return bed


@transaction.atomic
def assign_to_ward(ward_id: int, *, user_id: int, by: Actor, at: datetime) -> WardMembership:
    """Let somebody work on a ward from now on: they see its patients. Once more changes nothing.

    Who was there for an emergency only is now there for good; that stay ends and keeps its review.
    """
    by.must_be_allowed(Permission.MANAGE_WARDS)
    set_actor(by)
    ward, person = _ward(ward_id), User.objects.filter(pk=user_id, is_active=True).first()
    if person is None:
        raise NotFound("person_not_found", "There is no such person, or they have left.")
    role = Role(person.role)
    if Permission.VIEW_WARD not in GRANTS[role]:
        raise Refused("role_without_patients", f"Who is {role.label} sees no patients and works on no ward.")
    now = WardMembership.objects.select_for_update(no_key=True).filter(ward=ward, user=person, ended_at=None).first()
    if now is not None and now.emergency_until is None:
        return now
    if now is not None:
        now.ended_at = at
        now.save(update_fields=["ended_at"])
    made, _ = WardMembership.objects.get_or_create(ward=ward, user=person, ended_at=None, defaults={"started_at": at})
    return made


@transaction.atomic
def end_assignment(ward_id: int, *, user_id: int, by: Actor, at: datetime) -> WardMembership:
    """End somebody's work on a ward: they see its patients no longer, open pages close. Once more changes nothing."""
    by.must_be_allowed(Permission.MANAGE_WARDS)
    set_actor(by)
    of_person = WardMembership.objects.select_for_update(no_key=True).filter(ward_id=ward_id, user_id=user_id)
    membership = of_person.filter(ended_at=None).first() or of_person.order_by("-ended_at").first()
    if membership is None:
        raise NotFound("assignment_not_found", "This person does not work on that ward.")
    if membership.ended_at is None:
        membership.ended_at = at
        membership.save(update_fields=["ended_at"])
    return membership


def _ward(ward_id: int) -> Ward:
    ward = Ward.objects.filter(pk=ward_id).first()
    if ward is None:
        raise NotFound("ward_not_found", "There is no such ward.")
    return ward


def _reasons_of_name(name: str, most: int) -> list[Reason]:
    if not name.strip():
        return [Reason("missing", "The name is missing.", "name")]
    if len(name) > most:
        return [Reason("too_long", f"The name is longer than {most} characters.", "name")]
    return []


def _reasons_of_clock(time_zone: str, increases_from: time | None, increases_until: time | None) -> list[Reason]:
    reasons = []
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reasons.append(Reason("zone_unknown", "This is no time zone such as America/New_York.", "time_zone"))
    if (increases_from is None) != (increases_until is None):
        sentence = "A window for raising doses has a beginning and an end."
        reasons.append(
            Reason("window_half", sentence, "increases_from" if increases_from is None else "increases_until")
        )
    elif increases_from is not None and increases_from == increases_until:
        reasons.append(Reason("window_empty", "The window for raising doses has no length.", "increases_until"))
    return reasons
