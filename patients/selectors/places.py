"""Wards, beds and who works there, read for pages and for the API."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef

from accounts.actor import Actor
from accounts.roles import Permission
from core.errors import NotFound
from patients.models import Admission, Bed, Ward, WardMembership


def the_bed(bed_id: int) -> Bed:
    """A bed by its id; who may use it is the action's to say. `NotFound` where there is none."""
    bed = Bed.objects.filter(pk=bed_id).first()
    if bed is None:
        raise NotFound("bed_not_found", "There is no such bed on your wards.")
    return bed


def beds_of(ward: Ward) -> Sequence[tuple[Bed, bool]]:
    """The beds of a ward as the board orders them, each with whether it is free."""
    taken = Admission.objects.present().filter(bed=OuterRef("pk"))
    beds = Bed.objects.filter(ward=ward).annotate(is_taken=Exists(taken)).order_by("position", "name")
    return [(bed, not bed.is_taken) for bed in beds]


def all_wards(*, by: Actor) -> Sequence[tuple[Ward, bool]]:
    """Every ward by name, each with whether this person works there: one asks another ward to take a patient."""
    mine = WardMembership.objects.filter(ward=OuterRef("pk"), user_id=by.user_id or 0, ended_at=None)
    return [(ward, ward.is_mine) for ward in Ward.objects.annotate(is_mine=Exists(mine)).order_by("name")]


def members_of(ward_id: int, *, by: Actor) -> Sequence[WardMembership]:
    """Who works on a ward now, by name; for an administrator. `NotFound` where there is no such ward."""
    by.must_be_allowed(Permission.MANAGE_WARDS)
    if not Ward.objects.filter(pk=ward_id).exists():
        raise NotFound("ward_not_found", "There is no such ward.")
    members = WardMembership.objects.filter(ward_id=ward_id, ended_at=None).select_related("user")
    return list(members.order_by("user__display_name", "id"))


def emergencies_to_review(*, by: Actor) -> Sequence[WardMembership]:
    """Emergency access that nobody reviewed yet, the oldest first; at most 200, for an administrator."""
    by.must_be_allowed(Permission.REVIEW_EMERGENCIES)
    waiting = WardMembership.objects.filter(emergency_until__isnull=False, reviewed_at=None)
    return list(waiting.select_related("user", "ward").order_by("started_at", "id")[:200])
